import type { Command } from 'commander';
import { DEFAULT_LIMITS, type DecodeLimits } from '../domain/decode-limits.ts';
import { wholeNumber } from './output.ts';

/** Adds the options that bound what a picture may cost. */
export function withLimitOptions(command: Command): Command {
  const { maxPixels, maxSide, maxSeconds, maxMemory } = DEFAULT_LIMITS;
  return command
    .option('--max-pixels <n>', 'largest picture that is decoded', wholeNumber, maxPixels)
    .option('--max-side <n>', 'longest side of such a picture', wholeNumber, maxSide)
    .option('--max-seconds <n>', 'time that a picture may take', wholeNumber, maxSeconds)
    .option('--max-memory <MB>', 'memory that a picture may take', wholeNumber, maxMemory);
}

/** The limits among the options of a command. */
export function limitsOf(options: Required<DecodeLimits>): Required<DecodeLimits> {
  const { maxPixels, maxSide, maxSeconds, maxMemory } = options;
  return { maxPixels, maxSide, maxSeconds, maxMemory };
}

import type { Command } from 'commander';
import { SemblanceError } from '../domain/errors/error.ts';
import { parseFusion } from '../domain/fusion.ts';

/** Options that choose an encoder, or several. */
export interface EncoderOptions {
  encoder?: string;
  fuse?: string;
}

/** Adds the options that choose an encoder, or several. */
export function withEncoderOptions(command: Command): Command {
  return command
    .option(
      '-e, --encoder <name>',
      'encoder; by default that of the collection (see `semblance encoders use`)',
    )
    .option(
      '--fuse <A,B>',
      'rank by the mean of the similarities of several encoders; with weights: A:0.3,B:0.7',
    );
}

/**
 * The choice of encoders as one text.
 * @throws SemblanceError USAGE, REQUEST_INVALID
 */
export function chosenEncoders({ encoder, fuse }: EncoderOptions): string | undefined {
  if (fuse === undefined) return encoder;
  if (encoder !== undefined) {
    throw new SemblanceError('USAGE', 'Give either --encoder or --fuse.');
  }
  parseFusion(fuse);
  return fuse;
}

import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { SemblanceError } from '../errors/error.ts';
import { DEFAULT_LIMITS, type DecodeLimits } from '../images/decode.ts';
import type { PreprocessSpec } from './spec.ts';
import type { PreprocessAnswer, PreprocessResult, PreprocessTask } from './worker.ts';

// Run from the sources (tests), a worker needs the TypeScript loader too.
const fromSource = import.meta.url.endsWith('.ts');

/**
 * Worker threads that read, hash, decode and preprocess files. The caller bounds how many files
 * are under way; every call returns its own promise.
 */
export class PreprocessPool {
  private readonly piscina: Piscina<PreprocessTask, PreprocessAnswer>;
  private readonly limits: DecodeLimits;

  /** @param options `threads`: one for each core by default; `limits` for decoding */
  constructor(options: { threads?: number; limits?: DecodeLimits } = {}) {
    this.limits = options.limits ?? DEFAULT_LIMITS;
    const threads = options.threads ?? availableParallelism();
    this.piscina = new Piscina({
      filename: new URL(fromSource ? './worker.ts' : './worker.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: threads,
      execArgv: fromSource ? ['--import', 'tsx'] : [],
    });
  }

  /**
   * Reads one file.
   * @param path absolute path
   * @param specs one tensor is made for each
   * @param unlessHash when the content still has this hash, no tensor is made
   * @param alwaysHash whether such a file is decoded for its perceptual hash
   * @throws SemblanceError with the path as its subject; those of `readImageFile` and `decodeImage`
   */
  async run(
    path: string,
    specs: PreprocessSpec[],
    unlessHash?: string,
    alwaysHash = false,
  ): Promise<PreprocessResult> {
    let answer: PreprocessAnswer;
    try {
      answer = await this.piscina.run({ path, specs, unlessHash, alwaysHash, limits: this.limits });
    } catch (cause) {
      // The worker itself died, for instance out of memory; the others go on.
      throw new SemblanceError('IMAGE_DAMAGED', 'Decoding ended unexpectedly.', {
        subject: path,
        cause,
      });
    }
    if ('error' in answer) {
      throw new SemblanceError(answer.error.code, answer.error.detail, { subject: path });
    }
    return answer;
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await this.piscina.destroy();
  }
}

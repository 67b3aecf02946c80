import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { writeWhole } from '../../files/write-file.ts';

/** Rises whenever a step would give another result, so that kept ones are made anew. */
const STEPS_VERSION = 1;

/** SHA-256 of rows of data, hexadecimal; millions of them need not be one text. */
export function hashRows(rows: Iterable<unknown>): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${JSON.stringify(row)}\n`);
  return hash.digest('hex');
}

/**
 * Finished steps of a run, each a file named after the hash of what it was made from. A file is
 * written whole or not at all, so a run that was killed goes on behind its last finished step, and a
 * step whose inputs have changed is made again.
 */
export class StepStore {
  /** @param options `fresh`: make every step again */
  constructor(
    readonly folder: string,
    private readonly options: { fresh?: boolean; signal?: AbortSignal } = {},
  ) {
    try {
      // Paths of images may name patients: only the user may look into it.
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw toSemblanceError(error, folder);
    }
  }

  /** Path of a step's file. */
  file(step: string, inputs: unknown, ending: string): string {
    return join(
      this.folder,
      `${step}-${hashRows([STEPS_VERSION, step, inputs]).slice(0, 24)}${ending}`,
    );
  }

  /** Whether a step's file can be used. */
  has(file: string): boolean {
    return this.options.fresh !== true && existsSync(file);
  }

  /**
   * The result of a step: read if it was made before, made and kept otherwise. Both ways give what
   * its JSON says, so that a resumed run cannot differ from another.
   */
  async json<T>(step: string, inputs: unknown, make: () => T | Promise<T>): Promise<T> {
    this.options.signal?.throwIfAborted();
    const file = this.file(step, inputs, '.json');
    if (this.has(file)) return JSON.parse(readFileSync(file, 'utf8'));
    const text = JSON.stringify(await make());
    writeWhole(file, (sink) => sink(text));
    return JSON.parse(text);
  }
}

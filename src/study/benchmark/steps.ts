import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { writeWhole } from '../../files/write-file.ts';

/** Rises when kept steps are laid out differently. */
const LAYOUT_VERSION = 2;

/** SHA-256 of rows of data, hexadecimal; millions of them need not be one text. */
export function hashRows(rows: Iterable<unknown>): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${JSON.stringify(row)}\n`);
  return hash.digest('hex');
}

/** A step of a run. */
export interface Step<T> {
  name: string;
  /** Rises whenever the step would give another result, so that kept ones are made anew. */
  version: number;
  /** The result as JSON has it. */
  schema: z.ZodType<T>;
  /** Whether the files that a kept result speaks of are there and have the content that it names. */
  intact?: (result: T) => Promise<boolean>;
}

interface StepStoreOptions {
  /** Make every step again. */
  fresh?: boolean;
  signal?: AbortSignal;
  /** Called with one sentence about each kept step that cannot be trusted and is made again. */
  warn?: (sentence: string) => void;
}

/**
 * Finished steps of a run, each a file named after the hash of what it was made from. A file is
 * written whole or not at all, so a run that was killed goes on behind its last finished step, and a
 * step whose inputs have changed is made again. The first line of a file names the step, the hash of its
 * inputs and that of its result, which is the second line: a damaged or foreign file is never used.
 */
export class StepStore {
  constructor(
    readonly folder: string,
    private readonly options: StepStoreOptions = {},
  ) {
    try {
      // Paths of images may name patients: only the user may look into it.
      makeFolder(folder, 0o700);
    } catch (error) {
      throw toSemblanceError(error, folder);
    }
  }

  /** Path of a step's file. */
  file(
    { name, version }: Pick<Step<unknown>, 'name' | 'version'>,
    inputs: unknown,
    ending: string,
  ) {
    return join(this.folder, `${name}-${keyOf(name, version, inputs).slice(0, 24)}${ending}`);
  }

  /**
   * The result of a step: read if it was made before and can be trusted, made and kept otherwise. Both
   * ways give what its JSON says, so that a resumed run cannot differ from another.
   */
  async json<T>(step: Step<T>, inputs: unknown, make: () => T | Promise<T>): Promise<T> {
    this.options.signal?.throwIfAborted();
    const file = this.file(step, inputs, '.json');
    const key = keyOf(step.name, step.version, inputs);
    if (this.options.fresh !== true && existsSync(file)) {
      const kept = await read(file, key, step);
      if ('result' in kept) return kept.result;
      this.options.warn?.(`${file} ${kept.fault}: this step is made again.`);
    }
    const text = JSON.stringify(await make());
    const head = JSON.stringify({ step: step.name, key, sha256: sha256Of(text) });
    writeWhole(file, (sink) => sink(`${head}\n${text}`));
    return JSON.parse(text);
  }
}

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');
const keyOf = (name: string, version: number, inputs: unknown) =>
  hashRows([LAYOUT_VERSION, name, version, inputs]);

/** Reads a kept step, or says what is wrong with it. */
async function read<T>(
  file: string,
  key: string,
  { name, schema, intact }: Step<T>,
): Promise<{ result: T } | { fault: string }> {
  const text = readFileSync(file, 'utf8');
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  const head = parsed(text.slice(0, Math.max(0, end))) as
    | Record<string, unknown>
    | null
    | undefined;
  if (head?.sha256 !== sha256Of(body)) return { fault: 'is damaged' };
  if (head.step !== name || head.key !== key) return { fault: 'is of other data' };
  const result = parsed(body);
  // What was parsed is returned, and not the schema's copy, whose keys may come in another order.
  if (!schema.safeParse(result).success) return { fault: 'has not the form of its step' };
  if (intact !== undefined && !(await intact(result as T))) {
    return { fault: 'speaks of a file that is missing or damaged' };
  }
  return { result: result as T };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

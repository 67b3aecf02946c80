import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { SemblanceError } from '../../domain/errors/error.ts';
import { type Sink, sinkFloats, writeWhole } from '../../files/write-file.ts';
import type { ProbeStates } from '../evaluation/linear-probe.ts';
import type { FoundBlocks } from '../evaluation/neighbours.ts';
import type { KnnTable } from '../exchange/knn.ts';
import { bitsOf } from './table-file.ts';

interface Head {
  sha256: string;
  lengths: number[];
  data: unknown;
}

/** Keeps numbers, and what is known of them, behind the SHA-256 of the numbers. */
function writeArrays(file: string, data: unknown, arrays: readonly Float32Array[]): void {
  const hash = createHash('sha256');
  const each = (sink: Sink) => {
    for (const values of arrays) sinkFloats(sink, values);
  };
  each((bytes) => hash.update(bytes));
  const head: Head = {
    sha256: hash.digest('hex'),
    lengths: arrays.map(({ length }) => length),
    data,
  };
  // The numbers begin at a multiple of four.
  const text = JSON.stringify(head);
  const padding = ' '.repeat(3 - (Buffer.byteLength(text) % 4));
  writeWhole(file, (sink) => {
    sink(`${text}${padding}\n`);
    each(sink);
  });
}

/** What `writeArrays` has kept; undefined when there is nothing, or it is damaged. */
function readArrays(file: string): { data: unknown; arrays: Float32Array[] } | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = new Uint8Array(readFileSync(file));
  const end = bytes.indexOf(0x0a) + 1;
  const body = bytes.slice(end);
  let head: Head;
  try {
    head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  } catch {
    return undefined;
  }
  if (head?.sha256 !== createHash('sha256').update(body).digest('hex')) return undefined;
  let at = 0;
  const arrays = head.lengths.map((length) => {
    at += 4 * length;
    return new Float32Array(body.buffer, at - 4 * length, length);
  });
  return { data: head.data, arrays };
}

/** Blocks of a search in files, until they are removed. */
export class KeptBlocks implements FoundBlocks {
  private readonly files = new Set<string>();

  /** @param fileOf the file of a block */
  constructor(private readonly fileOf: (block: string) => string) {}

  read(block: string, cells: number) {
    const file = this.fileOf(block);
    const [rows, similarities] = readArrays(file)?.arrays ?? [];
    if (rows?.length !== cells || similarities?.length !== cells) return undefined;
    this.files.add(file);
    return { rows: new Int32Array(rows.buffer, rows.byteOffset, cells), similarities };
  }

  keep(block: string, { rows, similarities }: { rows: Int32Array; similarities: Float32Array }) {
    const file = this.fileOf(block);
    writeArrays(file, null, [bitsOf(rows), similarities]);
    this.files.add(file);
  }

  remove(): void {
    for (const file of this.files) rmSync(file, { force: true });
  }
}

/** The state of a training in a file, until it is removed. */
export function keptStates(file: string): ProbeStates & { remove(): void } {
  return {
    read() {
      const found = readArrays(file);
      const [best, weights, mean, square] = found?.arrays ?? [];
      if (!best || !weights || !mean || !square) return undefined;
      const data = found?.data as {
        epochs: { loss: number; accuracy: number }[];
        best: { epoch: number; accuracy: number };
      };
      return { epochs: data.epochs, best: { ...data.best, weights: best }, weights, mean, square };
    },
    keep({ epochs, best: { weights: best, ...at }, weights, mean, square }) {
      writeArrays(file, { epochs, best: at }, [best, weights, mean, square]);
    },
    remove: () => rmSync(file, { force: true }),
  };
}

/** Keeps the weights of a probe. */
export function keepWeights(file: string, weights: Float32Array): void {
  writeArrays(file, null, [weights]);
}

/** What `keepWeights` has kept. @throws SemblanceError PATH_NOT_READABLE when it is damaged */
export function readWeights(file: string): Float32Array {
  const [weights] = readArrays(file)?.arrays ?? [];
  if (weights !== undefined) return weights;
  throw new SemblanceError('PATH_NOT_READABLE', 'It is damaged.', { subject: file });
}

/** Keeps a table of neighbours by paths. */
export function keepKnn(file: string, { queries, paths, k, neighbours }: KnnTable): void {
  writeArrays(file, { queries, paths, k }, [bitsOf(neighbours)]);
}

/** What `keepKnn` has kept; undefined when there is nothing, or it is damaged. */
export function readKeptKnn(file: string): KnnTable | undefined {
  const found = readArrays(file);
  const [cells] = found?.arrays ?? [];
  if (found === undefined || cells === undefined) return undefined;
  const neighbours = new Int32Array(cells.buffer, cells.byteOffset, cells.length);
  return { ...(found.data as Omit<KnnTable, 'neighbours'>), neighbours };
}

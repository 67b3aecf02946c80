import type { SourceState } from '../embedding-source.ts';
import { CheckedFile, writeChecked } from './checked-file.ts';
import { CodeScan } from './codes/code-scan.ts';
import { TRAITS } from './codes/sketch.ts';
import type { RowMatrix } from './row-matrix.ts';

/** Changes whenever the file or the way of coding changes. */
const VERSION = 3;

/** What an index was built from: an encoder's embeddings in one state. */
export interface IndexKey extends SourceState {
  /** Of the encoder. */
  fingerprint: string;
  dimension: number;
}

/** What an index in a file is of. */
export interface KeptIndex extends IndexKey {
  rows: number;
  /** The largest id; 0 without rows. */
  last: number;
}

interface About extends KeptIndex {
  version: number;
  /** Largest length of a coded row; null without codes. */
  longest: number | null;
  /** Axes along which rows were coded too, and what holds for all rows; null without. */
  sketch: { axes: number; longest: number; loosest: number } | null;
}

/**
 * Keeps the embeddings, their ids and, when there are, their codes in one file, which spares reading
 * them one by one from the collection and coding them again.
 * @throws Error of the file system, for instance a full disk; no part of a file stays
 */
export async function writeIndexFile(
  path: string,
  key: IndexKey,
  matrix: RowMatrix,
  scan: CodeScan | undefined,
): Promise<void> {
  const { rows, ids } = matrix;
  const last = ids[rows - 1] ?? 0;
  const about: About = { ...key, version: VERSION, rows, last, longest: null, sketch: null };
  async function* arrays() {
    yield matrix.ids;
    yield matrix.inverses;
    yield matrix.values;
    if (scan === undefined) return;
    yield scan.mean;
    if (scan.axes !== undefined) {
      about.sketch = { axes: scan.axes.count, longest: 0, loosest: 0 };
      yield scan.axes.values;
    }
    yield* scan.codes();
    const { scales, errors, longest } = await scan.bounds();
    about.longest = longest;
    yield scales;
    yield errors;
    if (about.sketch === null) return;
    for await (const piece of scan.sketched()) {
      about.sketch.longest = Math.max(about.sketch.longest, piece.longest);
      about.sketch.loosest = Math.max(about.sketch.loosest, piece.loosest);
      yield piece.traits;
    }
    for await (const piece of scan.sketched()) yield piece.codes;
  }
  await writeChecked(path, arrays(), () => about);
}

/**
 * Reads an index back.
 * @param accepts whether an index of these embeddings is wanted
 * @param threads for the codes
 * @returns undefined when there is no file, or it is not wanted or damaged, or cannot be taken into memory
 */
export async function readIndexFile(
  path: string,
  accepts: (kept: KeptIndex) => boolean,
  threads: number,
): Promise<{ matrix: RowMatrix; scan: CodeScan | undefined; kept: KeptIndex } | undefined> {
  const file = await CheckedFile.open(path);
  if (file === undefined) return undefined;
  let scan: CodeScan | undefined;
  try {
    const { version, longest, sketch, ...kept } = file.about as About;
    if (version !== VERSION || !accepts(kept)) return undefined;
    const { dimension, rows } = kept;
    const ids = await file.next(new Int32Array(rows));
    const inverses = await file.next(new Float64Array(rows));
    const values = await file.next(new Float32Array(rows * dimension));
    const matrix: RowMatrix = { dimension, rows, values, ids, inverses };
    if (longest !== null) {
      let piece = new Uint8Array(0);
      scan = await CodeScan.restore(matrix, threads, {
        mean: await file.next(new Float64Array(dimension)),
        axes: sketch
          ? {
              count: sketch.axes,
              values: await file.next(new Float32Array(sketch.axes * dimension)),
            }
          : undefined,
        codes: (bytes) => {
          // One buffer for all: a piece is copied before the next is asked for.
          if (piece.length < bytes) piece = new Uint8Array(bytes);
          return file.next(piece.subarray(0, bytes));
        },
        bounds: async () => ({
          scales: await file.next(new Float32Array(rows)),
          errors: await file.next(new Float32Array(rows)),
          longest,
        }),
        traits: async () => ({
          traits: await file.next(new Float32Array(rows * TRAITS)),
          longest: sketch?.longest ?? 0,
          loosest: sketch?.loosest ?? 0,
        }),
        sketchedCodes: (pieceRows) =>
          file.next(new Uint8Array(pieceRows * ((sketch?.axes ?? 1) - 1))),
      });
    }
    if (file.intact) return { matrix, scan, kept };
  } catch {
    // Built anew, the index tells what is wrong if it still is.
  } finally {
    await file.close();
  }
  await scan?.release();
  return undefined;
}

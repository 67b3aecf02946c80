import { CheckedFile, writeChecked } from './checked-file.ts';
import { CodeScan } from './codes/code-scan.ts';
import type { RowMatrix } from './row-matrix.ts';

/** Changes whenever the file or the way of coding changes. */
const VERSION = 1;

/** What an index was built from; a file of anything else is stale. */
export interface IndexKey {
  /** Of the encoder. */
  fingerprint: string;
  /** Name of the collection's state. */
  state: string;
  dimension: number;
}

interface About extends IndexKey {
  version: number;
  rows: number;
  /** Largest length of a coded row; null without codes. */
  longest: number | null;
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
  const about: About = { ...key, version: VERSION, rows: matrix.rows, longest: null };
  async function* arrays() {
    yield matrix.ids;
    yield matrix.inverses;
    yield matrix.values;
    if (scan === undefined) return;
    yield scan.mean;
    yield* scan.codes();
    const { scales, errors, longest } = await scan.bounds();
    about.longest = longest;
    yield scales;
    yield errors;
  }
  await writeChecked(path, arrays(), () => about);
}

/**
 * Reads an index back.
 * @param threads for the codes
 * @returns undefined when there is no file, or it is stale or damaged, or cannot be taken into memory
 */
export async function readIndexFile(
  path: string,
  key: IndexKey,
  threads: number,
): Promise<{ matrix: RowMatrix; scan: CodeScan | undefined } | undefined> {
  const file = await CheckedFile.open(path);
  if (file === undefined) return undefined;
  let scan: CodeScan | undefined;
  try {
    const { version, fingerprint, state, dimension, rows, longest } = file.about as About;
    const stale =
      version !== VERSION ||
      fingerprint !== key.fingerprint ||
      state !== key.state ||
      dimension !== key.dimension;
    if (stale) return undefined;
    const ids = await file.next(new Int32Array(rows));
    const inverses = await file.next(new Float64Array(rows));
    const values = await file.next(new Float32Array(rows * dimension));
    const matrix: RowMatrix = { dimension, rows, values, ids, inverses };
    if (longest !== null) {
      let piece = new Uint8Array(0);
      scan = await CodeScan.restore(matrix, threads, {
        mean: await file.next(new Float64Array(dimension)),
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
      });
    }
    if (file.intact) return { matrix, scan };
  } catch {
    // Built anew, the index tells what is wrong if it still is.
  } finally {
    await file.close();
  }
  await scan?.release();
  return undefined;
}

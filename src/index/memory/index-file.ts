import { tellWaiting } from '../../runtime/waiting.ts';
import type { SourceState } from '../embedding-source.ts';
import { ArrivingRows } from './arriving-rows.ts';
import { BlockFile, type StoredArray, type WrittenArray, writeBlocks } from './block-file.ts';
import { CodeScan } from './codes/code-scan.ts';
import { codeWidth, type KeptRows } from './codes/coded-rows.ts';
import { TRAITS } from './codes/sketch.ts';
import { type RowMatrix, sharedDoubles } from './row-matrix.ts';
import { sharedFloats } from './row-memory.ts';

/** Rows written between two looks at the clock; whole blocks. */
const TOLD_ROWS = 16_384;
/** Changes whenever the file or the way of coding changes. */
const VERSION = 4;

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
  const { rows, ids, dimension } = matrix;
  await matrix.arriving?.whole();
  const last = ids[rows - 1] ?? 0;
  const about: About = { ...key, version: VERSION, rows, last, longest: null, sketch: null };
  const bounds = await scan?.bounds();
  function* arrays(): Generator<WrittenArray> {
    yield { rowBytes: 4, pieces: [matrix.ids] };
    yield { rowBytes: 8, pieces: [matrix.inverses] };
    const values = function* () {
      for (let start = 0; start < rows; start += TOLD_ROWS) {
        tellWaiting('embeddings kept', start, rows);
        yield matrix.values.subarray(start * dimension, (start + TOLD_ROWS) * dimension);
      }
      tellWaiting('embeddings kept', rows, rows);
    };
    yield { rowBytes: 4 * dimension, pieces: values() };
    if (scan === undefined || bounds === undefined) return;
    about.longest = bounds.longest;
    yield { rowBytes: 8 * dimension, pieces: [scan.mean] };
    yield { rowBytes: codeWidth(dimension), pieces: scan.codes() };
    yield { rowBytes: 4, pieces: [bounds.scales] };
    yield { rowBytes: 4, pieces: [bounds.errors] };
    const { axes } = scan;
    if (axes === undefined) return;
    const sketch = { axes: axes.count, longest: 0, loosest: 0 };
    about.sketch = sketch;
    yield { rowBytes: 4 * dimension, pieces: [axes.values] };
    const traits = async function* () {
      for await (const piece of scan.sketched()) {
        sketch.longest = Math.max(sketch.longest, piece.longest);
        sketch.loosest = Math.max(sketch.loosest, piece.loosest);
        yield piece.traits;
      }
    };
    yield { rowBytes: 4 * TRAITS, pieces: traits() };
    const codes = async function* () {
      for await (const piece of scan.sketched()) yield piece.codes;
    };
    yield { rowBytes: axes.count - 1, pieces: codes() };
  }
  await writeBlocks(path, arrays(), () => about);
}

/** An index that was read back. */
interface ReadIndex {
  /** Its rows may still arrive. */
  matrix: RowMatrix;
  scan: CodeScan | undefined;
  kept: KeptIndex;
}

/**
 * Reads an index back: what is scanned at once, and with codes the rows as they are needed.
 * @param accepts whether an index of these embeddings is wanted
 * @param threads for the codes
 * @returns undefined when there is no file, or it is not wanted, or what was read of it is damaged or cannot be taken
 *   into memory
 */
export async function readIndexFile(
  path: string,
  accepts: (kept: KeptIndex) => boolean,
  threads: number,
): Promise<ReadIndex | undefined> {
  const file = await BlockFile.open(path);
  if (file === undefined) return undefined;
  let stays = false;
  try {
    const { version, longest, sketch, ...kept } = file.about as About;
    if (version !== VERSION || !accepts(kept)) return undefined;
    const { dimension, rows } = kept;
    const arrays = file.arrays[Symbol.iterator]();
    const next = () => arrays.next().value as StoredArray;
    const ids = await file.whole(next(), new Int32Array(rows));
    const inverses = await file.whole(next(), sharedDoubles(rows));
    const stored = next();
    if (longest === null) {
      const values = await file.whole(stored, new Float32Array(rows * dimension));
      return { matrix: { dimension, rows, values, ids, inverses }, scan: undefined, kept };
    }
    const values = sharedFloats(rows * dimension);
    const mean = await file.whole(next(), new Float64Array(dimension));
    const codes: KeptRows = {
      ...{ fd: file.fd, longest, sketch: undefined },
      ...{ codes: next(), scales: next(), errors: next() },
    };
    let axes: CodeScan['axes'];
    if (sketch !== null) {
      const found = new Float32Array(sketch.axes * dimension);
      axes = { count: sketch.axes, values: await file.whole(next(), found) };
      codes.sketch = { ...sketch, traits: next(), codes: next() };
    }
    const arriving = new ArrivingRows(file, stored, values);
    const matrix: RowMatrix = { dimension, rows, values, ids, inverses, arriving };
    const scan = await CodeScan.restore(matrix, threads, mean, axes, codes);
    stays = true;
    return { matrix, scan, kept };
  } catch {
    // Built anew, the index tells what is wrong if it still is.
    return undefined;
  } finally {
    if (!stays) await file.close();
  }
}

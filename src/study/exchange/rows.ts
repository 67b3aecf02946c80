import { DTYPE_BYTES, toFloats } from '../../encoding/checkpoints/dtype.ts';
import type { RangeFile } from '../../encoding/checkpoints/file.ts';
import type { CheckpointDtype } from '../../encoding/checkpoints/tensor-source.ts';

/** Bytes read at once; files of bare numbers may be larger than a buffer can be. */
const BLOCK = 2 ** 24;

/** A matrix of numbers in a file. */
export interface RowLayout {
  /** Where its first number stands. */
  offset: number;
  rows: number;
  dimension: number;
  dtype: CheckpointDtype;
  bigEndian?: boolean;
  /** The numbers of a column stand together (Fortran order). */
  columns?: boolean;
}

/** The rows of a matrix in a file in turn, read by blocks. */
export function* rowsOf(file: RangeFile, layout: RowLayout): Generator<[number, Float32Array]> {
  const { rows, dimension } = layout;
  const bytes = DTYPE_BYTES[layout.dtype];
  const step = Math.max(1, Math.floor(BLOCK / (dimension * bytes)));
  for (let start = 0; start < rows; start += step) {
    const count = Math.min(step, rows - start);
    const block = layout.columns
      ? readColumns(file, layout, start, count)
      : readNumbers(file, layout, start * dimension, count * dimension);
    for (let i = 0; i < count; i++) {
      yield [start + i, block.subarray(i * dimension, (i + 1) * dimension)];
    }
  }
}

/** `count` rows from `start` on of a matrix whose columns stand together. */
function readColumns(
  file: RangeFile,
  layout: RowLayout,
  start: number,
  count: number,
): Float32Array {
  const { rows, dimension } = layout;
  const block = new Float32Array(count * dimension);
  for (let c = 0; c < dimension; c++) {
    const column = readNumbers(file, layout, c * rows + start, count);
    for (let i = 0; i < count; i++) block[i * dimension + c] = column[i] as number;
  }
  return block;
}

function readNumbers(
  file: RangeFile,
  { offset, dtype, bigEndian }: RowLayout,
  first: number,
  count: number,
): Float32Array {
  const size = DTYPE_BYTES[dtype];
  const bytes = file.read(offset + first * size, count * size);
  if (bigEndian) swap(bytes, size);
  return toFloats(bytes, dtype);
}

function swap(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
}

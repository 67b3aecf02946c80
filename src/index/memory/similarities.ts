import { growingKernel } from '../../runtime/growing-kernel.ts';
import type { Rows } from './row-matrix.ts';
import { WASM } from './similarities.wasm.ts';

/** Rows that are copied where the kernel reads them at a time: even, and few enough to stay in the caches. */
const BLOCK = 32;

const kernelWith = await growingKernel<{
  products(query: number, rows: number, count: number, dimension: number, out: number): void;
}>(WASM, 'rows');

/**
 * The exact cosine similarities of a unit query and rows: products summed in double precision, in four
 * interleaved sums. All similarities are made by this one order of addition, so that equal vectors have
 * equal similarities.
 * @param rows whose first `count` are computed
 * @param scores where they are written
 */
export function similarities(
  { values, dimension, inverses }: Rows,
  query: Float64Array,
  rows: Int32Array,
  count: number,
  scores: Float64Array,
): void {
  const queryAt = 8 * BLOCK;
  const rowsAt = queryAt + 8 * (dimension + (dimension & 1));
  const bytes = rowsAt + 4 * BLOCK * dimension;
  const { memory, products } = kernelWith(bytes);
  const found = new Float64Array(memory.buffer, 0, BLOCK);
  new Float64Array(memory.buffer, queryAt, dimension).set(query);
  const copies = new Float32Array(memory.buffer, rowsAt, BLOCK * dimension);
  for (let start = 0; start < count; start += BLOCK) {
    const some = Math.min(BLOCK, count - start);
    for (let i = 0; i < some; i++) {
      const at = (rows[start + i] as number) * dimension;
      copies.set(values.subarray(at, at + dimension), i * dimension);
    }
    products(queryAt, rowsAt, some, dimension, 0);
    for (let i = 0; i < some; i++) {
      const product = (found[i] as number) * (inverses[rows[start + i] as number] as number);
      scores[start + i] = Math.min(1, Math.max(-1, product));
    }
  }
}

/** How weights of linear layers are kept. */
export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Values that share a scale; the size that onnxruntime's kernels are fastest at. */
export const BLOCK = 128;

/** A byte for zero: bytes are unsigned. */
const ZERO = 128;

/** A matrix in blocks of bytes. */
export interface Quantised {
  /** rows x blocks x BLOCK bytes; a last block that is not full ends in zeros. */
  bytes: Uint8Array;
  /** rows x blocks; value = (byte - 128) * scale. */
  scales: Float32Array;
  /** Blocks of a row. */
  blocks: number;
}

/**
 * Rounds a matrix to 8 bits with one scale for each block of a row, as onnxruntime's MatMulNBits takes it.
 * @param values rows x columns, row-major
 */
export function quantise(values: Float32Array, rows: number, columns: number): Quantised {
  const blocks = Math.ceil(columns / BLOCK);
  const bytes = new Uint8Array(rows * blocks * BLOCK).fill(ZERO);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = row * columns + block * BLOCK;
      const count = Math.min(BLOCK, columns - block * BLOCK);
      let largest = 0;
      for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(values[from + i] as number));
      if (largest === 0) continue;
      const scale = largest / 127;
      const at = row * blocks + block;
      scales[at] = scale;
      for (let i = 0; i < count; i++) {
        bytes[at * BLOCK + i] = ZERO + Math.round((values[from + i] as number) / scale);
      }
    }
  }
  return { bytes, scales, blocks };
}

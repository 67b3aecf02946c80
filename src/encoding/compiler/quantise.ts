/** How weights of linear layers are kept. */
export const PRECISIONS = ['fp32', 'int8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Most values that share a scale. Smaller blocks are slower; larger ones round more coarsely. */
const LARGEST_BLOCK = 128;
/** The operator takes no smaller blocks. */
const SMALLEST_BLOCK = 16;

/** A byte for zero: bytes are unsigned. */
const ZERO = 128;

/** A matrix in blocks of bytes. */
export interface Quantised {
  /** rows x blocks x block bytes; a last block that is not full ends in zeros. */
  bytes: Uint8Array;
  /** rows x blocks; value = (byte - 128) * scale. */
  scales: Float32Array;
  /** Blocks of a row. */
  blocks: number;
  /** Values of a block, a power of two. */
  block: number;
}

/**
 * Rounds a matrix to 8 bits with one scale for each block of a row, as onnxruntime's MatMulNBits takes it.
 * @param values rows x columns, row-major
 */
export function quantise(values: Float32Array, rows: number, columns: number): Quantised {
  const block = Math.min(
    LARGEST_BLOCK,
    Math.max(SMALLEST_BLOCK, 2 ** Math.ceil(Math.log2(columns))),
  );
  const blocks = Math.ceil(columns / block);
  const bytes = new Uint8Array(rows * blocks * block).fill(ZERO);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row++) {
    for (let n = 0; n < blocks; n++) {
      const from = row * columns + n * block;
      const count = Math.min(block, columns - n * block);
      let largest = 0;
      for (let i = 0; i < count; i++)
        largest = Math.max(largest, Math.abs(values[from + i] as number));
      if (largest === 0) continue;
      const scale = largest / 127;
      const at = row * blocks + n;
      scales[at] = scale;
      for (let i = 0; i < count; i++) {
        bytes[at * block + i] = ZERO + Math.round((values[from + i] as number) / scale);
      }
    }
  }
  return { bytes, scales, blocks, block };
}

/**
 * Largest rounded weight. Processors without VNNI add two products of a byte and a weight in 16 bits, which
 * must hold 2 * 255 * 63; with all of 8 bits they would be cut off.
 */
const LARGEST = 63;

/** A matrix of small integers. */
export interface Quantised {
  /** columns x rows, row-major: transposed, as a product from the left takes it. */
  bytes: Int8Array;
  /** One for each row; value = byte * scale. */
  scales: Float32Array;
}

/**
 * Rounds a matrix to 7 bits with one scale for each row, and transposes it.
 * @param values rows x columns, row-major
 */
export function quantise(values: Float32Array, rows: number, columns: number): Quantised {
  const bytes = new Int8Array(rows * columns);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const of = values.subarray(row * columns, (row + 1) * columns);
    const largest = of.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const scale = largest / LARGEST;
    scales[row] = scale;
    for (let column = 0; column < columns; column++) {
      bytes[column * rows + row] = Math.round((of[column] as number) / scale);
    }
  }
  return { bytes, scales };
}

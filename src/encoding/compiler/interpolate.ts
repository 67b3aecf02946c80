import type { Grid } from './net.ts';

/** Keys' cubic with a = -0.75, as torch's bicubic. */
function cubic(x: number): number {
  const a = -0.75;
  const t = Math.abs(x);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  return 0;
}

/** For each output place, the four input places (clamped) and their weights. */
function taps(from: number, to: number): { index: number[]; weight: number[] }[] {
  return Array.from({ length: to }, (_, out) => {
    const centre = ((out + 0.5) * from) / to - 0.5;
    const base = Math.floor(centre);
    const offsets = [-1, 0, 1, 2];
    return {
      index: offsets.map((o) => Math.min(from - 1, Math.max(0, base + o))),
      weight: offsets.map((o) => cubic(centre - (base + o))),
    };
  });
}

/**
 * Resizes a table of position embeddings as torch's `interpolate(mode='bicubic',
 * align_corners=False)` does.
 * @param table from.height x from.width x width values
 * @returns to.height x to.width x width values
 */
export function interpolatePositions(
  table: Float32Array,
  from: Grid,
  to: Grid,
  width: number,
): Float32Array {
  if (from.width === to.width && from.height === to.height) return table;
  const rows = taps(from.height, to.height);
  const columns = taps(from.width, to.width);
  const result = new Float32Array(to.height * to.width * width);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const target = (y * to.width + x) * width;
      for (let j = 0; j < 4; j++) {
        for (let i = 0; i < 4; i++) {
          const weight = (row.weight[j] as number) * (column.weight[i] as number);
          const source =
            ((row.index[j] as number) * from.width + (column.index[i] as number)) * width;
          for (let c = 0; c < width; c++) {
            result[target + c] =
              (result[target + c] as number) + weight * (table[source + c] as number);
          }
        }
      }
    });
  });
  return result;
}

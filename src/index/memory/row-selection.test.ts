import { describe, expect, it } from 'vitest';
import { IdBitmap } from '../../domain/id-bitmap.ts';
import { randomFrom } from '../../domain/random.ts';
import { rowMatrix } from './row-matrix.ts';
import { RowSelector } from './row-selection.ts';

/** More rows than are looked at in one piece. */
const ROWS = 40_000;

describe('RowSelector', () => {
  it.each([0, 0.02, 0.2, 0.34, 0.36, 0.9, 1])(
    'selects the same rows for a bitmap as for a set that keeps %d of them',
    async (share) => {
      const random = randomFrom(3);
      // Ids have gaps, and the bitmap has ids that have no row, below, between and above.
      const ids = Int32Array.from({ length: ROWS }, (_, row) => 40 + 2 * row + (row % 3 ? 0 : 1));
      const bitmap = IdBitmap.upTo(3 * ROWS);
      for (let id = 0; id < 3 * ROWS; id++) if (random() < share) bitmap.add(id);
      const selector = new RowSelector(rowMatrix(1, new Float32Array(ROWS).fill(1), ids));
      const expected = [...ids.keys()].filter((row) => bitmap.has(ids[row] as number));
      for (const allowed of [bitmap, new Set(bitmap)]) {
        const { available, rows, mask } = await selector.select({ allowed });
        const found = rows ?? [...ids.keys()].filter((row) => mask === undefined || mask[row]);
        expect(available).toBe(expected.length);
        expect(Array.from(found)).toEqual(expected);
      }
    },
  );
});

import { describe, expect, it } from 'vitest';
import { between, randomFrom } from '../../../domain/random.ts';
import type { SearchOptions } from '../../vector-index.ts';
import { rankAll } from '../candidates.ts';
import { FlatIndex } from '../flat-index.ts';
import { type RowMatrix, rowMatrix, unitQuery } from '../row-matrix.ts';
import { RowSelector } from '../row-selection.ts';
import { CodeScan } from './code-scan.ts';
import { Sketcher, TRAITS } from './sketch.ts';

/** Groups in a space of few dimensions around a common direction, with noise, copies and zeros among them. */
function grouped(dimension: number, rows: number, seed: number, noise = 0.02): Float32Array {
  const fixed = randomFrom(dimension);
  const directions = Float32Array.from({ length: 13 * dimension }, () => between(fixed, -1, 1));
  const groups = Float32Array.from({ length: 40 * 12 }, () => between(fixed, -1, 1));
  const random = randomFrom(seed);
  const values = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * dimension, (row + 1) * dimension);
    if (row % 97 === 5) continue;
    if (row % 11 === 7) {
      own.set(values.subarray((row - 4) * dimension, (row - 3) * dimension));
      continue;
    }
    const group = 12 * Math.floor(random() * 40);
    own.set(directions.subarray(0, dimension));
    for (let axis = 0; axis < 12; axis++) {
      const along = (groups[group + axis] as number) + between(random, -0.2, 0.2);
      for (let i = 0; i < dimension; i++) {
        own[i] =
          (own[i] as number) + 0.5 * along * (directions[(axis + 1) * dimension + i] as number);
      }
    }
    for (let i = 0; i < dimension; i++)
      own[i] = (own[i] as number) + between(random, -noise, noise);
  }
  return values;
}

function independent(dimension: number, rows: number, seed: number): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length: dimension * rows }, () => between(random, -1, 1));
}

/** Every similarity computed and sorted. */
async function bruteForce(
  matrix: RowMatrix,
  query: Float32Array,
  k: number,
  options: SearchOptions,
) {
  const selection = await new RowSelector(matrix).select(options);
  const { rows, similarities } = await rankAll(matrix, unitQuery(query), selection, k);
  return Array.from(rows, (id, i) => ({ id, similarity: similarities[i] }));
}

describe('few components of rows', () => {
  it.each([512, 768, 1024])('leave out no neighbour at dimension %i', async (dimension) => {
    const rows = 7000;
    const values = grouped(dimension, rows, 1);
    const matrix = rowMatrix(dimension, values);
    const queries = [
      values.slice(3 * dimension, 4 * dimension),
      grouped(dimension, 1, 8),
      grouped(dimension, 1, 9, 1),
      independent(dimension, 1, 4),
      new Float32Array(dimension),
    ];
    const random = randomFrom(2);
    const most = new Set(Array.from({ length: rows }, (_, id) => id).filter(() => random() < 0.6));
    const few = new Set([...most].filter(() => random() < 0.2));
    for (const threads of dimension === 512 ? [0, 2] : [0]) {
      const index = await FlatIndex.fromMatrix(dimension, values, { codes: true, threads });
      for (const [k, options] of [
        [1, {}],
        [100, {}],
        [1500, {}],
        [20, { allowed: most }],
        [20, { allowed: few }],
        [100, { excluded: new Set([3, 7, 14, rows - 1]) }],
        [10, { allowed: most, excluded: new Set([...most].slice(0, 900)) }],
      ] as [number, SearchOptions][]) {
        const together = (await index.search(queries, k, options)).neighbours;
        for (const [q, query] of queries.entries()) {
          const expected = await bruteForce(matrix, query, k, options);
          expect(together[q]).toEqual(expected);
          expect((await index.search([query], k, options)).neighbours[0]).toEqual(expected);
        }
      }
      await index.release();
    }
  });

  it('are kept where they tell much, and only there', async () => {
    for (const [values, kept] of [
      [grouped(512, 2500, 1), true],
      [independent(512, 2500, 1), false],
    ] as const) {
      const scan = await CodeScan.create(rowMatrix(512, values), 0);
      expect(scan.axes !== undefined).toBe(kept);
      await scan.release();
    }
  });

  it('bound every product, along any axes', async () => {
    const [dimension, count, rows] = [70, 17, 300];
    const unit = (values: Float32Array) => {
      for (let at = 0; at < values.length; at += dimension) {
        values.set(unitQuery(values.subarray(at, at + dimension)), at);
      }
      return values;
    };
    const skewed = unit(independent(dimension, count, 3));
    const withZeros = skewed.slice().fill(0, 5 * dimension, 7 * dimension);
    for (const axes of [skewed, withZeros, unit(grouped(dimension, count, 4))]) {
      const sketcher = await Sketcher.create({ count, values: axes }, dimension);
      const z = unit(independent(dimension, rows, 5));
      z.set(axes.subarray(dimension, 3 * dimension));
      const squares = Float64Array.from({ length: rows }, (_, row) => dot(z, row, z, row));
      const codes = new Uint8Array(rows * (count - 1));
      const traits = new Float32Array(rows * TRAITS);
      const { longest, loosest } = await sketcher.code(z, squares, codes, traits);
      const y = unit(Float32Array.from([...independent(dimension, 20, 6), ...axes]));
      const queries = await sketcher.queries(Float64Array.from(y));
      for (const [q, { common, along, inner, outer }] of queries.entries()) {
        for (let row = 0; row < rows; row++) {
          const [scale, error, rest, mean] = traits.subarray(row * TRAITS) as unknown as [
            number,
            number,
            number,
            number,
          ];
          let [product, squared] = [common * mean, 0];
          for (let i = 0; i < count - 1; i++) {
            const coded = ((codes[row * (count - 1) + i] as number) - 128) * scale;
            product += coded * (along[i] as number);
            squared += coded * coded;
          }
          expect(Math.sqrt(squared)).toBeLessThanOrEqual(longest);
          expect(dot(y, q, z, row)).toBeLessThanOrEqual(
            product + inner * error + outer * rest + loosest,
          );
        }
      }
      await sketcher.release();
    }

    function dot(a: Float32Array, p: number, b: Float32Array, q: number): number {
      let sum = 0;
      for (let i = 0; i < dimension; i++) {
        sum += (a[p * dimension + i] as number) * (b[q * dimension + i] as number);
      }
      return sum;
    }
  });
});

import { setImmediate } from 'node:timers/promises';
import { UMAP } from 'umap-js';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { randomFrom } from '../../../domain/random.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable } from '../neighbours.ts';

/** Smallest distance of points in the plane. */
export const MIN_DISTANCE = 0.1;

export interface UmapOptions {
  seed: number;
  /** Smallest distance of points in the plane; `MIN_DISTANCE` by default. */
  minDist?: number;
  /** Called after each epoch. */
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Lays points out in the plane by UMAP (McInnes et al. 2018) over their cosine distances. The
 * neighbours are given, so they can be exact and need not be computed twice.
 * @param table neighbours of the points among themselves, each with itself; 15 are usual
 * @returns points x 2 coordinates, the same for the same seed
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: fewer than 3 points or neighbours, no similarities;
 *   as `checkTable`
 */
export async function umap(
  table: NeighbourTable,
  { seed, minDist = MIN_DISTANCE, progress, signal }: UmapOptions,
): Promise<Float64Array> {
  const { queries: points, k, rows, similarities } = table;
  checkTable(table, points, points, k);
  if (similarities === null || k < 3) {
    throw new SemblanceError(
      'ANALYSIS_IMPOSSIBLE',
      `UMAP needs 3 neighbours of each point and their similarities; there are ${k}.`,
    );
  }
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let point = 0; point < points; point++) {
    // The library expects each point first in its own list; a copy of it may stand there.
    const near = [{ row: point, distance: 0 }];
    for (let cell = point * k; cell < (point + 1) * k && near.length < k; cell++) {
      const row = rows[cell] as number;
      if (row < 0 || row === point) continue;
      near.push({ row, distance: Math.max(0, 1 - (similarities[cell] as number)) });
    }
    indices.push(near.map(({ row }) => row));
    distances.push(near.map(({ distance }) => distance));
  }
  // The library refuses as many neighbours as points.
  const nNeighbors = Math.min(k, points - 1);
  const layout = new UMAP({ nComponents: 2, nNeighbors, minDist, random: randomFrom(seed) });
  layout.setPrecomputedKNN(indices, distances);
  // With neighbours given, the library only counts the points.
  const epochs = layout.initializeFit(indices);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    signal?.throwIfAborted();
    layout.step();
    progress?.(epoch, epochs);
    await setImmediate();
  }
  return Float64Array.from(layout.getEmbedding().flat());
}

import type { EmbeddingMatrix } from '../../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../../domain/errors/error.ts';
import {
  type BootstrapOptions,
  bootstrapMean,
  type Estimate,
} from '../../../domain/statistics/bootstrap.ts';
import type { Classes, Clusters } from '../../../domain/statistics/classes.ts';
import { comparePaired, type PairedComparison } from '../../../domain/statistics/paired-test.ts';
import type { NeighbourTable } from '../../evaluation/neighbours.ts';
import { checkTable } from '../neighbours.ts';
import { queryPrecision } from '../query-precision.ts';

/** What a perturbation of the queries does to their search. */
export interface Robustness {
  k: number;
  /** Precision at k with the pictures as they are, and perturbed. */
  original: Estimate;
  perturbed: Estimate;
  /** Original minus perturbed. */
  loss: PairedComparison;
  /** Mean cosine similarity of a perturbed picture's embedding to the original's. */
  similarity: Estimate;
  /** Mean share of the k neighbours that both lists have. */
  overlap: Estimate;
}

/**
 * Cosine similarity of each row of one matrix to the same row of another.
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE: other rows, or one that is zero or no number
 */
export function rowSimilarities(a: EmbeddingMatrix, b: EmbeddingMatrix): Float64Array {
  const { dimension } = a;
  if (b.dimension !== dimension || b.values.length !== a.values.length) {
    throw new SemblanceError(
      'ANALYSIS_IMPOSSIBLE',
      `${b.paths.length} x ${b.dimension} embeddings are not ${a.paths.length} x ${dimension}.`,
    );
  }
  return Float64Array.from(a.paths, (path, row) => {
    let [product, left, right] = [0, 0, 0];
    for (let i = row * dimension; i < (row + 1) * dimension; i++) {
      product += (a.values[i] as number) * (b.values[i] as number);
      left += (a.values[i] as number) ** 2;
      right += (b.values[i] as number) ** 2;
    }
    const similarity = product / Math.sqrt(left * right);
    if (b.paths[row] === path && Number.isFinite(similarity)) return similarity;
    throw new SemblanceError('ANALYSIS_IMPOSSIBLE', 'The two embeddings cannot be compared.', {
      subject: path,
    });
  });
}

/** Share of each query's first k neighbours that another table's first k have, too. */
function neighbourOverlap(a: NeighbourTable, b: NeighbourTable, k: number): Float64Array {
  return Float64Array.from({ length: a.queries }, (_, q) => {
    const found = new Set(a.rows.subarray(q * a.k, q * a.k + k));
    found.delete(-1);
    let common = 0;
    for (const row of b.rows.subarray(q * b.k, q * b.k + k)) if (found.has(row)) common += 1;
    return common / k;
  });
}

/**
 * Compares the search with perturbed queries with that of the originals.
 * @param tables neighbours of the same queries in the same index
 * @param similarities as `rowSimilarities` gives them
 * @param labels classes of the same numbering
 * @throws SemblanceError as `queryPrecision`
 */
export function robustness(
  tables: { original: NeighbourTable; perturbed: NeighbourTable },
  similarities: Float64Array,
  labels: { queries: Classes; index: Classes },
  clusters: Clusters,
  options: BootstrapOptions & { k: number },
): Robustness {
  const { k } = options;
  checkTable(tables.perturbed, tables.original.queries, labels.index.of.length, k);
  const original = queryPrecision(tables.original, labels.queries, labels.index, options);
  const perturbed = queryPrecision(tables.perturbed, labels.queries, labels.index, options);
  const overlap = neighbourOverlap(tables.original, tables.perturbed, k);
  const estimate = (scores: Float64Array) => bootstrapMean(scores, clusters, options);
  return {
    k,
    original: estimate(original),
    perturbed: estimate(perturbed),
    loss: comparePaired(original, perturbed, clusters, options),
    similarity: estimate(similarities),
    overlap: estimate(overlap),
  };
}

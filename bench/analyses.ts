// Time of the analyses at the size of a large benchmark, where it matters beside the plain loop:
//   npm run bench:analyses

import type { EmbeddingMatrix } from '../src/domain/embedding-matrix.ts';
import { randomFrom } from '../src/domain/random.ts';
import { bootstrapMean } from '../src/domain/statistics/bootstrap.ts';
import type { Clusters } from '../src/domain/statistics/classes.ts';
import { comparePaired } from '../src/domain/statistics/paired-test.ts';
import { confusion } from '../src/study/analyses/confusion/confusion.ts';
import { precisionByGroup } from '../src/study/analyses/groups/by-group.ts';
import { hubness } from '../src/study/analyses/hubness/hubness.ts';
import {
  geometricSizes,
  precisionByIndexSize,
} from '../src/study/analyses/index-size/index-size.ts';
import { pca } from '../src/study/analyses/projection/pca.ts';
import { umap } from '../src/study/analyses/projection/umap.ts';
import { queryPrecision } from '../src/study/analyses/query-precision.ts';
import { alignmentUniformity } from '../src/study/analyses/space/alignment.ts';
import { clusterScores } from '../src/study/analyses/space/cluster-scores.ts';
import { silhouette } from '../src/study/analyses/space/silhouette.ts';
import { labelledSpace } from '../src/study/analyses/space/space.ts';
import { findNeighbours, type NeighbourTable } from '../src/study/evaluation/neighbours.ts';

const QUERIES = 20_000;
const INDEX = 400_000;
const CLASSES = 161;
const K = 100;
const seed = 1;
const random = randomFrom(seed);
const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`);
const below = (limit: number) => Math.floor(random() * limit);
const draw = (count: number, limit: number) =>
  Int32Array.from({ length: count }, () => below(limit));

const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
async function time<T>(what: string, size: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  row(what, size, `${((performance.now() - start) / 1000).toFixed(2)} s`);
  return result;
}

/** Bootstrap as written down: every image of every drawn patient is added up. */
function plainBootstrap(scores: Float64Array, clusters: Clusters, replicates: number): number[] {
  const images = Array.from({ length: clusters.count }, () => [] as number[]);
  clusters.of.forEach((cluster, i) => {
    images[cluster]?.push(i);
  });
  return Array.from({ length: replicates }, () => {
    const drawn = Array.from(images, () => images[below(clusters.count)] as number[]).flat();
    return drawn.reduce((sum, i) => sum + (scores[i] as number), 0) / drawn.length;
  });
}

/** Distances of the first points to all, as a plain loop. */
function plainDistances({ dimension, values }: EmbeddingMatrix, rows: number): number {
  let sum = 0;
  for (let a = 0; a < rows * dimension; a += dimension) {
    for (let b = 0; b < values.length; b += dimension) {
      let squared = 0;
      for (let i = 0; i < dimension; i++) {
        const difference = (values[a + i] as number) - (values[b + i] as number);
        squared += difference * difference;
      }
      sum += Math.sqrt(squared);
    }
  }
  return sum;
}

/** Points around the centres of their classes. */
function embeddings(points: number, dimension: number): [EmbeddingMatrix, Int32Array] {
  const centres = Float32Array.from({ length: CLASSES * dimension }, () => random() - 0.5);
  const of = draw(points, CLASSES);
  const values = new Float32Array(points * dimension);
  for (let at = 0; at < values.length; at++) {
    const c = of[Math.floor(at / dimension)] as number;
    values[at] = (centres[c * dimension + (at % dimension)] as number) + random() - 0.5;
  }
  return [{ paths: Array.from(of, (_, i) => `${i}`), dimension, values }, of];
}

row('analysis', 'size', 'time');
row('---', '---', '---');
const queries = { names, of: draw(QUERIES, CLASSES) };
const index = { names, of: draw(INDEX, CLASSES) };
const rows = draw(QUERIES * K, INDEX);
const table: NeighbourTable = { queries: QUERIES, k: K, rows, similarities: null };
const clusters = { count: 8000, of: draw(QUERIES, 8000), unknown: 0 };
const size = `${QUERIES} queries, 8000 patients`;
const scores = await time('precision of each query', `${size}, k = ${K}`, () =>
  queryPrecision(table, queries, index, { k: K }),
);
await time('bootstrap, 1000 draws', size, () => bootstrapMean(scores, clusters, { seed }));
await time('bootstrap, 1000 draws, image by image', size, () =>
  plainBootstrap(scores, clusters, 1000),
);
await time(`bootstrap, 1000 draws, macro`, `${size}, ${CLASSES} classes`, () =>
  bootstrapMean(scores, clusters, { seed }, queries),
);
await time('bootstrap of each class', `${size}, ${CLASSES} classes`, () =>
  precisionByGroup(scores, queries, index, clusters, { seed }),
);
const others = scores.map((score) => score + (random() - 0.5) / 100);
await time('paired comparison, 10,000 signs', size, () =>
  comparePaired(scores, others, clusters, { seed }),
);
await time('confusion', `${QUERIES} x ${K}, ${CLASSES} classes`, () =>
  confusion(table, queries, index, K),
);
await time('hubness', `${QUERIES} x ${K}, index ${INDEX}`, () => hubness(table, INDEX, { k: 10 }));
const sizes = geometricSizes(INDEX, INDEX / 4);
await time('index size, 5 orders', `${QUERIES} x ${K}, k = 10, sizes ${sizes.join(', ')}`, () =>
  precisionByIndexSize(
    table,
    { queries, index },
    clusters,
    { k: 10, sizes, seed },
    // Random lists of a quarter have 25 of 100 left on average; the few short ones are not timed.
    async (asked, _, k) => ({
      queries: asked.length,
      k,
      rows: new Int32Array(asked.length * k),
      similarities: null,
    }),
  ),
);

const [matrix, of] = embeddings(10_000, 512);
const points = '10000 x 512';
const space = await time('checks, unit length', points, () => labelledSpace(matrix, { names, of }));
await time('silhouette, cosine, all points', points, () => silhouette(space, 'cosine', { seed }));
await time('silhouette, Euclidean, all points', points, () =>
  silhouette(space, 'euclidean', { seed }),
);
await time('silhouette, Euclidean, 1000 points', points, () =>
  silhouette(space, 'euclidean', { seed, pairs: 1e7 }),
);
await time('the same distances by a plain loop', points, () => plainDistances(matrix, 1000));
await time('alignment, uniformity', points, () => alignmentUniformity(space, { seed }));
await time('Davies-Bouldin, Calinski-Harabasz', points, () => clusterScores(space));
const [few] = embeddings(2000, 512);
await time('PCA', '2000 x 512', () => pca(few.values, few.dimension, 2, seed));
const all = Int32Array.from(few.paths.keys());
const near = await time('neighbours for UMAP', '2000 x 512, 15', () =>
  findNeighbours(few, all, all, 15),
);
await time('UMAP', '2000 points, 15 neighbours', () => umap(near, { seed }));

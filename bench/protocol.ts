// Seconds and memory of the study's protocol on made-up embeddings of its size:
//   npm run bench:protocol                  index rows 100000, 200000, 400000 against 20000 queries
//   npm run bench:protocol -- 10000 1000    largest index and queries
//   npm run bench:protocol -- 1300000 130000 1    the study's size, and no smaller index before it
import { availableParallelism } from 'node:os';
import { randomFrom } from '../src/domain/random.ts';
import { knnClassification } from '../src/study/evaluation/knn-classification.ts';
import { linearProbe } from '../src/study/evaluation/linear-probe.ts';
import { findNeighbours, type NeighbourTable } from '../src/study/evaluation/neighbours.ts';
import { retrievalPrecision } from '../src/study/evaluation/retrieval.ts';
import type { Retrieved } from '../src/study/evaluation/retrieve.ts';

const [LARGEST = 400_000, QUERIES = 20_000, SIZES = 3] = process.argv.slice(2).map(Number);
const DIMENSION = 512;
const CLASSES = 161;
const K = 100;
/** The study: 1.3 million images to search in, 130 thousand to search with. */
const STUDY_INDEX = 1_300_000;
const STUDY_QUERIES = 130_000;

const LABELS = Array.from({ length: CLASSES }, (_, c) => `class ${c}`);
const random = randomFrom(1);
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const peak = () => `${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(2)} GiB`;

async function seconds<T>(work: () => T | Promise<T>): Promise<[number, T]> {
  const start = performance.now();
  const result = await work();
  return [(performance.now() - start) / 1000, result];
}

/** Labels that become rarer, as those of the study do: the square spreads them unevenly. */
function drawLabels(count: number): Int32Array {
  return Int32Array.from({ length: count }, () => Math.floor(random() ** 2 * CLASSES));
}

/** Embeddings around a centre for each class. */
function drawEmbeddings(labels: Int32Array): Float32Array {
  const centres = Float32Array.from({ length: CLASSES * DIMENSION }, () => random() - 0.5);
  const values = new Float32Array(labels.length * DIMENSION);
  labels.forEach((label, i) => {
    for (let d = 0; d < DIMENSION; d++) {
      values[i * DIMENSION + d] = (centres[label * DIMENSION + d] as number) + 4 * (random() - 0.5);
    }
  });
  return values;
}

const range = (from: number, to: number) =>
  Int32Array.from({ length: to - from }, (_, i) => from + i);

/** Precision as the definition says it, query by query and k by k. */
function byDefinition({ indexLabels, queryLabels, neighbours }: Retrieved): number[] {
  return Array.from({ length: 99 }, (_, i) => {
    let sum = 0;
    queryLabels.forEach((label, q) => {
      const found = neighbours.rows.subarray(q * neighbours.k, q * neighbours.k + i + 1);
      sum += found.filter((position) => indexLabels[position] === label).length / (i + 1);
    });
    return sum / queryLabels.length;
  });
}

async function benchFigures(retrieved: Retrieved, size: string): Promise<void> {
  const [fast, result] = await seconds(() => retrievalPrecision(retrieved));
  const [slow, expected] = await seconds(() => byDefinition(retrieved));
  const worst = Math.max(
    ...expected.map((p, i) => Math.abs(p - (result.precision[i]?.micro.mean as number))),
  );
  if (worst > 1e-9) throw new Error(`Figures differ by ${worst}.`);
  row('precision@1..99', size, 'one pass', `${fast.toFixed(2)} s`, peak());
  row('precision@1..99', size, 'by definition, micro only', `${slow.toFixed(2)} s`, peak());
  const [knn] = await seconds(() => knnClassification(retrieved, retrieved));
  row(
    'kNN classification, 99 k and the best',
    size,
    'counted shares',
    `${knn.toFixed(2)} s`,
    peak(),
  );
}

console.log(`${availableParallelism()} cores, Node ${process.version}, ${CLASSES} classes\n`);
row('task', 'size', 'how', 'time', 'peak memory so far');
row('---', '---', '---', '---', '---');

const labels = drawLabels(LARGEST + QUERIES);
const embeddings = {
  paths: Array.from(labels, (_, i) => `${i}.png`),
  dimension: DIMENSION,
  values: drawEmbeddings(labels),
};
const queryLabels = labels.subarray(LARGEST);

function dot(a: number, b: number): number {
  const { values } = embeddings;
  let sum = 0;
  for (let d = 0; d < DIMENSION; d++) {
    sum += (values[a * DIMENSION + d] as number) * (values[b * DIMENSION + d] as number);
  }
  return sum;
}

const lengths = Float64Array.from({ length: LARGEST }, (_, i) => Math.sqrt(dot(i, i)));

/** Neighbours of one query as a plain loop finds them. */
function plainLoop(query: number): number[] {
  const scores = lengths.map((length, i) => dot(query, i) / length);
  const order = Array.from(scores.keys());
  return order.sort((a, b) => (scores[b] as number) - (scores[a] as number)).slice(0, K);
}

let table: NeighbourTable | undefined;
let rate = 0;
for (let halvings = SIZES - 1; halvings >= 0; halvings--) {
  const size = LARGEST / 2 ** halvings;
  const [time, found] = await seconds(() =>
    findNeighbours(embeddings, range(0, size), range(LARGEST, labels.length), K),
  );
  table = found;
  rate = (size * QUERIES) / time;
  const what = `${size} x ${DIMENSION}, ${QUERIES} queries`;
  row(
    `${K} neighbours`,
    what,
    `${(rate / 1e6).toFixed(1)} million pairs/s`,
    `${time.toFixed(1)} s`,
    peak(),
  );
}
const few = Math.min(10, QUERIES);
const [slow, loops] = await seconds(() =>
  Array.from({ length: few }, (_, q) => plainLoop(LARGEST + q)),
);
const same =
  loops.flat().filter((found, i) => found === table?.rows[i]).length / loops.flat().length;
if (same < 0.99) throw new Error(`Only ${same} of the neighbours are those of the plain loop.`);
row(
  `${K} neighbours`,
  `${LARGEST} x ${DIMENSION}, ${few} queries`,
  `plain loop: ${((LARGEST * few) / slow / 1e6).toFixed(1)} million pairs/s`,
  `${slow.toFixed(1)} s`,
  peak(),
);
await benchFigures(
  {
    labels: LABELS,
    indexLabels: labels.subarray(0, LARGEST),
    queryLabels,
    neighbours: table as NeighbourTable,
  },
  `${QUERIES} queries`,
);

// Queries as many as the study has, with neighbours drawn at random.
const study = drawLabels(STUDY_QUERIES);
const drawn = Int32Array.from({ length: STUDY_QUERIES * K }, () => Math.floor(random() * LARGEST));
await benchFigures(
  {
    labels: LABELS,
    indexLabels: labels.subarray(0, LARGEST),
    queryLabels: study,
    neighbours: { queries: STUDY_QUERIES, k: K, rows: drawn, similarities: null },
  },
  `${STUDY_QUERIES} queries`,
);

const image = (i: number) => ({
  filepath: `${i}.png`,
  dataset: '',
  split: 'train' as const,
  modality: '',
  anatomicRegion: '',
  label: labels[i] as number,
  patient: null,
});
const part = (from: number, to: number) => ({
  images: Array.from(range(from, to), image),
  labels: labels.subarray(from, to),
});
const trained = LARGEST / 4;
const [probe] = await seconds(() =>
  linearProbe(
    {
      labels: LABELS,
      train: part(0, trained),
      val: part(LARGEST, LARGEST + QUERIES / 2),
      test: part(LARGEST + QUERIES / 2, LARGEST + QUERIES),
      excluded: [],
    },
    embeddings,
    { epochs: 1 },
  ),
);
row(
  'linear probe, one epoch',
  `${trained} x ${DIMENSION}`,
  'graph',
  `${probe.toFixed(1)} s`,
  peak(),
);

const hours = (STUDY_INDEX * STUDY_QUERIES) / rate / 3600;
// Embeddings of index and queries, the queries once more, and rows and similarities of the table.
const bytes = 4 * ((STUDY_INDEX + 2 * STUDY_QUERIES) * DIMENSION + 2 * STUDY_QUERIES * K);
const held = 4 * ((LARGEST + 2 * QUERIES) * DIMENSION + 2 * QUERIES * K);
const other = process.resourceUsage().maxRSS * 1024 - held;
console.log(
  `\nExtrapolated, not measured: ${STUDY_INDEX} x ${DIMENSION} against ${STUDY_QUERIES} queries at the ` +
    `last rate: ${hours.toFixed(1)} h, ${((bytes + other) / 2 ** 30).toFixed(1)} GiB`,
);

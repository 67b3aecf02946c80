// Precision and speed of the baseline's compositions on a data set in the study's layout:
//   npm run bench:baseline -- <folder with dataset.csv>
// The choice among them is made on val; test is for the report.
import {
  BASELINE_VARIANTS,
  type BaselinePart,
  buildDescriptor,
} from '../src/encoding/encoders/baseline/graph.ts';
import { findEncoder } from '../src/encoding/encoders/registry.ts';
import { FlatIndex } from '../src/index/memory/flat-index.ts';
import { Session } from '../src/runtime/session.ts';
import { precisionAtK } from '../src/study/evaluation/precision.ts';
import { type Corpus, readCorpus } from './corpus.ts';

const BATCH = 32;
const KS = [1, 3, 5, 10];

async function embed(parts: readonly BaselinePart[], { tensors }: Corpus) {
  const { model, dimension } = buildDescriptor(parts);
  const session = await Session.load(model);
  const vectors: Float32Array[] = [];
  const start = performance.now();
  for (let at = 0; at < tensors.length; at += BATCH) {
    const batch = tensors.slice(at, at + BATCH);
    const size = (batch[0] as Float32Array).length;
    const data = new Float32Array(batch.length * size);
    batch.forEach((tensor, i) => {
      data.set(tensor, i * size);
    });
    const edge = Math.sqrt(size / 3);
    const { embedding } = await session.run({
      pixels: { dims: [batch.length, 3, edge, edge], data },
    });
    batch.forEach((_, i) => {
      vectors.push((embedding?.data as Float32Array).slice(i * dimension, (i + 1) * dimension));
    });
  }
  const rate = tensors.length / ((performance.now() - start) / 1000);
  await session.release();
  return { vectors, dimension, rate };
}

async function precision(
  corpus: Corpus,
  vectors: Float32Array[],
  dimension: number,
  split: string,
) {
  const of = (wanted: string) =>
    vectors.flatMap((_, i) => (corpus.splits[i] === wanted ? [i] : []));
  const index = await FlatIndex.build(
    dimension,
    of('train').map((i) => [i, vectors[i] as Float32Array] as const),
  );
  const queries = of(split);
  const { neighbours } = await index.search(
    queries.map((i) => vectors[i] as Float32Array),
    Math.max(...KS),
  );
  await index.release();
  const judged = queries.map((i, q) => ({
    labels: corpus.labels[i] ?? [],
    neighbours: (neighbours[q] ?? []).map((hit) => corpus.labels[hit.id] ?? []),
  }));
  return precisionAtK(judged, KS)
    .map(({ micro }) => micro.toFixed(3))
    .join('/');
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('Name a folder with dataset.csv.');
const { preprocess } = await findEncoder('baseline', '');
const corpus = await readCorpus(folder, preprocess);
console.log('| parts | dimension | val P@1/3/5/10 | test P@1/3/5/10 | images/s |');
console.log('| --- | --- | --- | --- | --- |');
for (const [name, parts] of Object.entries(BASELINE_VARIANTS)) {
  const { vectors, dimension, rate } = await embed(parts, corpus);
  const val = await precision(corpus, vectors, dimension, 'val');
  const test = await precision(corpus, vectors, dimension, 'test');
  console.log(`| ${name} | ${dimension} | ${val} | ${test} | ${rate.toFixed(0)} |`);
}

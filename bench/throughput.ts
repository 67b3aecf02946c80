// Images/s of indexing and queries/s of exact search, each beside its alternative in the same run:
//   npm run bench
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Encoder } from '../src/encoding/encoders/encoder.ts';
import { findEncoder } from '../src/encoding/encoders/registry.ts';
import { preprocess } from '../src/encoding/preprocess/preprocess.ts';
import { decodeImage } from '../src/images/decode.ts';
import { writePhantoms } from '../src/images/phantoms/phantoms.ts';
import { readImageFile } from '../src/images/read.ts';
import { FlatIndex } from '../src/index/memory/flat-index.ts';
import { indexImages } from '../src/indexing/index-images.ts';
import { readSource } from '../src/indexing/read-source.ts';
import { DataDirectory } from '../src/store/data-directory.ts';

const seconds = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

async function benchIndexing(folder: string): Promise<void> {
  const source = await readSource(folder);
  const encoder = await Encoder.load(await findEncoder('baseline', ''));
  const rates: Record<string, number[]> = { pipeline: [], 'one by one': [] };
  for (let round = 0; round < 3; round++) {
    const store = new DataDirectory(join(folder, `home-${round}`)).open('bench', { create: true });
    const pipeline = await seconds(() => indexImages(store, encoder, source));
    store.close();
    rates.pipeline?.push(source.images.length / pipeline);
    const oneByOne = await seconds(async () => {
      for (const { path } of source.images) {
        const pixels = await decodeImage(await readImageFile(join(source.root, path)));
        await encoder.encode([preprocess(pixels, encoder.preprocess)]);
      }
    });
    rates['one by one']?.push(source.images.length / oneByOne);
  }
  for (const [name, values] of Object.entries(rates)) {
    row('index', `${source.images.length} images`, name, `${median(values).toFixed(0)} images/s`);
  }
  await encoder.release();
}

/** The plain loop that a program without a graph runtime would write. */
function bruteForce(rows: Float32Array[], query: Float32Array, k: number): number[] {
  const scores = rows.map((vector, id) => {
    let sum = 0;
    for (let i = 0; i < query.length; i++) sum += (query[i] as number) * (vector[i] as number);
    return { id, sum };
  });
  return scores
    .sort((a, b) => b.sum - a.sum)
    .slice(0, k)
    .map(({ id }) => id);
}

async function benchSearch(count: number, dimension: number): Promise<void> {
  const vector = () => {
    const values = Float32Array.from({ length: dimension }, () => Math.random() - 0.5);
    const norm = Math.hypot(...values);
    return values.map((value) => value / norm);
  };
  const rows = Array.from({ length: count }, vector);
  const index = await FlatIndex.build(
    dimension,
    rows.map((v, i) => [i, v] as const),
  );
  const single: number[] = [];
  const loop: number[] = [];
  for (let round = 0; round < 7; round++) {
    const query = vector();
    let found: number[] = [];
    single.push(
      await seconds(async () => {
        found = ((await index.search([query], 100)).neighbours[0] ?? []).map(({ id }) => id);
      }),
    );
    let expected: number[] = [];
    loop.push(
      await seconds(async () => {
        expected = bruteForce(rows, query, 100);
      }),
    );
    if (found.join() !== expected.join()) console.error('note: near-equal scores in another order');
  }
  const batch = Array.from({ length: 64 }, vector);
  const together = (await seconds(() => index.search(batch, 100))) / batch.length;
  const size = `${count} x ${dimension}, k = 100`;
  row('search', size, 'index, one query', `${(1 / median(single)).toFixed(1)} queries/s`);
  row('search', size, 'index, 64 at once', `${(1 / together).toFixed(1)} queries/s`);
  row('search', size, 'plain loop', `${(1 / median(loop)).toFixed(1)} queries/s`);
  await index.release();
}

console.log(`${availableParallelism()} cores, Node ${process.version}\n`);
row('task', 'size', 'how', 'median rate');
row('---', '---', '---', '---');
const folder = await mkdtemp(join(tmpdir(), 'semblance-bench-'));
try {
  await writePhantoms(folder);
  await benchIndexing(folder);
  await benchSearch(20_000, 1024);
  await benchSearch(100_000, 512);
} finally {
  await rm(folder, { recursive: true });
}

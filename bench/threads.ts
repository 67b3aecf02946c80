// Images/s of indexing by threads of the encoder and workers that decode, in turns; what the defaults rest on:
//   npm run bench:threads -- <folder|csv> [encoder.json ...]

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_ENCODER } from '../src/domain/encoders.ts';
import { Encoder } from '../src/encoding/encoders/encoder.ts';
import { findEncoder } from '../src/encoding/encoders/registry.ts';
import { indexImages } from '../src/indexing/index-images.ts';
import { readSource } from '../src/indexing/read-source.ts';
import { DataDirectory } from '../src/store/data-directory.ts';

const IMAGES = 320;
const ROUNDS = 3;

const [path, ...encoders] = process.argv.slice(2);
if (path === undefined) throw new Error('Name a folder of images or a CSV.');
const cores = availableParallelism();
const pairs = [1, cores].flatMap((encoder) => [1, cores].map((workers) => ({ encoder, workers })));
const source = await readSource(path);
// Evenly from the whole, because a data set begins with images of one kind.
const step = Math.max(1, Math.floor(source.images.length / IMAGES));
source.images = source.images.filter((_, i) => i % step === 0).slice(0, IMAGES);

console.log(`${cores} cores, ${source.images.length} images, Node ${process.version}\n`);
console.log('| encoder | encoder threads | workers | images/s (median) | lowest | highest |');
console.log('| --- | --- | --- | --- | --- | --- |');
const folder = await mkdtemp(join(tmpdir(), 'semblance-bench-'));
try {
  for (const name of [DEFAULT_ENCODER, ...encoders]) {
    const definition = await findEncoder(name, folder);
    const rates = pairs.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, pair] of pairs.entries()) {
        const encoder = await Encoder.load(definition, { threads: pair.encoder });
        const store = new DataDirectory(
          join(folder, `${name.replaceAll(/\W/g, '-')}-${round}-${i}`),
        ).open('bench', { create: true });
        const start = performance.now();
        await indexImages(store, encoder, source, { threads: pair.workers });
        rates[i]?.push((1000 * source.images.length) / (performance.now() - start));
        store.close();
        await encoder.release();
      }
    }
    for (const [i, pair] of pairs.entries()) {
      const sorted = (rates[i] as number[]).toSorted((a, b) => a - b).map((r) => r.toFixed(1));
      const cells = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)];
      console.log(
        `| ${definition.name} | ${pair.encoder} | ${pair.workers} | ${cells.join(' | ')} |`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

// What an index does with what is written: the first search after it, against an index that is built anew, and the
// memory of the process before, during and after a merge.
// npm run bench:layers -- --rows 400000 --dimension 512
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomFrom } from '../src/domain/random.ts';
import { FlatIndex } from '../src/index/memory/flat-index.ts';
import { indexFile } from '../src/index/memory/kept-files.ts';
import { LayeredIndex } from '../src/index/memory/layered-index.ts';
import { EncoderSpace } from '../src/search/encoder-space.ts';
import { CollectionStore } from '../src/store/collection-store.ts';
import { growCollection } from './served-collection.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '400000' },
    dimension: { type: 'string', default: '512' },
  },
});
const [rows, dimension] = [Number(values.rows), Number(values.dimension)];
const home = mkdtempSync(join(tmpdir(), 'semblance-layers-'));
const random = randomFrom(3);
const vector = () => Float32Array.from({ length: dimension }, () => random() - 0.5);
const memory = () => `${(process.memoryUsage.rss() / 2 ** 30).toFixed(2)} GiB`;

console.log(`${rows} x ${dimension}, ${cpus()[0]?.model}, ${cpus().length} processors`);
let size = rows;
growCollection(home, 'c', size, dimension);
const store = CollectionStore.open(join(home, 'c.db'));
const [encoder] = store.encoders.list();
if (encoder === undefined) throw new Error('The collection has no encoder.');

/** Milliseconds of a search by a space, with its index of now. */
async function search(space: EncoderSpace): Promise<number> {
  const begun = performance.now();
  await store.snapshot((state) => space.withIndex(state, (index) => index.search([vector()], 100)));
  return performance.now() - begun;
}

/** As `search`, by an index that is built from the collection; it keeps no file. */
async function anew(): Promise<number> {
  const building = () =>
    store.snapshot((state) =>
      FlatIndex.build(dimension, state.embeddings.each(encoder?.id ?? 0), { expected: size }),
    );
  const begun = performance.now();
  const index = LayeredIndex.over(await building(), { generation: 0, state: '' });
  await index.search([vector()], 100);
  const taken = performance.now() - begun;
  await index.release();
  return taken;
}

const show = (milliseconds: number) => milliseconds.toFixed(milliseconds < 100 ? 1 : 0);
const space = new EncoderSpace(encoder);
await search(space);
await search(space);
console.log(`memory with the index: ${memory()}`);
console.log('\n| written | first search, ms | the next, ms |\n| --- | --- | --- |');
const add = (count: number) => {
  size += count;
  growCollection(home, 'c', size, dimension);
};
const replace = (count: number) => {
  const ids = store.embeddings.imageIds(encoder.id);
  const step = Math.floor(ids.length / count);
  store.embeddings.write(
    encoder.id,
    Array.from({ length: count }, (_, i) => [ids[i * step] as number, vector()] as const),
  );
};
for (const count of [1, 100, 10_000]) {
  for (const [name, write] of [
    ['new', add],
    ['replaced', replace],
  ] as const) {
    write(count);
    const first = await search(space);
    console.log(`| ${count} ${name} | ${show(first)} | ${show(await search(space))} |`);
  }
}
store.writer.remove([store.images.get(store.embeddings.imageIds(encoder.id)[7] as number)]);
const before = memory();
let peak = 0;
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 20);
const first = await search(space);
console.log(`| one removed | ${show(first)} | ${show(await search(space))} |`);
// A removal has all merged, and kept in the file: it is over when the file is there.
while (!existsSync(indexFile(store, encoder.id))) await sleep(20);
clearInterval(watching);
await sleep(500);
console.log(
  `\nmemory before the merge ${before}, at most ${(peak / 2 ** 30).toFixed(2)} GiB, after ${memory()}`,
);
await space.release();
console.log(`built anew: ${show(await anew())} ms`);
store.close();
rmSync(home, { recursive: true });

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { embeddedIndex } from '../index/memory/open-index.ts';
import type { SearchOptions } from '../index/vector-index.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import { madeUpCollection } from '../testing/made-up-collection.ts';
import { EncoderSpace } from './encoder-space.ts';
import { Searcher } from './searcher.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-own-images-'));
const pictures = new PreprocessPool({ threads: 1 });
let store: CollectionStore;
let space: EncoderSpace;
let searcher: Searcher;
/** What the index was asked with. */
const asked: SearchOptions[] = [];
let instances: number[];

beforeAll(() => {
  const made = madeUpCollection(join(folder, 'a.db'));
  store = made.store;
  const decoding = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };
  const images = store.images.page().filter(({ id }) => id % 3 === 0);
  instances = images.map(({ id }) => id);
  store.writer.write(
    store.sources.register('/nowhere'),
    images.map((description) => ({
      description,
      content: {
        contentHash: String(description.id).padStart(64, '0'),
        ...{ bytes: 1, width: 1, height: 1, decoding, sopInstance: `of ${description.id}` },
      },
      embeddings: new Map(),
    })),
  );
  space = new EncoderSpace(made.encoder, async (...args) => {
    const index = await embeddedIndex(...args);
    const search: typeof index.search = (queries, k, options = {}) => {
      asked.push(options);
      return index.search(queries, k, options);
    };
    return Object.create(index, { search: { value: search } });
  });
  searcher = new Searcher(store, space, pictures);
});
afterAll(async () => {
  await space.release();
  await pictures.close();
  store.close();
  rmSync(folder, { recursive: true });
});

it.each([
  ['all', []],
  ['a part', [{ field: 'split', not: false, values: [['val']] }]],
])(
  'instances are found among %s by one set of them, with no list of what is none',
  async (_, filter) => {
    const find = async (k: number, instancesOnly: boolean) => {
      const answer = await searcher.search([{ kind: 'image', id: 1 }], {
        k,
        filter,
        instancesOnly,
      });
      const neighbours = answer.neighbours.map(({ image, similarity }) => [image.id, similarity]);
      return { neighbours, candidates: answer.candidates };
    };
    const everything = await find(600, false);
    const expected = everything.neighbours.filter(([id]) => instances.includes(id as number));
    asked.length = 0;
    expect(await find(600, true)).toEqual({ neighbours: expected, candidates: expected.length });
    expect(await find(5, true)).toEqual({
      ...{ neighbours: expected.slice(0, 5), candidates: expected.length },
    });
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked.map(({ allowed }) => allowed)).size).toBe(1);
    for (const { excluded } of asked) expect([...(excluded ?? [])]).toEqual([1]);
  },
);

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { randomFrom } from '../domain/random.ts';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { Connection } from '../store/connection.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import { described } from '../testing/described.ts';
import { EncoderSpace } from './encoder-space.ts';
import { FusedSpace } from './fused-space.ts';

const DIMENSIONS = [5, 9, 3];
const random = randomFrom(11);
const any = (count: number) => Math.floor(random() * count);
const vector = (dimension: number) =>
  Float32Array.from({ length: dimension }, () => 2 * random() - 1);

let folder: string;
let store: CollectionStore;
let encoders: number[];
let names = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semblance-fused-'));
  store = CollectionStore.open(join(folder, 'c.db'), { create: true });
  encoders = DIMENSIONS.map((dimension, i) => {
    const name = `e${i}`;
    const definition = JSON.stringify(importedDefinition(name, dimension));
    return store.encoders.register({ name, fingerprint: name, dimension, definition });
  });
  add(60);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** Images with an embedding of each encoder, but for some. */
function add(count: number): void {
  store.writer.write(
    store.sources.register('/pictures'),
    Array.from({ length: count }, () => ({
      description: described(`${names++}`),
      embeddings: new Map(
        encoders.flatMap((id, i) =>
          random() < 0.1 ? [] : [[id, vector(DIMENSIONS[i] as number)] as const],
        ),
      ),
    })),
  );
}
function change(): void {
  const images = store.images.page({ limit: 1000 });
  const picked = images[any(images.length)] as (typeof images)[number];
  const [kind, i] = [any(4), any(encoders.length)];
  if (kind === 0) add(1 + any(3));
  else if (kind === 1) store.writer.remove([picked]);
  // Written over, or given to one that lacked it, also below others that have it.
  else {
    store.embeddings.write(encoders[i] as number, [[picked.id, vector(DIMENSIONS[i] as number)]]);
  }
}
const fusedSpace = () =>
  new FusedSpace(
    store.encoders.list().map((encoder) => new EncoderSpace(encoder)),
    [0.5, 0.3, 0.2],
  );
/** A state whose embeddings cannot be read all at once. */
function withoutAll(state: ReadableCollection): ReadableCollection {
  const embeddings = new Proxy(state.embeddings, {
    get: (target, name) => {
      if (name === 'each') throw new Error('It is built anew.');
      const value = target[name as keyof typeof target] as unknown as (...a: unknown[]) => unknown;
      return value.bind(target);
    },
  });
  return new Proxy(state, {
    get: (target, name) => (name === 'embeddings' ? embeddings : Reflect.get(target, name, target)),
  });
}

it('follows what is written, as an index that is built anew answers', async () => {
  const space = fusedSpace();
  const queries = [vector(17), vector(17)];
  const ask = (of: FusedSpace, state: ReadableCollection) =>
    of.withIndex(state, async (index) => ({
      size: index.size,
      found: await index.search(queries, 25),
    }));
  await store.snapshot((state) => ask(space, state));
  for (let n = 0; n < 80; n++) {
    for (let changes = any(3); changes >= 0; changes--) change();
    await store.snapshot(async (state) => {
      const anew = fusedSpace();
      expect(await ask(space, withoutAll(state))).toEqual(await ask(anew, state));
      await anew.release();
    });
  }
  await space.release();
});

it('tells of an embedding that was altered without notice among those that came', async () => {
  const space = fusedSpace();
  const size = (state: ReadableCollection) => space.withIndex(state, async (index) => index.size);
  await store.snapshot(size);
  const id = store.embeddings.imageIds(encoders[1] as number)[3] as number;
  store.embeddings.write(encoders[1] as number, [[id, vector(9)]]);
  const connection = new Connection(store.file, false);
  const alter = 'UPDATE embeddings SET vector = zeroblob(36) WHERE encoder_id = ? AND item_id = ?';
  connection.run(alter, encoders[1], id);
  connection.close();
  await expect(store.snapshot(size)).rejects.toMatchObject({ code: 'COLLECTION_DAMAGED' });
  await space.release();
});

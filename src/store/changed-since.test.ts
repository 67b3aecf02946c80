import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { randomFrom } from '../domain/random.ts';
import { described } from '../testing/described.ts';
import { CollectionStore } from './collection-store.ts';
import { Connection } from './connection.ts';

let folder: string;
let store: CollectionStore;
let encoderId: number;

const vector = (n: number) => Float32Array.of(n, 1);
const add = (...names: number[]) =>
  store.writer.write(
    store.sources.register('/'),
    names.map((n) => ({
      description: described(`${n}.png`),
      embeddings: new Map([[encoderId, vector(n)]]),
    })),
  );
/** The state now, and what has changed since it. */
const remember = (last: number) => {
  const before = {
    generation: store.generation(encoderId),
    state: store.stateName(encoderId) as string,
    last,
  };
  return (most = 100) => store.embeddings.changedSince(encoderId, before, most);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semblance-changed-'));
  store = CollectionStore.open(join(folder, 'x.db'), { create: true });
  const definition = '{}';
  encoderId = store.encoders.register({ name: 'e', fingerprint: 'f', dimension: 2, definition });
  add(1, 2, 3, 4);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

it('tells which embeddings are others than in an earlier state', () => {
  const first = remember(4);
  expect(first()).toEqual([]);
  add(5, 6);
  const second = remember(6);
  store.embeddings.write(encoderId, [[2, vector(9)]]);
  store.writer.remove([store.images.get(4)]);
  store.writer.remove([store.images.get(6)]);
  add(7);
  // Image 6 came and went.
  expect(first()).toEqual([2, 4, 5, 6, 7]);
  expect(second()).toEqual([2, 4, 6, 7]);
  // One above the largest that there is now, below the largest that there was.
  store.writer.remove([store.images.get(7)]);
  const third = remember(5);
  store.embeddings.write(encoderId, [[1, vector(3)]]);
  expect(third()).toEqual([1]);
});

it('lists no more than is asked for, and nothing of a state that it does not know', () => {
  const since = remember(4);
  store.embeddings.write(encoderId, [
    [1, vector(5)],
    [2, vector(6)],
  ]);
  add(5);
  expect(since(3)).toEqual([1, 2, 5]);
  expect(since(3.7)).toEqual([1, 2, 5]);
  expect(since(2)).toBeUndefined();
  expect(since(2.9)).toBeUndefined();
  const other = { generation: store.generation(encoderId), state: 'of another', last: 5 };
  expect(store.embeddings.changedSince(encoderId, other, 10)).toBeUndefined();
});

type Held = ReadonlyMap<number, Float32Array>;

/** Whether the embeddings of now are those that were held, with what `changedSince` tells. */
function proved(before: { generation: number; state: string }, held: Held): boolean | undefined {
  const last = Math.max(0, ...held.keys());
  const { embeddings } = store;
  const changed = embeddings.changedSince(encoderId, { ...before, last }, 1000);
  const digest = (id: number, vector: Float32Array | undefined) =>
    vector && embeddings.digest(id, vector);
  return (
    changed &&
    embeddings.areChanged(
      encoderId,
      before,
      changed.map((id) => [digest(id, held.get(id)), digest(id, embeddings.get(encoderId, id))]),
    )
  );
}
const now = () => ({
  before: { generation: store.generation(encoderId), state: store.stateName(encoderId) as string },
  held: new Map(store.embeddings.each(encoderId)),
});

it('proves from every state of the past that the changes lead to the present', () => {
  const random = randomFrom(3);
  const any = (count: number) => Math.floor(random() * count);
  const past = [now()];
  for (let step = 0; step < 40; step++) {
    const images = store.images.page({ limit: 1000 });
    const picked = images[any(images.length)] as (typeof images)[number];
    const kind = any(3);
    if (kind === 0 && images.length > 1) store.writer.remove([picked]);
    else if (kind === 1) store.embeddings.write(encoderId, [[picked.id, vector(random())]]);
    else add(10 + 2 * step, 11 + 2 * step);
    for (const { before, held } of past) expect(proved(before, held)).toBe(true);
    past.push(now());
  }
});

it('does not prove what was altered or changed without a note, and follows nothing behind it', () => {
  const first = now();
  store.embeddings.write(encoderId, [[2, vector(8)]]);
  add(5);
  expect(proved(first.before, first.held)).toBe(true);
  const connection = new Connection(store.file, false);
  const alter = 'UPDATE embeddings SET vector = ? WHERE item_id = ?';
  connection.run(alter, Buffer.from(vector(1).buffer), 5);
  expect(proved(first.before, first.held)).toBe(false);
  connection.run(alter, Buffer.from(vector(5).buffer), 5);
  expect(proved(first.before, first.held)).toBe(true);
  connection.run('DELETE FROM changed_embeddings');
  expect(proved(first.before, first.held)).toBe(false);
  // A program that notes nothing.
  connection.setMeta(`state:${encoderId}`, 'written by another');
  expect(proved(first.before, first.held)).toBeUndefined();
  store.embeddings.write(encoderId, [[2, vector(8)]]);
  expect(proved(first.before, first.held)).toBeUndefined();
  connection.close();
});

it('begins anew when an encoder has lost all its embeddings', () => {
  const first = now();
  store.encoders.drop(encoderId);
  expect(proved(first.before, first.held)).toBeUndefined();
});

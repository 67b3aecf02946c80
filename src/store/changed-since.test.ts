import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { described } from '../testing/described.ts';
import { CollectionStore } from './collection-store.ts';

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

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CollectionStore } from './collection-store.ts';
import type { ReadableCollection } from './readable-collection.ts';

/** What would write, or read another state: the compiler must refuse each of these lines. */
function refused(state: ReadableCollection): (() => unknown)[] {
  return [
    // @ts-expect-error
    () => state.writer,
    // @ts-expect-error
    () => state.jobs,
    // @ts-expect-error
    () => state.sources.register('/'),
    // @ts-expect-error
    () => state.embeddings.write(1, []),
    // @ts-expect-error
    () => state.embeddings.put(1, 1, { vector: new Float32Array(1), facts: null }, new Map()),
    // @ts-expect-error
    () => state.embeddings.removeOf(1, new Map()),
    // @ts-expect-error
    () => state.embeddings.check(1),
    // @ts-expect-error
    () => state.encoders.register({ name: '', fingerprint: '', dimension: 1, definition: '' }),
    // @ts-expect-error
    () => state.encoders.activate({}),
    // @ts-expect-error
    () => state.encoders.promote(1),
    // @ts-expect-error
    () => state.encoders.rollBack(),
    // @ts-expect-error
    () => state.encoders.drop(1),
    // @ts-expect-error
    () => state.encoders.saveCalibration('', ''),
    // @ts-expect-error
    () => state.makeIdentity(),
    // @ts-expect-error
    () => state.atomically(() => undefined),
    // @ts-expect-error
    () => state.claimIndexing(1, 1),
    // @ts-expect-error
    () => state.snapshot(async () => undefined),
    // @ts-expect-error
    () => state.close(),
  ];
}

it('a snapshot has no way to write, by its type', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-readable-'));
  const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
  store.sources.register('/images');
  const roots = await store.snapshot(async (state) => {
    expect(refused(state)).toHaveLength(18);
    return state.sources.list().map(({ root }) => root);
  });
  expect(roots).toEqual(['/images']);
  store.close();
  rmSync(folder, { recursive: true });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { CollectionStore } from './collection-store.ts';

describe('the default encoder of a collection', () => {
  let folder: string;
  let store: CollectionStore;
  let source: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-activations-'));
    store = CollectionStore.open(join(folder, 'c.db'), { create: true });
    source = store.source(folder);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const register = (name: string, fingerprint: string) =>
    store.encoder({ name, fingerprint, dimension: 1, definition: '{}' });
  const embed = (encoder: number, ...paths: string[]) =>
    store.writeImages(
      source,
      paths.map((path) => ({
        description: { path, patient: null, study: null, series: null, labels: [], metadata: {} },
        embeddings: new Map([[encoder, Float32Array.of(1)]]),
      })),
    );
  const chosen = (name?: string) => chooseEncoder(store, name).id;

  it('stays with the first, and indexing another leaves its generation alone', () => {
    const first = register('a', '1');
    embed(first, 'x', 'y');
    const generation = store.generation(first);
    const second = register('b', '2');
    embed(second, 'x', 'y', 'z');
    expect(chosen()).toBe(first);
    expect(chosen('b')).toBe(second);
    expect(store.generation(first)).toBe(generation);
    expect(store.lacking(first)).toBe(1);
    expect(() => store.activate(chooseEncoder(store, 'a'))).toThrow(/1 of 3 images/);
    store.activate(chooseEncoder(store, 'b'));
    expect(chosen()).toBe(second);
    expect(store.rollBack().name).toBe('a');
    expect(chosen()).toBe(first);
  });

  it('is followed by its own new form once every image has an embedding of that', () => {
    const old = register('a', '1');
    embed(old, 'x', 'y');
    const renewed = register('a', '2');
    embed(renewed, 'x');
    store.succeed(renewed);
    expect([chosen(), chosen('a')]).toEqual([old, old]);
    embed(renewed, 'y');
    store.succeed(renewed);
    expect([chosen(), chosen('a')]).toEqual([renewed, renewed]);
  });
});

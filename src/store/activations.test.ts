import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { described } from '../testing/described.ts';
import { CollectionStore } from './collection-store.ts';

const DECODING = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };

describe('the default encoder of a collection', () => {
  let folder: string;
  let store: CollectionStore;
  let source: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-activations-'));
    store = CollectionStore.open(join(folder, 'c.db'), { create: true });
    source = store.sources.register(folder);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const register = (name: string, fingerprint: string) =>
    store.encoders.register({ name, fingerprint, dimension: 1, definition: '{}' });
  const embed = (encoder: number, ...paths: string[]) =>
    store.writer.write(
      source,
      paths.map((path) => ({
        description: described(path),
        embeddings: new Map([[encoder, Float32Array.of(1)]]),
      })),
    );
  const chosen = (name?: string) => chooseEncoder(store, name).id;

  it('stays with the first, and indexing another leaves its generation alone', () => {
    const first = register('a', '1');
    embed(first, 'x', 'y');
    const generation = store.generation(first);
    const second = register('b', '2');
    embed(second, 'x', 'z', 'w');
    expect(chosen()).toBe(first);
    expect(chosen('b')).toBe(second);
    expect(store.generation(first)).toBe(generation);
    expect(store.encoders.countMissing(first)).toBe(2);
    expect(() => store.encoders.activate(chooseEncoder(store, 'b'))).toThrow(/1 of 4 images/);
    expect(chosen()).toBe(first);
    embed(second, 'y');
    store.encoders.activate(chooseEncoder(store, 'b'));
    store.encoders.activate(chooseEncoder(store, 'b'));
    expect(chosen()).toBe(second);
    expect(store.encoders.rollBack().name).toBe('a');
    expect(chosen()).toBe(first);
  });

  it('knows how many embeddings each encoder has, whatever is written and removed', () => {
    const ids = ['1', '2'].map((fingerprint) => register(`e${fingerprint}`, fingerprint)) as [
      number,
      number,
    ];
    const counts = () => {
      const kept = new Map(store.encoders.list().map(({ id, embeddings }) => [id, embeddings]));
      const counted = ids.map((id) => [id, store.embeddings.imageIds(id).length]);
      expect([...kept].sort()).toEqual(counted);
      return ids.map((id) => kept.get(id));
    };
    embed(ids[0], 'x', 'y', 'z');
    embed(ids[1], 'x');
    expect(counts()).toEqual([3, 1]);
    embed(ids[1], 'x', 'y');
    expect(counts()).toEqual([3, 2]);
    const content = { bytes: 1, width: 1, height: 1, decoding: { ...DECODING } };
    for (const contentHash of ['first', 'second']) {
      store.writer.write(source, [
        {
          description: described('x'),
          content: { ...content, contentHash },
          embeddings: new Map([[ids[0], Float32Array.of(2)]]),
        },
      ]);
    }
    expect(counts()).toEqual([3, 1]);
    store.writer.remove(store.images.page().slice(0, 2));
    expect(counts()).toEqual([1, 0]);
    store.encoders.drop(ids[0]);
    expect(store.encoders.list().map(({ embeddings }) => embeddings)).toEqual([0]);
  });

  it('is followed by its own new form once every image has an embedding of that', () => {
    const old = register('a', '1');
    embed(old, 'x', 'y');
    const renewed = register('a', '2');
    embed(renewed, 'x');
    store.encoders.promote(renewed);
    expect([chosen(), chosen('a')]).toEqual([old, old]);
    embed(renewed, 'y');
    store.encoders.promote(renewed);
    expect([chosen(), chosen('a')]).toEqual([renewed, renewed]);
  });
});

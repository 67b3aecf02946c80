import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { embeddedIndex } from '../index/memory/open-index.ts';
import { EncoderSpace } from '../search/encoder-space.ts';
import type { SearchAnswer } from '../search/search-answer.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { described } from '../testing/described.ts';
import { OpenCollection } from './open-collection.ts';

describe('the searchers of an open collection', () => {
  let folder: string;
  let store: CollectionStore;
  let opened: OpenCollection;
  let released: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-open-'));
    store = CollectionStore.open(join(folder, 'a.db'), { create: true });
    const ids = ['a', 'b'].map((name) => describeAs(name, name));
    store.writer.write(
      store.sources.register('/'),
      [1, 2, 3].map((i) => ({
        description: described(`${i}.png`),
        embeddings: new Map(ids.map((id) => [id, Float32Array.of(1, i)])),
      })),
    );
    opened = new OpenCollection(store, new PreprocessPool(), embeddedIndex, {});
    released = [];
    const release = EncoderSpace.prototype.release;
    vi.spyOn(EncoderSpace.prototype, 'release').mockImplementation(function (this: EncoderSpace) {
      released.push(JSON.parse(this.encoder.definition).title);
      return release.call(this);
    });
  });
  afterEach(async () => {
    await opened.close();
    rmSync(folder, { recursive: true });
    vi.restoreAllMocks();
  });

  function describeAs(name: string, title: string): number {
    const definition = JSON.stringify({ ...importedDefinition(name, 2), title });
    return store.encoders.register({ name, fingerprint: name, dimension: 2, definition });
  }
  const search = (encoders: string) =>
    opened.use(async (collection) => {
      const searcher = await collection.searcher(encoders);
      const answer = await searcher.search([{ kind: 'image', id: 1 }], { k: 2 });
      return answer.neighbours.map(({ image }) => image.id);
    });

  it('leave when their encoder is described anew and nobody uses them', async () => {
    const found = await search('a');
    describeAs('a', 'a, moved');
    expect(released).toEqual([]);
    expect(await search('a')).toEqual(found);
    expect(released).toEqual(['a']);
    await search('a');
    expect(released).toEqual(['a']);
  });

  it('stay for whoever began with them', async () => {
    let go: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    let long: Promise<SearchAnswer> | undefined;
    await new Promise<void>((begun) => {
      long = opened.use(async (collection) => {
        const searcher = await collection.searcher('a');
        begun();
        await gone;
        return searcher.search([{ kind: 'image', id: 1 }], { k: 2 });
      });
    });
    describeAs('a', 'a, moved');
    await search('a');
    // Those that begin later do not hold it.
    const later = opened.use(() => gone);
    expect(released).toEqual([]);
    go();
    expect((await long)?.neighbours).toHaveLength(2);
    await later;
    expect(released).toEqual(['a']);
  });

  it('of several encoders leave with that of one of them', async () => {
    const found = await search('a,b');
    const searcher = await opened.searcher('a,b');
    expect(await opened.searcher('a,b')).toBe(searcher);
    describeAs('b', 'b, moved');
    expect(await search('a,b')).toEqual(found);
    describeAs('b', 'b');
    expect(await opened.searcher('a,b')).not.toBe(searcher);
    expect(await search('a,b')).toEqual(found);
    expect(released).toEqual(['b', 'b, moved']);
  });
});

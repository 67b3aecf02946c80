import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFusion } from '../domain/fusion.ts';
import { randomFrom } from '../domain/random.ts';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { described } from '../testing/described.ts';
import { compareAnswers } from './compare.ts';
import { EncoderSpace } from './encoder-space.ts';
import { openSpace } from './open-space.ts';
import { Searcher } from './searcher.ts';

const IMAGES = 120;

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('several encoders as one space', () => {
  let folder: string;
  let store: CollectionStore;
  /** Embeddings by encoder, then by image. */
  const vectors = new Map<string, Map<number, Float32Array>>();
  const dimensions = { a: 5, b: 9, c: 3 };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'semblance-fusion-'));
    store = CollectionStore.open(join(folder, 'c.db'), { create: true });
    const source = store.sources.register(folder);
    const random = randomFrom(7);
    for (const [name, dimension] of Object.entries(dimensions)) {
      const id = store.encoders.register({
        name,
        fingerprint: name,
        dimension,
        definition: JSON.stringify(importedDefinition(name, dimension)),
      });
      // Lengths and spreads differ between encoders; every tenth image has no embedding of b.
      const rows = Array.from({ length: IMAGES }, (_, i) => i).filter(
        (i) => name !== 'b' || i % 10 !== 3,
      );
      store.writer.write(
        source,
        rows.map((i) => ({
          description: described(String(i).padStart(3, '0')),
          embeddings: new Map([
            [
              id,
              Float32Array.from({ length: dimension }, () => 4 * random() - (name === 'a' ? 0 : 2)),
            ],
          ]),
        })),
      );
      vectors.set(name, new Map(store.embeddings.each(id)));
    }
  });
  afterAll(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const search = (encoders: string, id: number) => {
    const space = openSpace(store, encoders, false, (encoder) => new EncoderSpace(encoder));
    return new Searcher(store, space, new PreprocessPool()).search([{ kind: 'image', id }], {
      k: IMAGES,
    });
  };

  it.each(['a:1,b:3', 'b:0.2,a:0.5,c:0.3'])('ranks by the weighted mean: %s', async (encoders) => {
    const parts = parseFusion(encoders);
    const sum = parts.reduce((total, { weight = 0 }) => total + weight, 0);
    const query = store.images.page()[0]?.id as number;
    const mean = (id: number) =>
      parts.reduce((total, { name, weight = 0 }) => {
        const [x, y] = [query, id].map((each) => vectors.get(name)?.get(each));
        return total + (weight / sum) * (x && y ? cosine(x, y) : Number.NaN);
      }, 0);
    const expected = store.images
      .page()
      .map(({ id }) => ({ id, similarity: mean(id) }))
      .filter(({ id, similarity }) => id !== query && !Number.isNaN(similarity))
      .sort((one, other) => other.similarity - one.similarity);
    const answer = await search(encoders, query);
    expect(answer.missingEmbeddings).toBe(IMAGES / 10);
    expect(answer.candidates).toBe(IMAGES - IMAGES / 10 - 1);
    expect(answer.neighbours.map(({ image }) => image.id)).toEqual(expected.map(({ id }) => id));
    answer.neighbours.forEach(({ similarity }, i) => {
      expect(similarity).toBeCloseTo(expected[i]?.similarity as number, 6);
    });
    const all = store.encoders.list().map(({ id }) => id);
    expect(store.images.withoutEmbedding(all).map(({ path }) => path)).toEqual(
      Array.from({ length: IMAGES / 10 }, (_, i) => String(10 * i + 3).padStart(3, '0')),
    );
  });

  it('gives encoders the same say when no weight is named', () => {
    const space = openSpace(store, 'a,b', false, (encoder) => new EncoderSpace(encoder));
    const weights = parseFusion(space.name).map(({ weight = 0 }) => weight);
    const spreads = ['a', 'b'].map((name) => {
      const rows = [...(vectors.get(name) as Map<number, Float32Array>).entries()]
        .filter(([id]) => vectors.get('b')?.has(id))
        .map(([, vector]) => vector);
      const all = rows.flatMap((x, i) => rows.slice(0, i).map((y) => cosine(x, y)));
      const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
      return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
    });
    const [first, second] = weights.map((weight, i) => weight * (spreads[i] as number));
    expect((first as number) / (second as number)).toBeCloseTo(1, 1);
    expect(weights[0]).toBeGreaterThan(1.5 * (weights[1] as number));
  });

  it('says where each finds the neighbours of the other', async () => {
    const [one, other] = await Promise.all([search('a', 1), search('c', 1)]);
    const first = { neighbours: one.neighbours.slice(0, 20) };
    const second = { neighbours: other.neighbours.slice(0, 20) };
    const { shared, ranks, otherRanks } = compareAnswers(first, second);
    expect(ranks.filter((rank) => rank !== null)).toHaveLength(shared);
    ranks.forEach((rank, i) => {
      const { image } = first.neighbours[i] as (typeof first.neighbours)[number];
      const there = second.neighbours.find((neighbour) => neighbour.image.id === image.id);
      expect(rank).toBe(there?.rank ?? null);
      if (rank !== null) expect(otherRanks[rank - 1]).toBe(i + 1);
    });
    expect(shared).toBeGreaterThan(0);
  });

  it.each(['a', 'a,', 'a,a', 'a:1,b', 'a:0,b:1', 'a:x,b:1', 'a:1:2,b:1'])('refuses %s', (text) => {
    expect(() => parseFusion(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });
});

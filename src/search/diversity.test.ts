import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../domain/random.ts';
import { diversify } from './diversity.ts';
import { cosine } from './near-duplicate.ts';

/** Maximal marginal relevance as it is defined: every similarity, at every step. */
function plain(
  similarities: readonly number[],
  vectors: Float32Array[],
  k: number,
  lambda: number,
) {
  const chosen: number[] = [];
  const left = new Set(similarities.keys());
  while (chosen.length < k && left.size > 0) {
    const score = (i: number) =>
      chosen.length === 0
        ? -i
        : lambda * (similarities[i] as number) -
          (1 - lambda) *
            Math.max(
              ...chosen.map((j) => cosine(vectors[i] as Float32Array, vectors[j] as Float32Array)),
            );
    const best = [...left].reduce((a, b) => (score(b) > score(a) + 1e-12 ? b : a));
    chosen.push(best);
    left.delete(best);
  }
  return chosen;
}

function made(count: number, dimension: number, seed: number) {
  const random = randomFrom(seed);
  const vectors = Array.from({ length: count }, () =>
    Float32Array.from({ length: dimension }, () => random() - 0.3),
  );
  const query = Float32Array.from({ length: dimension }, () => random() - 0.3);
  const ranked = vectors
    .map((vector) => ({ vector, similarity: cosine(vector, query) }))
    .sort((a, b) => b.similarity - a.similarity);
  return {
    vectors: ranked.map(({ vector }) => vector),
    hits: ranked.map(({ similarity }, id) => ({ id, similarity })),
  };
}

describe('diversify', () => {
  it('chooses by the definition of MMR', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 30 }),
        fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
        fc.nat(),
        async (count, dimension, k, lambda, seed) => {
          const { vectors, hits } = made(count, dimension, seed);
          const found = await diversify(hits, k, lambda, (id) => vectors[id] as Float32Array);
          const expected = plain(
            hits.map(({ similarity }) => similarity),
            vectors,
            k,
            lambda,
          );
          expect(found.map(({ id }) => id)).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('lets others work meanwhile, and ends when nobody waits for it', async () => {
    const { vectors, hits } = made(2000, 256, 1);
    const controller = new AbortController();
    const begun = performance.now();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
      if (turns === 3) controller.abort();
    }, 1);
    const choice = diversify(
      hits,
      1000,
      0.5,
      (id) => vectors[id] as Float32Array,
      controller.signal,
    );
    await expect(choice).rejects.toMatchObject({ name: 'AbortError' });
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(3);
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});

import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { randomFrom } from '../domain/random.ts';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { described } from '../testing/described.ts';
import { DIMENSION } from '../testing/made-up-collection.ts';
import { madeUpHome } from '../testing/made-up-home.ts';

/**
 * What can happen between two searches, with a number that chooses what it happens to. Removals go through the
 * services, all else through another connection to the file, as another process has it.
 */
const step = fc.record({
  does: fc.constantFrom('add', 'add many', 'replace', 'replace the other', 'remove', 'describe'),
  at: fc.nat(),
  label: fc.constantFrom('round', 'square'),
});
const asked = fc.record({
  image: fc.nat(),
  k: fc.integer({ min: 1, max: 60 }),
  where: fc.constantFrom('', 'label:round', '-label:round', 'label:nothing'),
  encoder: fc.constantFrom('made-up', 'made-up:0.7,other:0.3'),
});

interface Known {
  label: string;
  own: Float32Array;
  other?: Float32Array | undefined;
}

const OTHER = 6;
const WEIGHTS = [0.7, 0.3] as const;
const open: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(open.map((close) => close())));

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

it('finds what brute force finds, whatever was written between two searches', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, asked), { minLength: 3, maxLength: 12 }),
      fc.nat(),
      async (sequence, seed) => {
        const { semblance, collection, path, close } = await madeUpHome({ patients: 20 });
        open.push(close);
        const store = CollectionStore.open(join(path, `${collection}.db`));
        const random = randomFrom(seed);
        const vector = (length: number) => Float32Array.from({ length }, () => random() - 0.5);
        const own = store.encoders.list()[0]?.id as number;
        const other = store.encoders.register({
          name: 'other',
          fingerprint: 'other',
          dimension: OTHER,
          definition: JSON.stringify(importedDefinition('other', OTHER)),
        });
        const known = new Map<number, Known>(
          [...store.embeddings.each(own)].map(([id, vector]) => [
            id,
            { own: vector, label: store.images.get(id).labels[0] as string },
          ]),
        );
        let names = 0;
        const picked = (at: number) => [...known.keys()][at % known.size] as number;
        const source = store.sources.register('/nowhere');
        const add = (count: number, label: string) => {
          const images = Array.from({ length: count }, () => ({
            path: `new ${names++}`,
            known: { label, own: vector(DIMENSION), other: vector(OTHER) },
          }));
          store.writer.write(
            source,
            images.map(({ path, known: { own: a, other: b } }) => ({
              description: described(path, { labels: [label] }),
              embeddings: new Map([
                [own, a],
                [other, b],
              ]),
            })),
          );
          for (const image of images) {
            known.set(store.images.known(source, image.path)?.id as number, image.known);
          }
        };
        const write = async ({ does, at, label }: (typeof sequence)[number][0]) => {
          if (does === 'add') return add(1, label);
          if (does === 'add many') return add(30, label);
          const id = picked(at);
          const image = known.get(id) as Known;
          if (does === 'remove') {
            await semblance.collections.remove({ collection, paths: [store.images.get(id).path] });
            known.delete(id);
          } else if (does === 'describe') {
            store.writer.describe(id, described(store.images.get(id).path, { labels: [label] }));
            image.label = label;
          } else if (does === 'replace') {
            image.own = vector(DIMENSION);
            store.embeddings.write(own, [[id, image.own]]);
          } else {
            // Written over, or given to an image that had none.
            image.other = vector(OTHER);
            store.embeddings.write(other, [[id, image.other]]);
          }
        };
        add(5, 'round');
        for (const [change, { image, k, where, encoder }] of sequence) {
          await write(change);
          const fused = encoder !== 'made-up';
          const there = [...known].filter(([, each]) => !fused || each.other !== undefined);
          const [query, of] = there[image % there.length] as [number, Known];
          const similarity = (each: Known) =>
            fused
              ? WEIGHTS[0] * cosine(of.own, each.own) +
                WEIGHTS[1] * cosine(of.other as Float32Array, each.other as Float32Array)
              : cosine(of.own, each.own);
          const isMeant = ({ label }: Known) =>
            where === '' || (label === where.split(':')[1]) !== where.startsWith('-');
          const expected = there
            .filter(([id, each]) => id !== query && isMeant(each))
            .map(([id, each]) => ({ id, similarity: similarity(each) }))
            .sort((a, b) => b.similarity - a.similarity || a.id - b.id);
          const { neighbours, candidates } = await semblance.search.search({}, {
            collection,
            parts: [{ image: query }],
            k,
            where,
            encoder,
          } as never);
          expect(candidates).toBe(expected.length);
          expect(neighbours.map((each) => each.image.id)).toEqual(
            expected.slice(0, k).map(({ id }) => id),
          );
          neighbours.forEach((each, i) => {
            expect(each.similarity).toBeCloseTo(expected[i]?.similarity as number, 6);
          });
        }
        store.close();
      },
    ),
    { numRuns: 25 },
  );
}, 120_000);

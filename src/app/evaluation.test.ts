import { afterAll, beforeAll, expect, it } from 'vitest';
import { CollectionStore } from '../store/collection-store.ts';
import { type MadeUpHome, madeUpHome } from '../testing/made-up-home.ts';

let home: MadeUpHome;
beforeAll(async () => {
  // More queries than are searched with at a time.
  home = await madeUpHome({ patients: 2000 });
});
afterAll(() => home.close());
const asked = () => ({ collection: home.collection, queries: ['split=train'] });

it('measures as a look at every pair does, and says how far it is', async () => {
  const told: [number, number | undefined][] = [];
  const units = new Set<string>();
  const progress = (done: number, total: number | undefined, { unit }: { unit: string }) => {
    units.add(unit);
    told.push([done, total]);
  };
  const found = await home.semblance.evaluation.precision({ progress }, asked());
  const store = CollectionStore.open(`${home.path}/${home.collection}.db`);
  const [encoder] = store.encoders.list();
  const images = [...store.images.each()].filter(({ metadata }) => metadata.split === 'train');
  const vectors = new Map(store.embeddings.each(encoder?.id as number));
  store.close();
  const unit = (id: number) => {
    const vector = vectors.get(id) as Float32Array;
    const norm = Math.hypot(...vector);
    return Float64Array.from(vector, (value) => value / norm);
  };
  const rows = images.map(({ id, labels }) => ({ labels, vector: unit(id) }));
  const precisions = rows.map((query) => {
    const nearest = rows
      .filter((row) => row !== query)
      .map((row) => ({
        hit: row.labels.some((label) => query.labels.includes(label)),
        cosine: row.vector.reduce((sum, x, i) => sum + x * (query.vector[i] as number), 0),
      }))
      .sort((a, b) => b.cosine - a.cosine);
    return nearest.slice(0, 5).filter(({ hit }) => hit).length / 5;
  });
  const mean = precisions.reduce((sum, one) => sum + one, 0) / precisions.length;
  expect(found).toMatchObject({ queries: rows.length, index: rows.length, unlabelled: 0 });
  expect(found.precision.find(({ k }) => k === 5)?.micro).toBeCloseTo(mean, 9);
  expect([...units]).toEqual(['images', 'step', 'queries']);
  expect(told.at(-1)).toEqual([rows.length, rows.length]);
});

it('ends when it is to end', async () => {
  const controller = new AbortController();
  const progress = () => controller.abort(new Error('ended'));
  const call = { signal: controller.signal, progress };
  await expect(home.semblance.evaluation.precision(call, asked())).rejects.toThrow('ended');
});

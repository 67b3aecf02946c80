import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { labelledRows } from '../../store/labelled-rows.ts';
import { DIMENSION, madeUpCollection } from '../../testing/made-up-collection.ts';
import { stack } from './cross-validate.ts';
import { Scatter } from './discriminant.ts';
import { Products } from './products.ts';
import { partsOf, vectorsOf } from './rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-adapt-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('embeddings that come some at a time give the same sums, to the last bit, as all of them', async () => {
  const { store, encoder } = madeUpCollection(join(folder, 'a.db'), { patients: 2700 });
  const { train } = partsOf(labelledRows(store, encoder.id, 'label'));
  const kept = new Map(store.embeddings.each(encoder.id));
  const all = Array.from(train.ids, (id) => kept.get(id) as Float32Array);
  const batches = [...vectorsOf(store, encoder, train)];
  store.close();
  expect(batches.length).toBeGreaterThan(1);
  expect(batches.flat()).toEqual(all);

  const labels = all.map((_, i) => [i % 3]);
  const products = await Products.load();
  const whole = new Scatter(DIMENSION, 3);
  await whole.add(products, stack(all), labels);
  const parts = new Scatter(DIMENSION, 3);
  let at = 0;
  for (const batch of batches) {
    await parts.add(products, stack(batch), labels.slice(at, at + batch.length));
    at += batch.length;
  }
  await products.release();
  expect(parts).toEqual(whole);
});

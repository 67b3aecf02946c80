import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { IndexingSchema } from '../contract/indexing.ts';
import { Semblance } from './semblance.ts';

const home = mkdtempSync(join(tmpdir(), 'semblance-sample-'));
const told: string[] = [];
const semblance = await Semblance.open({ home, logger: { warn: (text) => told.push(text) } });
afterAll(async () => {
  await semblance.close();
  rmSync(home, { recursive: true });
});

it('draws the sample collection once, and searches it by the path of a picture', async () => {
  const first = await semblance.sample.prepare({});
  expect(IndexingSchema.parse(first)).toEqual(first);
  expect(first.added).toBe(first.total);
  const drawn = () => told.filter((text) => text.startsWith('Drawing'));
  expect(drawn()).toHaveLength(1);
  const again = await semblance.sample.prepare({});
  expect(again).toMatchObject({ added: 0, unchanged: first.total });
  expect(drawn()).toHaveLength(1);

  const { collection } = first;
  const { images } = await semblance.collections.images({}, { collection, offset: 0, limit: 1 });
  const [image = expect.fail('no image')] = images;
  const path = join(home, 'phantoms', image.path);
  const asked = { collection, parts: [{ file: 0 }] };
  const { copies } = await semblance.search.search({}, { ...asked, files: [path] });
  expect(copies.map(({ id }) => id)).toEqual([image.id]);
  await expect(
    semblance.search.search({}, { ...asked, files: [`${path}.none`] }),
  ).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
}, 120_000);

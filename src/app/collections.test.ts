import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  CheckSchema,
  CollectionInfoSchema,
  DuplicatesSchema,
  InventorySchema,
  RemovalSchema,
} from '../contract/collections.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { madeUpHome } from '../testing/made-up-home.ts';
import { Semblance } from './semblance.ts';

const made = await madeUpHome({ patients: 20 }, (_, path) =>
  writeFileSync(join(path, 'damaged.db'), 'This is no collection.'),
);
const { path: home, semblance } = made;
afterAll(made.close);

describe('the collections of a data directory', () => {
  let other: Semblance | undefined;
  afterEach(() => other?.close());

  it('are listed with their encoders; one that is damaged has its error', () => {
    const inventory = semblance.collections.inventory();
    expect(InventorySchema.parse(inventory)).toEqual(inventory);
    expect(inventory).toMatchObject({
      home,
      collections: [
        { name: 'damaged', error: { code: 'COLLECTION_DAMAGED' } },
        { name: 'made-up', images: 40, encoders: [{ name: 'made-up', embeddings: 40 }] },
      ],
    });
  });

  it('are listed also when nobody knows what is wrong with one', async () => {
    class Faulty extends DataDirectory {
      override open(name: string) {
        if (name === 'damaged') throw new TypeError('x is not a function');
        return super.open(name);
      }
    }
    other = await Semblance.over(new Faulty(home));
    expect(other.collections.inventory().collections).toMatchObject([
      { name: 'damaged', error: { code: 'INTERNAL', subject: 'damaged' } },
      { name: 'made-up', images: 40 },
    ]);
  });

  it('are looked through for damage', async () => {
    const told: unknown[] = [];
    const progress = (...step: unknown[]) => told.push(step);
    const check = await semblance.collections.check({ progress }, { files: true });
    expect(CheckSchema.parse(check)).toEqual(check);
    expect(check.collections).toMatchObject([
      { collection: 'damaged', faults: [expect.stringContaining('damaged')], files: null },
      { collection: 'made-up', faults: [], images: 40, files: { changed: [], unreadable: [] } },
    ]);
    expect(told.at(-1)).toEqual([40, 40, { unit: 'images', of: 'made-up' }]);
    const aborted = { signal: AbortSignal.abort() };
    await expect(semblance.collections.check(aborted, {})).rejects.toThrow('aborted');
    await expect(
      semblance.collections.check({}, { collections: ['absent'] }),
    ).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
  });
});

describe('a collection', () => {
  it('tells what it holds', () => {
    const info = semblance.collections.info({ collection: 'made-up' });
    expect(CollectionInfoSchema.parse(info)).toEqual(info);
    expect(info).toMatchObject({ images: 40, encoders: [{ name: 'made-up', isDefault: true }] });
    expect(info.fields.map(({ field }) => field)).toEqual(['label', 'split']);
  });

  it('compares no images that were imported without their files', async () => {
    const duplicates = await semblance.collections.duplicates(
      {},
      {
        collection: 'made-up',
        where: 'split:train',
      },
    );
    expect(DuplicatesSchema.parse(duplicates)).toEqual(duplicates);
    expect(duplicates).toMatchObject({ encoder: 'made-up', compared: 0, clusters: [] });
  });

  it('loses the images that are named, and never all of them because none was', async () => {
    const { collections } = semblance;
    const collection = 'made-up';
    const before = collections.info({ collection }).images;
    const asked = { collection, where: 'split:test label:round', dryRun: true };
    const removal = await collections.remove(asked);
    expect(RemovalSchema.parse(removal)).toEqual(removal);
    expect(removal.removed.length).toBeGreaterThan(0);
    expect(collections.info({ collection }).images).toBe(before);
    expect(await collections.remove({ ...asked, dryRun: false })).toEqual({
      ...removal,
      dryRun: false,
    });
    expect(collections.info({ collection }).images).toBe(before - removal.removed.length);
    await expect(collections.remove({ collection })).rejects.toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { IdBitmap } from '../../domain/id-bitmap.ts';
import { CollectionStore } from '../collection-store.ts';
import type { ReadableCollection } from '../readable-collection.ts';
import type { ImageRecord } from '../records.ts';
import { Descriptions } from './descriptions.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-descriptions-'));
const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
const source = store.sources.register('/');
const write = (from: number, to: number) =>
  store.writer.write(
    source,
    Array.from({ length: to - from }, (_, i) => ({
      description: {
        path: `${from + i}.png`,
        patient: `p${(from + i) >> 1}`,
        study: null,
        series: null,
        labels: [`XR/chest/${(from + i) % 5}`],
        metadata: { year: String(2000 + ((from + i) % 9)), other: i % 7 === 0 ? 'x' : '5' },
      },
      embeddings: new Map(),
    })),
  );
write(0, 500);
const beside = new Descriptions(store, 0);
afterAll(() => {
  beside.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const FILTERS = ['', 'label:XR/chest/*', 'finding:3 -year:2004', 'other>4 patient:p7,p9'];

describe('a large collection', () => {
  it.each(FILTERS)(
    'is answered for by a thread as by SQL, also after a change: %s',
    async (text) => {
      for (const more of [0, 40]) {
        const end = store.images.count();
        write(end, end + more);
        if (more > 0) store.writer.remove([store.images.page({ offset: 3, limit: 1 })[0] as never]);
        const filter = store.fields.where(text);
        expect(await beside.facets(filter)).toEqual(store.fields.facets(filter));
        const all = store.images.page({ filter });
        const bySql = new Descriptions(store, Number.POSITIVE_INFINITY);
        for (const after of [undefined, 0, 4, 31, 32, 63, 200, 9999, 2 ** 40]) {
          for (const offset of [0, 31, 9999]) {
            const before = after === undefined ? 0 : all.filter(({ id }) => id <= after).length;
            const expected = {
              total: all.length,
              offset: before + offset,
              images: all.slice(before + offset, before + offset + 30),
            };
            expect(await beside.page(filter, { after, offset, limit: 30 })).toEqual(expected);
            expect(await bySql.page(filter, { after, offset, limit: 30 })).toEqual(expected);
          }
        }
        const read = async (
          _: unknown,
          { allowed, notes }: { allowed: unknown; notes: unknown },
        ) => ({
          allowed: allowed && [...(allowed as Iterable<number>)],
          notes,
        });
        expect(await beside.selecting(filter, read)).toEqual({
          allowed: text === '' ? undefined : store.images.idsWhere(filter),
          notes: store.fields.uncompared(filter),
        });
      }
    },
  );

  it('gives a search what is selected in the state that it reads', async () => {
    const filter = store.fields.where('label:*');
    const other = CollectionStore.open(store.file);
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 40; i++) {
        const at = other.images.count();
        other.writer.remove(other.images.page({ offset: at - 1, limit: 1 }));
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      await beside.selecting(filter, async (state, { allowed }) => {
        expect([...(allowed ?? [])]).toEqual(state.images.idsWhere(filter));
        reads += 1;
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writer;
    other.close();
    expect(reads).toBeGreaterThan(5);
  });

  it.each(FILTERS.slice(1))(
    'follows what changes between question and answer: %s',
    async (text) => {
      const filter = store.fields.where(text);
      // Every snapshot sees another state than the one that was asked about.
      let n = 0;
      const changing = {
        file: store.file,
        images: store.images,
        snapshot: <T>(read: (state: ReadableCollection) => Promise<T>) => {
          n += 1;
          const end = store.images.count();
          write(end + 1000 * n, end + 1000 * n + 3);
          store.writer.remove(store.images.page({ offset: 7 * n, limit: 2 }));
          const image = store.images.page({ offset: 11 * n, limit: 1 })[0] as ImageRecord;
          const described = {
            ...image,
            labels: ['XR/chest/3'],
            metadata: { other: '5', year: '2001' },
          };
          store.writer.describe(image.id, described);
          return store.snapshot(read);
        },
      };
      const beside = new Descriptions(changing, 0);
      for (let round = 0; round < 4; round++) {
        const before = n;
        await beside.selecting(filter, async (state, { allowed }) => {
          expect([...(allowed ?? [])]).toEqual(state.images.idsWhere(filter));
          // By SQL it would be a set of another kind.
          expect(allowed).toBeInstanceOf(IdBitmap);
        });
        expect(n).toBe(before + 1);
      }
      beside.close();
    },
  );

  it('keeps the set of a filter while nothing changes', async () => {
    const filter = store.fields.where('finding:2');
    const sets = [1, 2].map(() => beside.selecting(filter, async (_, { allowed }) => allowed));
    const [first] = await Promise.all(sets);
    expect(await beside.selecting(filter, async (_, { allowed }) => allowed)).toBe(first ?? '');
  });

  it('says what is wrong with a filter, and ends a wait', async () => {
    const values = Array.from({ length: 10_001 }, (_, i) => [`${i}`]);
    const filter = [{ field: 'year', not: false, values }];
    await expect(
      beside.facets(filter.concat({ ...filter[0], field: 'label' } as never)),
    ).rejects.toMatchObject({ code: 'FILTER_TOO_LARGE' });
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(beside.page([], { offset: 0, limit: 1 }, signal)).rejects.toThrow('gone');
    beside.close();
    expect((await beside.page([], { offset: 0, limit: 1 })).images).toHaveLength(1);
  });
});

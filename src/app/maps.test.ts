import { afterAll, describe, expect, it } from 'vitest';
import { CollectionMapSchema } from '../contract/map.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { madeUpHome } from '../testing/made-up-home.ts';

const { path, semblance, close } = await madeUpHome({ patients: 20 });
afterAll(close);
const { maps, collections } = semblance;
const directory = new DataDirectory(path);
const collection = 'made-up';

describe('the map of a collection', () => {
  it('is made once, kept with its collection, and the same each time', async () => {
    const code = (what: string) => expect.objectContaining({ code: what });
    await expect(maps.stored({}, { collection })).rejects.toEqual(code('MAP_NOT_FOUND'));
    const told: unknown[] = [];
    const progress = (...step: unknown[]) => told.push(step);
    const made = await maps.make({ progress }, { collection });
    expect(CollectionMapSchema.parse(made)).toEqual(made);
    expect(made).toMatchObject({ points: 40, of: 40, embeddings: 40, gone: 0, stale: false });
    expect(told.at(-1)).toMatchObject([500, 500, { unit: 'epochs' }]);
    expect(made.umap).toHaveLength(80);
    expect([...made.umap, ...made.pca].every(Number.isFinite)).toBe(true);
    expect(made.explained[0]).toBeGreaterThanOrEqual(made.explained[1] as number);
    expect(await maps.stored({}, { collection })).toEqual(made);
    const { made: _, ...again } = await maps.make({}, { collection });
    expect(made).toMatchObject(again);
    const stopped = { signal: AbortSignal.abort() };
    await expect(maps.make(stopped, { collection })).rejects.toThrow('aborted');
  });

  it('lays together what an encoder finds alike', async () => {
    const { ids, umap } = await maps.stored({}, { collection });
    const vectors = directory.whileOpen(collection, (store) =>
      ids.map((id) => store.embeddings.get(1, id) as Float32Array),
    );
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
    const cosine = (a: Float32Array, b: Float32Array) =>
      dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    const apart = (i: number, j: number) =>
      Math.hypot(
        (umap[2 * i] as number) - (umap[2 * j] as number),
        (umap[2 * i + 1] as number) - (umap[2 * j + 1] as number),
      );
    const all = [...ids.keys()];
    const alike = all.filter((i) => {
      const others = all.filter((j) => j !== i);
      const [nearest] = others.toSorted((a, b) => apart(i, a) - apart(i, b));
      const ranked = others.toSorted(
        (a, b) =>
          cosine(vectors[i] as Float32Array, vectors[b] as Float32Array) -
          cosine(vectors[i] as Float32Array, vectors[a] as Float32Array),
      );
      return ranked.indexOf(nearest as number) < 8;
    });
    // By chance it would be a fifth of them.
    expect(alike.length / all.length).toBeGreaterThan(0.6);
  });

  it('is grouped by a field, and by none where no image has it', async () => {
    const { values, groups } = await maps.stored({}, { collection, field: 'split' });
    for (const [place, { count }] of values.entries()) {
      expect(groups.filter((each) => each === place)).toHaveLength(count);
    }
    expect(values.length).toBeGreaterThan(1);
    const none = await maps.stored({}, { collection, field: 'absent' });
    expect(none).toMatchObject({ field: 'absent', values: [] });
    expect(new Set(none.groups)).toEqual(new Set([-2]));
  });

  it('of more images than are wanted is a sample, which goes along with a copy', async () => {
    const { points, of, ids } = await maps.make({}, { collection, points: 10 });
    expect({ points, of }).toEqual({ points: 10, of: 40 });
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    await collections.copy({}, { collection, to: 'copy' });
    expect((await maps.stored({}, { collection: 'copy' })).ids).toEqual(ids);
    await expect(maps.make({}, { collection, points: 2 })).rejects.toMatchObject({
      code: 'ANALYSIS_IMPOSSIBLE',
    });
  });

  it('says when the collection has changed since, and shows no image that is gone', async () => {
    const { ids } = await maps.make({}, { collection });
    const [gone] = ids;
    await collections.remove({ collection, ids: [gone as number] });
    const after = await maps.stored({}, { collection });
    expect(after).toMatchObject({ stale: true, points: 39, of: 40, embeddings: 39, gone: 1 });
    expect(after.ids).toEqual(ids.slice(1));
    expect(after.umap).toHaveLength(78);
    expect((await maps.make({}, { collection })).stale).toBe(false);
  });

  it('goes with its encoder', () => {
    directory.whileOpen('copy', (store) => {
      expect(store.maps.get(1)).toBeDefined();
      store.encoders.drop(1);
      expect(store.maps.get(1)).toBeUndefined();
    });
  });
});

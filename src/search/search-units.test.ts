import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnitLevel } from '../domain/levels.ts';
import type { QueryPart } from '../domain/query.ts';
import { randomFrom } from '../domain/random.ts';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { FlatIndex } from '../index/memory/flat-index.ts';
import type { SearchOptions, VectorIndex } from '../index/vector-index.ts';
import { CollectionStore } from '../store/collection-store.ts';
import type { ImageRecord } from '../store/records.ts';
import { described } from '../testing/described.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { EncoderSpace } from './encoder-space.ts';
import { FusedSpace } from './fused-space.ts';
import { findUnits } from './late-interaction.ts';
import { Searcher, type SearchRequest } from './searcher.ts';

const unit = (vector: ArrayLike<number>) => {
  const length = Math.hypot(...Array.from(vector));
  return Array.from(vector, (value) => value / length);
};
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

describe('units by late interaction', () => {
  it('are those of the definition, whatever the units, the filter and the exclusions are', async () => {
    const few = fc.integer({ min: -2, max: 2 });
    const vector = fc
      .tuple(few, few, few)
      .filter((values) => values.some((value) => value !== 0))
      .map((values) => Float32Array.from(values));
    const image = fc.record({
      vector,
      unit: fc.integer({ min: 0, max: 7 }),
      isAllowed: fc.boolean(),
      isExcluded: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(image, { minLength: 1, maxLength: 60 }),
        fc.array(vector, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (images, queries, k, isFiltered) => {
          const index = await FlatIndex.build(
            3,
            images.map(({ vector }, i) => [i + 1, vector] as const),
          );
          const idsWhere = (holds: (each: (typeof images)[number]) => boolean) =>
            images.flatMap((each, i) => (holds(each) ? [i + 1] : []));
          const options = {
            ...(isFiltered && { allowed: new Set(idsWhere(({ isAllowed }) => isAllowed)) }),
            excluded: new Set(idsWhere(({ isExcluded }) => isExcluded)),
          };
          const membersOf = (id: number) => idsWhere(({ unit }) => unit === images[id - 1]?.unit);
          const found = await findUnits(index, queries, k, membersOf, options);
          // The similarities are the index's own, so that equal scores are equal to the last bit.
          const { neighbours } = await index.search(queries, images.length, options);
          const byUnit = new Map<number, { best: number[]; ids: number[]; first: number[] }>();
          for (const [q, hits] of neighbours.entries()) {
            for (const { id, similarity } of hits) {
              const key = images[id - 1]?.unit as number;
              const known = byUnit.get(key) ?? { best: [], ids: [], first: [] };
              byUnit.set(key, known);
              if (known.best[q] === undefined) {
                known.best[q] = similarity;
                known.ids[q] = id;
              }
              if (q === 0) known.first.push(id);
            }
          }
          const expected = [...byUnit.values()]
            .map(({ best, ids, first }) => ({
              score: best.reduce((sum, each) => sum + each, 0) / best.length,
              matches: ids,
              images: first.length,
              first: Math.min(...first),
            }))
            .sort((a, b) => b.score - a.score || a.first - b.first)
            .slice(0, k);
          expect(
            found.units.map(({ matches, ...each }) => ({
              ...each,
              matches: matches.map(({ id }) => id),
            })),
          ).toEqual(expected.map((each) => expect.objectContaining(each)));
          expect(found.candidates).toBe(neighbours[0]?.length);
          await index.release();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are found without a look at most of them', async () => {
    const random = randomFrom(3);
    const units = 2000;
    const rows = Array.from({ length: units * 5 }, (_, i) => {
      const centre = randomFrom(Math.floor(i / 5));
      return [
        i + 1,
        Float32Array.from({ length: 24 }, () => centre() - 0.5 + 0.1 * (random() - 0.5)),
      ] as const;
    });
    const index = await FlatIndex.build(24, rows);
    let compared = 0;
    const counted: VectorIndex = {
      size: index.size,
      dimension: 24,
      search(queries, k, options: SearchOptions = {}) {
        if (k === 1) compared += 1;
        return index.search(queries, k, options);
      },
      release: () => index.release(),
    };
    const membersOf = (id: number) => {
      const start = id - ((id - 1) % 5);
      return [0, 1, 2, 3, 4].map((i) => start + i);
    };
    const queries = rows.slice(50, 55).map(([, vector]) => vector);
    const { units: found } = await findUnits(counted, queries, 3, membersOf, {});
    expect(found[0]).toMatchObject({ score: expect.closeTo(1, 6), images: 5, first: 51 });
    expect(compared).toBeLessThan(units / 20);
    await counted.release();
  });
});

describe('a search for series and studies', () => {
  const DIMENSIONS = [6, 4];
  const folder = mkdtempSync(join(tmpdir(), 'semblance-units-'));
  const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
  const random = randomFrom(11);
  const vectorsOf = new Map<number, number[][]>();
  const encoders = DIMENSIONS.map((dimension, i) => ({
    name: `e${i}`,
    fingerprint: `f${i}`,
    dimension,
    definition: JSON.stringify(importedDefinition(`e${i}`, dimension)),
  }));
  const pictures = new PreprocessPool();
  let spaces: EncoderSpace[];

  beforeAll(() => {
    const ids = encoders.map((encoder) => store.encoders.register(encoder));
    const images = Array.from({ length: 240 }, (_, i) => {
      // Every study has two series of six images; some have none, some images no embedding.
      const series = Math.floor(i / 6);
      const isLoose = i % 24 === 7;
      const vectors = DIMENSIONS.map((dimension) =>
        Float32Array.from({ length: dimension }, (_, d) => Math.sin(series * (d + 1)) + random()),
      );
      const lacks = i % 17 === 3;
      if (!lacks) vectorsOf.set(i + 1, vectors.map(unit));
      return {
        description: described(`${String(999 - i)}.dcm`, {
          patient: `p${Math.floor(series / 4)}`,
          study: isLoose ? null : `s${Math.floor(series / 2)}`,
          series: isLoose ? null : `${series % 2}`,
          metadata: { half: String(i % 2) },
        }),
        embeddings: new Map(
          lacks ? [] : ids.map((id, e) => [id, vectors[e] as Float32Array] as const),
        ),
        content: {
          contentHash: String(i).padStart(64, '0'),
          ...{ bytes: 1, width: 1, height: 1, decoding: { format: 'dicom' } as never },
          position: (i * 5) % 6,
        },
      };
    });
    store.writer.write(store.sources.register('/'), images);
    const byName = store.encoders.list().sort((a, b) => (a.name < b.name ? -1 : 1));
    spaces = byName.map((encoder) => new EncoderSpace(encoder));
  });
  afterAll(async () => {
    for (const space of spaces) await space.release();
    await pictures.close();
    store.close();
    rmSync(folder, { recursive: true });
  });

  const keyOf = (level: UnitLevel, { id, patient, study, series }: ImageRecord) =>
    study === null ? `${id}` : `${patient} ${study} ${level === 'series' ? series : ''}`;

  /** By the definition, over the embeddings of an encoder, or of both. */
  function expected(query: number[], level: UnitLevel, weights: number[], half?: string) {
    const joined = (id: number) =>
      (vectorsOf.get(id) ?? []).flatMap((v, e) => v.map((x) => x * Math.sqrt(weights[e] ?? 0)));
    const images = store.images.page({ limit: 1000 });
    const own = new Set(
      images.filter(({ id }) => query.includes(id)).map((image) => keyOf(level, image)),
    );
    const units = new Map<string, number[]>();
    for (const image of images) {
      const key = keyOf(level, image);
      if (!vectorsOf.has(image.id) || own.has(key)) continue;
      if (half !== undefined && image.metadata.half !== half) continue;
      units.set(key, [...(units.get(key) ?? []), image.id]);
    }
    const asked = query.filter((id) => vectorsOf.has(id)).map(joined);
    return [...units]
      .map(([key, ids]) => {
        const best = asked.map((q) => Math.max(...ids.map((id) => dot(q, joined(id)))));
        return { key, score: best.reduce((sum, x) => sum + x, 0) / best.length, n: ids.length };
      })
      .sort((a, b) => b.score - a.score);
  }

  async function search(
    space: EmbeddingSpace,
    parts: QueryPart[],
    request: Partial<SearchRequest>,
  ) {
    return new Searcher(store, space, pictures).search(parts, { k: 8, ...request });
  }

  const CASES = [
    ['one image', [{ kind: 'image', id: 14 }], [14]],
    [
      'two images',
      [
        { kind: 'image', id: 14 },
        { kind: 'image', id: 100 },
      ],
      [14, 100],
    ],
    ['a series', [{ kind: 'image', id: 14, whole: 'series' }], [13, 14, 15, 16, 17, 18]],
    [
      'a study',
      [{ kind: 'image', id: 14, whole: 'study' }],
      [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
    ],
  ] as const satisfies [string, QueryPart[], number[]][];

  it.each(CASES)('finds by %s what the definition says', async (_, parts, query) => {
    for (const level of ['series', 'study'] as const) {
      for (const [space, weights] of [
        [spaces[0], [1, 0]],
        [new FusedSpace(spaces, [0.3, 0.7]), [0.3, 0.7]],
      ] as const) {
        const wanted = expected([...query], level, [...weights]).slice(0, 8);
        const found = await search(space as EmbeddingSpace, [...parts], { level });
        expect(found.level).toBe(level);
        expect(found.neighbours.map(({ image }) => keyOf(level, image))).toEqual(
          wanted.map(({ key }) => key),
        );
        for (const [i, { similarity, group, matches = [], image }] of found.neighbours.entries()) {
          const { score, n } = wanted[i] as (typeof wanted)[number];
          expect(similarity).toBeCloseTo(score, 5);
          expect(group?.more ?? 0).toBe(n - 1);
          expect(matches.map((match) => match.query)).toEqual(found.queryFrames.map((_, q) => q));
          const mean = matches.reduce((sum, match) => sum + match.similarity, 0) / matches.length;
          expect(mean).toBeCloseTo(similarity, 12);
          const best = Math.max(...matches.map((match) => match.similarity));
          expect(
            matches.filter((match) => match.similarity === best).map((match) => match.image),
          ).toContain(image.id);
        }
      }
    }
  });

  it('searches among the images that match, and leaves out those of the same patient', async () => {
    const parts = [{ kind: 'image', id: 14 }] satisfies QueryPart[];
    const space = spaces[0] as EncoderSpace;
    const filter = store.fields.filter(['half=1'], '');
    const half = await search(space, parts, { level: 'series', filter });
    expect(half.neighbours.map(({ image }) => keyOf('series', image))).toEqual(
      expected([14], 'series', [1, 0], '1')
        .slice(0, 8)
        .map(({ key }) => key),
    );
    const others = await search(space, parts, { level: 'series', exclude: ['patient'], k: 100 });
    const patients = new Set(others.neighbours.map(({ image }) => image.patient));
    expect(patients.has('p0')).toBe(false);
    expect(patients.size).toBe(9);
  });

  it('orders the frames of a series by their position, and says which have no embedding', async () => {
    const space = spaces[0] as EncoderSpace;
    const whole = { kind: 'image', id: 1, whole: 'series' } as const;
    const found = await search(space, [whole], { level: 'series' });
    const positions = [1, 2, 3, 5, 6].map((id) => [((id - 1) * 5) % 6, id] as const);
    expect(found.queryFrames.map(({ image }) => image)).toEqual(
      positions.sort(([a], [b]) => a - b).map(([, id]) => id),
    );
    expect(found.notes).toEqual([
      '1 images of the series have no embedding and are not searched with.',
    ]);
    const some = await search(space, [{ ...whole, frames: 'middle' }], { level: 'series' });
    expect(some.queryFrames).toHaveLength(1);
  });

  it.each([
    [{ kind: 'image', id: 14, role: 'more' }, {}, 'takes no marks of results'],
    [{ kind: 'image', id: 14, weight: 2 }, {}, 'takes no weights'],
    [{ kind: 'image', id: 14 }, { groupBy: 'patient' }, 'takes no groups'],
    [{ kind: 'image', id: 14 }, { diversify: 0.5 }, 'takes no diversity'],
    [{ kind: 'image', id: 14, frames: 'all' }, {}, 'takes no choice among the frames of one'],
    [{ kind: 'image', id: 8, whole: 'series' }, {}, 'The series of image 8 is not known.'],
    [{ kind: 'image', id: 14, whole: 'series' }, { level: 'image' }, 'Several frames can be'],
  ] as const)('refuses %j with %j', async (part, request, why) => {
    const asked = { level: 'series', ...request } as const;
    await expect(search(spaces[0] as EncoderSpace, [part], asked)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining(why),
    });
  });
});

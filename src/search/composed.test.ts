import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Level } from '../domain/levels.ts';
import type { QueryPart, Role } from '../domain/query.ts';
import { randomFrom } from '../domain/random.ts';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { CollectionStore } from '../store/collection-store.ts';
import { described } from '../testing/described.ts';
import { EncoderSpace } from './encoder-space.ts';
import { fitDirection } from './logistic.ts';
import { Searcher, type SearchRequest } from './searcher.ts';

const DIMENSION = 12;
const COUNT = 300;
const random = randomFrom(5);

function level(vector: ArrayLike<number>): number[] {
  const values = Array.from(vector);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
const dot = (a: number[], b: number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

describe('a composed search', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-composed-'));
  const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
  const definition = {
    name: 'made-up',
    fingerprint: 'f',
    dimension: DIMENSION,
    definition: JSON.stringify(importedDefinition('made-up', DIMENSION)),
  };
  const encoderId = store.encoders.register(definition);
  const vectors = new Map<number, number[]>();
  // Images of a patient lie near each other; some have no patient, some no embedding.
  const centres = Array.from({ length: 40 }, () =>
    Array.from({ length: DIMENSION }, () => random() - 0.5),
  );
  store.writer.write(
    store.sources.register('/'),
    Array.from({ length: COUNT }, (_, i) => {
      const centre = centres[i % 40] as number[];
      const vector = Float32Array.from(centre, (value) => value + 0.2 * (random() - 0.5));
      const embeddings = new Map(i % 50 === 49 ? [] : [[encoderId, vector] as const]);
      if (embeddings.size > 0) vectors.set(i + 1, level(vector));
      return {
        description: described(`${i}.png`, {
          patient: i % 10 === 0 ? null : `p${i % 40}`,
          study: `s${i % 80}`,
          metadata: { half: String(i % 2) },
        }),
        embeddings,
      };
    }),
  );
  const encoder = { id: encoderId, embeddings: vectors.size, ...definition };
  const searcher = new Searcher(store, new EncoderSpace(encoder), new PreprocessPool());
  afterAll(async () => {
    await searcher.release();
    store.close();
    rmSync(folder, { recursive: true });
  });

  const part = (id: number, role: Role, weight = 1): QueryPart => ({
    kind: 'image',
    id,
    role,
    weight,
  });
  const search = (parts: QueryPart[], request: Partial<SearchRequest> = {}) =>
    searcher.search(parts, { k: 10, ...request });
  /** The whole ranking by the definition. */
  const ranking = (query: number[], leftOut: Iterable<number>) => {
    const excluded = new Set(leftOut);
    return [...vectors]
      .filter(([id]) => !excluded.has(id))
      .map(([id, vector]) => ({ id, similarity: dot(level(query), vector) }))
      .sort((a, b) => b.similarity - a.similarity);
  };
  const sum = (...terms: [number, number][]) =>
    Array.from({ length: DIMENSION }, (_, i) =>
      terms.reduce((all, [id, w]) => all + w * ((vectors.get(id) as number[])[i] as number), 0),
    );
  const idsOf = ({ neighbours }: Awaited<ReturnType<typeof search>>) =>
    neighbours.map(({ image }) => image.id);
  const levelOf = (id: number, name: Level) => store.images.get(id)[name];

  it('is one exact search with the sum of Rocchio', async () => {
    const parts = [
      part(3, 'query', 3),
      part(60, 'query', 1),
      part(7, 'more'),
      part(8, 'more'),
      part(21, 'less'),
    ];
    const answer = await search(parts);
    const terms: [number, number][] = [
      [3, 0.75],
      [60, 0.25],
      [7, 0.375],
      [8, 0.375],
      [21, -0.5],
    ];
    const expected = ranking(sum(...terms), [3, 60, 7, 8, 21]);
    expect(idsOf(answer)).toEqual(expected.slice(0, 10).map(({ id }) => id));
    answer.neighbours.forEach(({ similarity }, i) => {
      expect(similarity).toBeCloseTo(expected[i]?.similarity as number, 5);
    });
    expect(answer.parts.map(({ id, weight }) => [id, weight])).toEqual(terms);
    expect(answer.feedback).toEqual({ method: 'rocchio', relevant: 2, irrelevant: 1 });
    expect((await search([part(3, 'query')])).feedback).toBeNull();
  });

  it.each(['rocchio', 'logistic'] as const)(
    'moves away from what is marked, by %s',
    async (feedback) => {
      const query = part(3, 'query');
      const before = idsOf(await search([query], { k: COUNT }));
      // Images of the nearest other patient: two are marked, the others should fall behind.
      const nearest = before.find(
        (id) => levelOf(id, 'patient') !== levelOf(3, 'patient'),
      ) as number;
      const others = before.filter((id) => levelOf(id, 'patient') === levelOf(nearest, 'patient'));
      const marked = others.slice(0, 2);
      const marks = marked.map((id) => part(id, 'less'));
      const after = idsOf(await search([query, ...marks], { k: COUNT, feedback }));
      const kept = before.filter((id) => !marked.includes(id));
      const left = others.slice(2);
      const place = (ranking: number[]) =>
        left.reduce((total, id) => total + ranking.indexOf(id), 0) / left.length;
      expect(left.length).toBeGreaterThan(2);
      expect(new Set(after)).toEqual(new Set(kept));
      expect(place(after)).toBeGreaterThan(place(kept));
    },
  );

  it('refuses what looks like nothing', async () => {
    const refused = { code: 'REQUEST_INVALID' };
    await expect(search([])).rejects.toMatchObject(refused);
    await expect(search([part(3, 'less')])).rejects.toMatchObject(refused);
    await expect(search([part(3, 'query')], { feedback: 'logistic' })).rejects.toMatchObject(
      refused,
    );
    await expect(search([part(50, 'query')])).rejects.toMatchObject({ code: 'COLLECTION_EMPTY' });
  });

  it.each(['patient', 'study'] as const)('leaves out the same %s', async (name) => {
    const answer = await search([part(4, 'query'), part(9, 'more')], {
      k: COUNT,
      exclude: [name],
    });
    const own = [levelOf(4, name), levelOf(9, name)];
    const left = [...vectors.keys()].filter((id) => !own.includes(levelOf(id, name)));
    expect(new Set(idsOf(answer))).toEqual(new Set(left));
    expect(answer.candidates).toBe(left.length);
  });

  it('gives the best of each patient, with how many more there are', async () => {
    const filter = store.fields.where('half:1');
    const answer = await search([part(4, 'query')], { k: 15, groupBy: 'patient', filter });
    const seen = new Map<string, number>();
    const matching = new Set(store.images.idsWhere(filter));
    const expected = ranking(vectors.get(4) as number[], [4])
      .filter(({ id }) => matching.has(id))
      .filter(({ id }) => {
        const patient = levelOf(id, 'patient') ?? `none ${id}`;
        seen.set(patient, (seen.get(patient) ?? 0) + 1);
        return seen.get(patient) === 1;
      });
    expect(idsOf(answer)).toEqual(expected.slice(0, 15).map(({ id }) => id));
    for (const { image, group } of answer.neighbours) {
      if (image.patient === null) expect(group).toBeNull();
      else {
        expect(group).toEqual({
          level: 'patient',
          name: image.patient,
          more: (seen.get(image.patient) as number) - 1,
        });
      }
    }
    // All groups are found, however many are wanted.
    const all = await search([part(4, 'query')], { k: COUNT, groupBy: 'patient', filter });
    expect(idsOf(all)).toEqual(expected.map(({ id }) => id));
  });

  it('gives results that differ, by the definition of MMR', async () => {
    const query = [part(4, 'query')];
    const pool = ranking(vectors.get(4) as number[], [4]).slice(0, 100);
    const chosen: typeof pool = [];
    const lambda = 0.6;
    while (chosen.length < 10) {
      const score = ({ id, similarity }: (typeof pool)[number]) =>
        lambda * similarity -
        (1 - lambda) *
          Math.max(
            ...chosen.map((each) =>
              dot(vectors.get(id) as number[], vectors.get(each.id) as number[]),
            ),
          );
      const left = pool.filter((each) => !chosen.includes(each));
      const next =
        chosen.length === 0
          ? left[0]
          : left.reduce((best, each) => (score(each) > score(best) ? each : best));
      chosen.push(next as (typeof pool)[number]);
    }
    const diverse = idsOf(await search(query, { diversify: lambda }));
    expect(diverse).toEqual(chosen.map(({ id }) => id));
    const plain = idsOf(await search(query));
    expect(diverse).not.toEqual(plain);
    expect(idsOf(await search(query, { diversify: 1 }))).toEqual(plain);
  });
});

describe('fitDirection', () => {
  it('finds the minimum of the loss it names', async () => {
    const examples = Array.from({ length: 9 }, (_, i) => ({
      relevant: i < 3,
      vector: Float32Array.from(
        { length: 5 },
        (__, d) => random() - 0.5 + (i < 3 && d === 0 ? 1 : 0),
      ),
    }));
    const expected = Float32Array.of(0, 3, 0, 0, 0);
    const direction = Array.from(await fitDirection(examples, expected));
    expect(Math.hypot(...direction)).toBeCloseTo(1, 6);
    // The loss along any length of the direction and any constant; a turned direction is never better.
    const rows = examples.map(({ relevant, vector }) => ({
      sign: relevant ? 1 : -1,
      share: 0.5 / (relevant ? 3 : 6),
      vector: level(vector),
    }));
    const loss = (w: number[]) => {
      let best = Number.POSITIVE_INFINITY;
      for (let length = 0.5; length < 16; length += 0.1) {
        for (let constant = -2; constant <= 2; constant += 0.05) {
          const value = rows.reduce(
            (total, { sign, share, vector }) =>
              total + share * Math.log1p(Math.exp(-sign * (length * dot(w, vector) + constant))),
            0.005 * (length ** 2 - 20 * length * (w[1] as number) + 100),
          );
          best = Math.min(best, value);
        }
      }
      return best;
    };
    const least = loss(direction);
    for (let turn = 0; turn < 10; turn++) {
      const turned = level(direction.map((value) => value + 0.3 * (random() - 0.5)));
      expect(loss(turned)).toBeGreaterThan(least - 1e-4);
    }
    expect(loss(level(direction.map((_, d) => (d === 1 ? 1 : 0))))).toBeGreaterThan(least + 0.01);
  });

  it('gives way to other work, and ends when it is not wanted any more', async () => {
    const examples = Array.from({ length: 200 }, (_, i) => ({
      relevant: i % 2 === 0,
      vector: Float32Array.from({ length: 1024 }, () => random() - 0.5),
    }));
    const expected = Float32Array.from({ length: 1024 }, () => random());
    const leaving = new AbortController();
    setImmediate(() => leaving.abort(new Error('gone')));
    await expect(fitDirection(examples, expected, leaving.signal)).rejects.toThrow('gone');
  });
});

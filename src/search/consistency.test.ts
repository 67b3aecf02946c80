import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { IdSet } from '../domain/id-bitmap.ts';
import { randomFrom } from '../domain/random.ts';
import { type Clause, type Filter, isChoice } from '../domain/search-language/filter.ts';
import { importedDefinition } from '../encoding/encoders/definition.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { FlatIndex } from '../index/memory/flat-index.ts';
import { CollectionStore } from '../store/collection-store.ts';
import type { ImageWrite } from '../store/image-writer.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import { fieldsOf, type ImageContent, type ImageDescription } from '../store/records.ts';
import { chooseEncoder } from './choose-encoder.ts';
import { EncoderSpace } from './encoder-space.ts';
import { Searcher } from './searcher.ts';

const DIMENSION = 4;
const PATHS = ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'b/3', 'c/1', 'c/2'];
const random = randomFrom(7);
/** A direction for each content: the embedding depends on nothing else. */
const VECTORS = Array.from({ length: 10 }, () =>
  Float32Array.from({ length: DIMENSION }, () => random() - 0.5),
);

interface ModelImage {
  id: number;
  /** Number of its content; undefined of one that was never read. */
  content: number | undefined;
  description: ImageDescription;
  vector: number | undefined;
}

/** What a collection does, in plain words: images by path. */
class Model {
  readonly images = new Map<string, ModelImage>();
  /** The largest id so far: a new image has a larger one, even if that image is gone. */
  private lastId = 0;

  sorted(): ModelImage[] {
    return [...this.images.values()].sort((a, b) => a.id - b.id);
  }

  write(description: ImageDescription, content: number | undefined, vector: number): void {
    const known = this.images.get(description.path);
    this.images.set(description.path, {
      id: known?.id ?? 0,
      content: content ?? known?.content,
      description,
      vector,
    });
  }

  /** Takes over the ids that new images were given. */
  number(idOf: (path: string) => number | undefined): void {
    let largest = this.lastId;
    for (const [path, image] of this.images) {
      const id = idOf(path) as number;
      if (image.id === 0) {
        expect(id).toBeGreaterThan(this.lastId);
        image.id = id;
      }
      expect(id).toBe(image.id);
      largest = Math.max(largest, id);
    }
    this.lastId = largest;
    expect(new Set([...this.images.values()].map(({ id }) => id)).size).toBe(this.images.size);
  }

  matching(filter: Filter): ModelImage[] {
    return this.sorted().filter(({ description }) => {
      const pairs = fieldsOf(description);
      const has = ({ field, values }: Clause & { values: readonly (readonly string[])[] }) =>
        pairs.some(([name, value]) => name === field && values.some(([v]) => v === value));
      const clauses = filter as (Clause & { values: readonly (readonly string[])[] })[];
      return clauses.every((clause) =>
        clause.not
          ? !has(clause)
          : clauses.some((other) => !other.not && other.field === clause.field && has(other)),
      );
    });
  }

  facets(filter: Filter): Record<string, [string, number][]> {
    const fields = new Set(
      this.sorted().flatMap(({ description }) => fieldsOf(description).map(([f]) => f)),
    );
    return Object.fromEntries(
      [...fields].sort().map((field) => {
        const others = filter.filter((clause) => clause.field !== field || !isChoice(clause));
        const counts = new Map<string, number>();
        for (const { description } of this.matching(others)) {
          const values = fieldsOf(description).flatMap(([f, v]) => (f === field ? [v] : []));
          for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
        }
        return [field, [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))];
      }),
    );
  }

  search(query: ModelImage, k: number, filter: Filter, excludePatient: boolean) {
    const unit = (v: Float32Array) => v.map((x) => x / Math.hypot(...v));
    const q = unit(VECTORS[query.vector as number] as Float32Array);
    const isOwn = ({ id, content }: ModelImage) =>
      id === query.id || (content !== undefined && content === query.content);
    const patients = this.sorted().flatMap((image) =>
      excludePatient && isOwn(image) ? (image.description.patient ?? []) : [],
    );
    return this.matching(filter)
      .filter((image) => image.vector !== undefined && !isOwn(image))
      .filter(({ description }) => !patients.includes(description.patient ?? 'nobody'))
      .map(({ id, vector }) => {
        const other = unit(VECTORS[vector as number] as Float32Array);
        return { id, similarity: q.reduce((sum, x, i) => sum + x * (other[i] as number), 0) };
      })
      .sort((a, b) => b.similarity - a.similarity || a.id - b.id)
      .slice(0, k);
  }
}

/** A collection with one searcher that writes beside, and one of another connection. */
class Real {
  store!: CollectionStore;
  reader!: CollectionStore;
  encoderId!: number;
  sourceId!: number;
  private searchers: Searcher[] = [];

  constructor(private readonly file: string) {
    this.open(true);
  }

  private open(create: boolean): void {
    this.store = CollectionStore.open(this.file, { create });
    this.reader = CollectionStore.open(this.file);
    this.sourceId = this.store.sources.register('/images');
    this.encoderId = this.store.encoders.register({
      name: 'theirs',
      fingerprint: 'theirs',
      dimension: DIMENSION,
      definition: JSON.stringify(importedDefinition('theirs', DIMENSION)),
    });
  }

  searcher(i: 0 | 1): Searcher {
    const store = i === 0 ? this.store : this.reader;
    this.searchers[i] ??= new Searcher(
      store,
      new EncoderSpace(chooseEncoder(store)),
      new PreprocessPool(),
    );
    return this.searchers[i];
  }

  async close(): Promise<void> {
    for (const searcher of this.searchers) await searcher?.release();
    this.searchers = [];
    this.reader.close();
    this.store.close();
  }

  async reopen(): Promise<void> {
    await this.close();
    this.open(false);
  }

  content(n: number): ImageContent {
    const decoding = {
      format: 'png',
      bits: 8,
      colour: 'gray',
      orientation: 1,
      pages: 1,
    } as ImageContent['decoding'];
    return { contentHash: `hash-${n}`, bytes: n, width: 1, height: 1, decoding };
  }

  write(description: ImageDescription, content: number | undefined, vector: number): ImageWrite {
    return {
      description,
      ...(content === undefined ? {} : { content: this.content(content) }),
      embeddings: new Map([[this.encoderId, VECTORS[vector] as Float32Array]]),
    };
  }
}

type Command = fc.AsyncCommand<Model, Real>;

function command(
  name: string,
  run: (model: Model, real: Real) => void | Promise<void>,
  possible = (_: Model) => true,
): Command {
  return {
    check: possible,
    run: async (model, real) => {
      await run(model, real);
      model.number((path) => real.store.images.known(real.sourceId, path)?.id);
    },
    toString: () => name,
  };
}

const path = fc.constantFrom(...PATHS);
const content = fc.nat(VECTORS.length - 1);
const label = fc.constantFrom('nodule', 'effusion', 'normal');
const about = fc.record({
  patient: fc.constantFrom(null, 'p1', 'p2'),
  study: fc.constantFrom(null, 's1'),
  series: fc.constant(null),
  labels: fc.uniqueArray(label, { maxLength: 2 }),
  metadata: fc.constantFrom<Record<string, string>[]>(
    {},
    { year: '2019' },
    { year: '2020', site: 'x' },
  ),
});
const filter: fc.Arbitrary<Filter> = fc.array(
  fc.record({
    field: fc.constantFrom('label', 'year', 'patient'),
    not: fc.boolean(),
    values: fc.array(fc.constantFrom(['nodule'], ['effusion'], ['2019'], ['p1'], ['absent']), {
      minLength: 1,
      maxLength: 2,
    }),
  }),
  { maxLength: 3 },
);

const write = fc
  .array(fc.record({ path, about, content }), { minLength: 1, maxLength: 4 })
  .map((images) =>
    command(`write ${JSON.stringify(images)}`, (model, real) => {
      const writes = images.map(({ path, about, content }) => {
        model.write({ path, ...about }, content, content);
        return real.write({ path, ...about }, content, content);
      });
      real.store.writer.write(real.sourceId, writes);
    }),
  );

const importing = fc.record({ path, about, vector: content }).map(({ path, about, vector }) =>
  command(`import ${path} ${vector}`, (model, real) => {
    model.write({ path, ...about }, undefined, vector);
    real.store.writer.write(real.sourceId, [real.write({ path, ...about }, undefined, vector)]);
  }),
);

const rename = fc.record({ from: path, to: path, about }).map(({ from, to, about }) =>
  command(
    `rename ${from} to ${to}`,
    (model, real) => {
      const image = model.images.get(from) as ModelImage;
      const n = image.content as number;
      const description = { path: to, ...about };
      if (!model.images.has(to)) {
        model.images.delete(from);
        model.images.set(to, { ...image, description });
      } else model.write(description, n, n);
      const renamedFrom = real.store.sources
        .placesOfObject(`hash-${n}`)
        .find((place) => place.path === from);
      real.store.writer.write(real.sourceId, [{ ...real.write(description, n, n), renamedFrom }]);
    },
    (model) => model.images.get(from)?.content !== undefined,
  ),
);

const remove = fc.uniqueArray(path, { minLength: 1, maxLength: 3 }).map((paths) =>
  command(`remove ${paths}`, (model, real) => {
    const places = real.store.images.page().filter((image) => paths.includes(image.path));
    const known = paths.filter((path) => model.images.delete(path)).length;
    expect(real.store.writer.remove(places)).toBe(known);
  }),
);

const describing = fc.record({ path, about }).map(({ path, about }) =>
  command(
    `describe ${path} ${JSON.stringify(about)}`,
    (model, real) => {
      const image = model.images.get(path) as ModelImage;
      image.description = { path, ...about };
      real.store.writer.describe(image.id, image.description);
    },
    (model) => model.images.has(path),
  ),
);

const abandon = fc.record({ path, about, content }).map(({ path, about, content }) =>
  command(`abandon ${path}`, (_, real) => {
    const failing = () =>
      real.store.atomically(() => {
        real.store.writer.write(real.sourceId, [real.write({ path, ...about }, content, content)]);
        real.store.writer.remove(real.store.images.page());
        throw new Error('given up');
      });
    expect(failing).toThrow('given up');
  }),
);

const reopen = fc.constant(command('reopen', (_, real) => real.reopen()));

const look = filter.map((filter) =>
  command(`look ${JSON.stringify(filter)}`, (model, real) => {
    for (const store of [real.store, real.reader]) {
      const expected = model
        .matching(filter)
        .map(({ id, description }) => ({ id, ...description }));
      expect(store.images.page({ filter })).toMatchObject(expected);
      expect(store.images.count(filter)).toBe(expected.length);
      const facets = store.fields
        .facets(filter)
        .map(({ field, values }) => [field, values.map(({ value, count }) => [value, count])]);
      expect(Object.fromEntries(facets)).toEqual(model.facets(filter));
    }
  }),
);

const search = fc
  .record({ path, k: fc.integer({ min: 1, max: 9 }), filter, excludePatient: fc.boolean() })
  .map(({ path, k, filter, excludePatient }) =>
    command(
      `search by ${path}, ${k}, ${JSON.stringify(filter)}, ${excludePatient}`,
      async (model, real) => {
        const query = model.images.get(path) as ModelImage;
        const exclude = excludePatient ? (['patient'] as const) : [];
        const expected = model.search(query, k, filter, excludePatient);
        for (const i of [0, 1] as const) {
          const answer = await real
            .searcher(i)
            .search([{ kind: 'image', id: query.id }], { k, filter, exclude });
          expect(answer.query?.path).toBe(path);
          expect(answer.neighbours.map(({ image }) => image.id)).toEqual(
            expected.map(({ id }) => id),
          );
          answer.neighbours.forEach(({ similarity }, n) => {
            expect(similarity).toBeCloseTo(expected[n]?.similarity as number, 6);
          });
        }
      },
      (model) => model.images.get(path)?.vector !== undefined,
    ),
  );

describe('a collection', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-consistency-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('answers as a plain list of images would, after any changes, to every connection', async () => {
    let run = 0;
    const commands = fc.commands(
      [
        write,
        write,
        importing,
        rename,
        remove,
        describing,
        abandon,
        reopen,
        look,
        look,
        search,
        search,
        search,
      ],
      { maxCommands: 40 },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        run += 1;
        const real = new Real(join(folder, `${run}.db`));
        try {
          await fc.asyncModelRun(() => ({ model: new Model(), real }), steps);
        } finally {
          await real.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps an index while a search uses it, and releases it when another took its place', async () => {
    const real = new Real(join(folder, 'released.db'));
    const about = { patient: null, study: null, series: null, labels: [], metadata: {} };
    const add = (path: string, content: number) =>
      real.store.writer.write(real.sourceId, [real.write({ path, ...about }, content, content)]);
    add('a/1', 1);
    add('a/2', 2);
    const log: string[] = [];
    let waiting: (() => void) | undefined;
    const space = new EncoderSpace(chooseEncoder(real.store), async (state, encoder) => {
      const index = await FlatIndex.build(encoder.dimension, state.embeddings.each(encoder.id));
      const name = `${index.size} rows`;
      log.push(`open ${name}`);
      return {
        size: index.size,
        dimension: index.dimension,
        search: async (...args) => {
          if (index.size === 2) await new Promise<void>((resolve) => (waiting = resolve));
          return index.search(...args);
        },
        release: async () => {
          log.push(`release ${name}`);
          await index.release();
        },
      };
    });
    const searcher = new Searcher(real.store, space, new PreprocessPool());
    const ask = () => searcher.search([{ kind: 'image', id: 1 }], { k: 9 });
    const slow = ask();
    while (waiting === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    add('a/3', 3);
    // The new search has the new image, while the old one still works with the old index.
    expect((await ask()).neighbours).toHaveLength(2);
    expect(log).toEqual(['open 2 rows', 'open 3 rows']);
    waiting();
    expect((await slow).neighbours).toHaveLength(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['open 2 rows', 'open 3 rows', 'release 2 rows']);
    await searcher.release();
    expect(log.at(-1)).toBe('release 3 rows');
    await real.close();
  });

  it('hands the index the same set for the same filter until the collection changes', async () => {
    const real = new Real(join(folder, 'filtered.db'));
    const about = { patient: null, study: null, series: null, labels: [], metadata: {} };
    const add = (path: string, n: number, year: string) =>
      real.store.writer.write(real.sourceId, [
        real.write({ path, ...about, metadata: { year } }, n, n),
      ]);
    add('a/1', 1, '2019');
    add('a/2', 2, '2019');
    add('a/3', 3, '2020');
    const handed: (IdSet | undefined)[] = [];
    const space = new EncoderSpace(chooseEncoder(real.store), async (state, encoder) => {
      const index = await FlatIndex.build(encoder.dimension, state.embeddings.each(encoder.id));
      return {
        size: index.size,
        dimension: index.dimension,
        search: (queries, k, options) => {
          handed.push(options?.allowed);
          return index.search(queries, k, options);
        },
        release: () => index.release(),
      };
    });
    const searcher = new Searcher(real.store, space, new PreprocessPool());
    const ask = (year: string) =>
      searcher.search([{ kind: 'image', id: 1 }], {
        k: 9,
        filter: real.store.fields.where(`year:${year}`),
      });
    await ask('2019');
    // Two at a time read on two connections.
    await Promise.all([ask('2019'), ask('2019')]);
    await ask('2020');
    expect(handed[1]).toBe(handed[0]);
    expect(handed[2]).toBe(handed[0]);
    expect(handed[3]).not.toBe(handed[0]);
    const { id } = real.store.images.known(real.sourceId, 'a/3') as { id: number };
    real.store.writer.describe(id, { path: 'a/3', ...about, metadata: { year: '2019' } });
    const changed = await ask('2019');
    expect(handed[4]).not.toBe(handed[0]);
    expect(changed.neighbours.map(({ image }) => image.path)).toContain('a/3');
    await searcher.release();
    await real.close();
  });

  it('shows the newest state though embeddings were read but in part', async () => {
    const real = new Real(join(folder, 'part.db'));
    const about = { patient: null, study: null, series: null, labels: [], metadata: {} };
    const add = (n: number) =>
      real.store.writer.write(real.sourceId, [real.write({ path: `${n}`, ...about }, n, n % 10)]);
    for (let n = 0; n < 300; n++) add(n);
    const begun: unknown[] = [];
    const read = async (state: ReadableCollection) => {
      const [first] = state.embeddings.each(real.encoderId);
      begun.push(first, state.embeddings.each(real.encoderId).next());
      return [...state.embeddings.each(real.encoderId)].length;
    };
    expect(await real.reader.snapshot(read)).toBe(300);
    begun.push(real.reader.embeddings.each(real.encoderId).next());
    add(300);
    expect(await real.reader.snapshot(read)).toBe(301);
    expect(real.reader.images.count()).toBe(301);
    await real.close();
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Clause, Filter } from '../../domain/search-language/filter.ts';
import { CollectionState } from '../collection-state.ts';
import { CollectionStore } from '../collection-store.ts';
import { Connection } from '../connection.ts';
import type { ImageDescription } from '../records.ts';
import { Columns } from './columns.ts';

const LABELS = ['XR/chest/pleural_effusion', 'XR/chest/normal', 'xr/hand/any', 'a_b/c%', 'é/É'];
const VALUES = [
  'CT',
  'ct',
  'M*R',
  'a,"b',
  '2018',
  '2019-03-05',
  '20190306',
  '1.5',
  '',
  '058Y',
  '2019.03.05',
  '05.03.2019',
  '\u{1f600}',
  '\uff5e',
];

const value = fc.constantFrom(...VALUES);
const description = fc.record({
  patient: fc.option(fc.constantFrom('p1', 'p2', 'P2')),
  labels: fc.uniqueArray(fc.constantFrom(...LABELS), { maxLength: 3 }),
  metadata: fc.dictionary(fc.constantFrom('f', 'a field', 'age', 'patient'), value),
});
type Described = Pick<ImageDescription, 'patient' | 'labels' | 'metadata'>;

const field = fc.constantFrom('f', 'a field', 'age', 'label', 'patient', 'none');
const piece = fc.oneof(
  fc.constantFrom(...VALUES, ...LABELS, 'effusion', 'chest', 'xr/', '201', '%', '_', '\ud83d'),
  fc.string({ maxLength: 2 }).filter((text) => !text.includes('\0')),
);
const values = fc.array(fc.array(piece, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 3,
});
const clause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ field, not: fc.boolean(), values }),
  fc.record({
    field: fc.constant('label'),
    not: fc.boolean(),
    lastPart: fc.constant(true),
    values,
  }),
  fc.record({
    field,
    not: fc.boolean(),
    compare: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
    than: fc.constantFrom('2019', '2019-03-05', '2019-03-05T10:11', '40Y', '1.5', '-3'),
  }),
);
const filter: fc.Arbitrary<Filter> = fc.array(clause, { maxLength: 4 });

const folder = mkdtempSync(join(tmpdir(), 'semblance-columns-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A collection, and its columns read by another connection. */
function opened(images: readonly Described[]) {
  const store = CollectionStore.open(join(folder, `${files++}.db`), { create: true });
  const source = store.sources.register('/');
  const write = (each: readonly Described[], path: (i: number) => string) =>
    store.writer.write(
      source,
      each.map((one, i) => ({
        description: { ...one, path: path(i), study: null, series: null },
        embeddings: new Map(),
      })),
    );
  write(images, (i) => `${i}`);
  const connection = new Connection(store.file, false);
  const columns = new Columns(connection, new CollectionState(connection));
  const agree = (asked: Filter) => {
    expect([...columns.select(asked)]).toEqual(store.images.idsWhere(asked));
    expect(columns.select(asked).size).toBe(store.images.count(asked));
    expect(columns.facets(store.fields.names(), asked, 3)).toEqual(store.fields.facets(asked, 3));
    expect(columns.uncompared(asked)).toEqual(store.fields.uncompared(asked));
  };
  const close = () => {
    connection.close();
    store.close();
  };
  return { store, write, agree, close, columns };
}

describe('the columns of a collection', () => {
  it('answer as SQL does', () => {
    const random = fc.sample(description, { numRuns: 150, seed: 1 });
    const { agree, close } = opened(random);
    fc.assert(fc.property(filter, agree), { numRuns: 600 });
    close();
  });

  it('follow what another connection writes, describes anew and removes', () => {
    fc.assert(
      fc.property(
        fc.array(description, { minLength: 1, maxLength: 12 }),
        fc.array(
          fc.oneof(
            fc.record({ add: fc.array(description, { maxLength: 3 }) }),
            fc.record({ again: fc.nat(9), as: description }),
            fc.record({ describe: fc.nat(9), as: description }),
            fc.record({ remove: fc.nat(9) }),
          ),
          { maxLength: 5 },
        ),
        fc.array(filter, { minLength: 1, maxLength: 3 }),
        (images, steps, filters) => {
          const { store, write, agree, close } = opened(images);
          filters.forEach(agree);
          steps.forEach((step, n) => {
            if ('add' in step) write(step.add, (i) => `new ${n} ${i}`);
            else if ('again' in step) write([step.as], () => `${step.again}`);
            else {
              const at = 'remove' in step ? step.remove : step.describe;
              const known = store.images.page()[at];
              if (known === undefined) return;
              if ('remove' in step) store.writer.remove([known]);
              else store.writer.describe(known.id, { ...known, ...step.as });
            }
            if (n % 2 === 0) filters.forEach(agree);
          });
          filters.forEach(agree);
          close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('follow an image that came and went between two looks', () => {
    const bare: Described = { patient: null, labels: [], metadata: {} };
    const { store, write, agree, close } = opened(Array.from({ length: 7 }, () => bare));
    agree([]);
    write([bare], () => 'new');
    const last = store.images.page().at(-1);
    if (last !== undefined) store.writer.remove([last]);
    agree([]);
    close();
  });

  it('are read anew when a program wrote that does not tell what it changed', () => {
    const { store, agree, close } = opened(fc.sample(description, { numRuns: 9, seed: 2 }));
    const asked: Filter = [{ field: 'f', not: false, values: [['CT']] }];
    agree(asked);
    const connection = new Connection(store.file, false);
    connection.run("UPDATE field_values SET value = 'XR' WHERE field = 'f' AND value = 'CT'");
    connection.run('DELETE FROM image_values WHERE image_id = 3');
    connection.run('DELETE FROM items WHERE id = 3');
    connection.setMeta('state', 'written by another');
    connection.close();
    expect(store.images.count()).toBe(8);
    agree(asked);
    store.writer.describe(1, { ...store.images.get(1), metadata: { f: 'CT' } });
    agree(asked);
    close();
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { DATE_RANGE, isDate, numberOf } from '../domain/search-language/compared-value.ts';
import type { Clause, Filter, Pattern } from '../domain/search-language/filter.ts';
import { formatWhere, parseWhere, resolveWhere } from '../domain/search-language/where.ts';
import { CollectionStore } from './collection-store.ts';
import { fieldsOf, type ImageDescription } from './records.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const comparison = fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const);
const than = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('2019-03-05', '2019-03-05T10:11', '40Y', '.5', '007', '+1e3'),
);
/** Any conditions on these fields and values. */
function filters(field: fc.Arbitrary<string>, piece: fc.Arbitrary<string>): fc.Arbitrary<Filter> {
  const pattern = fc.array(piece, { minLength: 1, maxLength: 3 });
  const clause: fc.Arbitrary<Clause> = fc.oneof(
    fc.record({
      field,
      not: fc.boolean(),
      values: fc.array(pattern, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ field, not: fc.boolean(), compare: comparison, than }),
  );
  return fc.array(clause, { maxLength: 4 });
}

const lower = (value: string) => value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
function fits(value: string, pattern: Pattern): boolean {
  const source = pattern.map((piece) => lower(piece).replaceAll(/[^\p{L}\p{N}]/gu, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`, 's').test(lower(value));
}
/** The language as docs/search-language.md defines it, image by image. */
function naive(image: ImageDescription, filter: Filter): boolean {
  const valuesOf = ({ field, lastPart }: Clause) =>
    fieldsOf(image)
      .filter(([name]) => name === field)
      .map(([, value]) =>
        lastPart ? value.slice(value.lastIndexOf('/') + 1).replaceAll('_', ' ') : value,
      );
  const holds = (clause: Clause) =>
    valuesOf(clause).some((value) => {
      if ('values' in clause) {
        const patterns = clause.lastPart
          ? clause.values.map((each) => each.map((piece) => piece.replaceAll('_', ' ')))
          : clause.values;
        return patterns.some((pattern) => fits(value, pattern));
      }
      const [a, b] = [numberOf(value, clause.field), numberOf(clause.than, clause.field)];
      if (a === null || b === null) return false;
      if (isDate(clause.than) ? a < DATE_RANGE[0] || a > DATE_RANGE[1] : isDate(value))
        return false;
      if (clause.compare === '<') return a < b;
      if (clause.compare === '<=') return a <= b;
      return clause.compare === '>' ? a > b : a >= b;
    });
  return filter.every((clause) => {
    if (clause.not) return !holds(clause);
    if (!('values' in clause)) return holds(clause);
    const { field, lastPart } = clause;
    return filter.some(
      (other) =>
        'values' in other &&
        !other.not &&
        other.field === field &&
        other.lastPart === lastPart &&
        holds(other),
    );
  });
}

const LABELS = [
  'XR/chest/pleural_effusion',
  'XR/chest/normal',
  'xr/hand/any',
  'Pleural effusion',
  'a_b/c%',
];
const VALUES = [
  'CT',
  'ct',
  'M*R',
  'a,"b',
  '2018',
  '2019',
  '2020',
  '2019-03-05',
  '20190306',
  '1.5',
  '',
  'XR',
];
const MOMENTS = [
  '2019/03/05 10:11',
  '20190305101112',
  '2019-03-05',
  '058Y',
  '05.03.2019',
  '1551744000',
  '18 months',
];

describe('search language', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(
        filters(
          text.filter((name) => name !== ''),
          text,
        ),
        (filter) => {
          expect(parseWhere(formatWhere(filter))).toEqual(filter);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads what people write', () => {
    expect(parseWhere('modality:CT,MR finding:"pleural effusion" -region:knee year>2019')).toEqual([
      { field: 'modality', not: false, values: [['CT'], ['MR']] },
      { field: 'finding', not: false, values: [['pleural effusion']] },
      { field: 'region', not: true, values: [['knee']] },
      { field: 'year', not: false, compare: '>', than: '2019' },
    ]);
    expect(parseWhere('  label=XR/chest/* patient!=p1 ')).toEqual([
      { field: 'label', not: false, values: [['XR/chest/', '']] },
      { field: 'patient', not: true, values: [['p1']] },
    ]);
  });

  it.each([
    [
      'modality:CT knee',
      'Say in which field to look, for instance finding:"knee". It is at character 13, “knee”.',
    ],
    [
      'modality:CT OR modality:MR',
      'Alternatives of a field are written modality:CT,MR. It is at character 13, “OR modality:MR”.',
    ],
    ['finding:"pleural', 'A quotation mark is not closed. It is at character 9, “"pleural”.'],
    ['modality:', 'A value is expected. It is at the end.'],
    [
      'year>recent',
      'A comparison takes one number, or a date such as 2019-03-05. It is at character 6, “recent”.',
    ],
    ['(modality:CT)', 'A field is expected. It is at character 1, “(modality:CT)”.'],
  ])('says where and why it cannot read %s', (query, message) => {
    expect(() => parseWhere(query)).toThrow(
      expect.objectContaining({ code: 'QUERY_INVALID', message }),
    );
  });

  it('finds fields by their other names, and says which there are', () => {
    const fields = ['Patient Age', 'anatomic_region', 'label'];
    expect(resolveWhere('patient_age>40 region:chest finding:mass', fields)).toEqual([
      { field: 'Patient Age', not: false, compare: '>', than: '40' },
      { field: 'anatomic_region', not: false, values: [['chest']] },
      { field: 'label', not: false, values: [['mass']], lastPart: true },
    ]);
    // A field of that very name is meant before an alias.
    expect(resolveWhere('finding:mass', [...fields, 'finding'])[0]?.field).toBe('finding');
    expect(() => resolveWhere('label:a modalty:CT', fields)).toThrow(
      /no field “modalty”\. There is: Patient Age, anatomic_region, label\. It is at character 9/,
    );
  });
});

describe('filter in SQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-where-'));
  const images = Array.from({ length: 120 }, (_, i): ImageDescription => {
    const pick = (values: string[], step: number) => values[(i * step) % values.length] as string;
    return {
      path: `${i}.png`,
      patient: i % 3 === 0 ? null : `p${i % 7}`,
      study: null,
      series: null,
      labels: i % 4 === 0 ? [] : [pick(LABELS, 1), pick(LABELS, 3)],
      metadata:
        i % 5 === 0
          ? {}
          : { f: pick(VALUES, 7), 'a field': pick(VALUES, 5), age: pick(MOMENTS, 1) },
    };
  });
  const write = (file: string) => {
    const store = CollectionStore.open(file, { create: true });
    const writes = images.map((description) => ({ description, embeddings: new Map() }));
    store.writer.write(store.sources.register('/'), writes);
    return store;
  };
  const store = write(join(folder, 'a.db'));
  afterAll(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const byId = store.images.page();

  it('finds what a look at each image finds', () => {
    const field = fc.constantFrom('f', 'a field', 'age', 'label', 'finding', 'patient');
    const piece = fc.oneof(
      fc.constantFrom(...VALUES, ...LABELS, 'effusion', 'xr/', 'p1', '201', '%', '_'),
      fc.string({ maxLength: 2 }),
    );
    fc.assert(
      fc.property(filters(field, piece), (filter) => {
        const resolved = store.fields.where(formatWhere(filter));
        const expected = byId.filter((image) => naive(image, resolved)).map(({ id }) => id);
        expect(store.images.idsWhere(resolved)).toEqual(expected);
        expect(store.images.count(resolved)).toBe(expected.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('says which values a comparison leaves out', () => {
    const notes = store.fields.uncompared(store.fields.where('age>40 age>=2019-03-05 f:CT'));
    expect(notes).toEqual([
      expect.stringMatching(/^\d+ of 96 values of “age” are no numbers .*“05\.03\.2019”/),
      expect.stringMatching(/^\d+ of 96 values of “age” are no dates .*“058Y”, “1551744000”/),
    ]);
    expect(store.fields.uncompared(store.fields.where('-f:CT'))).toEqual([]);
  });

  it('counts the values of a field without the choice made of it', () => {
    const filter = store.fields.where('f:ct -patient:p1 a_field:XR,"M*R"');
    const facets = store.fields.facets(filter);
    for (const name of ['f', 'label']) {
      const others = filter.filter((clause) => clause.field !== name);
      const counts = new Map<string, number>();
      for (const image of byId.filter((each) => naive(each, others))) {
        const values = fieldsOf(image).filter(([each]) => each === name);
        for (const value of new Set(values.map(([, value]) => value))) {
          counts.set(value, (counts.get(value) ?? 0) + 1);
        }
      }
      expect(counts.size).toBeGreaterThan(0);
      const facet = facets.find((each) => each.field === name);
      expect(new Map(facet?.values.map(({ value, count }) => [value, count]))).toEqual(counts);
    }
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { FILTER_LIMITS, type Filter, parseFilter } from '../domain/search-language/filter.ts';
import { WHERE_LIMIT } from '../domain/search-language/where.ts';
import { described } from '../testing/described.ts';
import { CollectionStore } from './collection-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-limits-'));
const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});
store.writer.write(
  store.sources.register('/'),
  Array.from({ length: 50 }, (_, i) => ({
    description: described(`${i}.png`, {
      patient: `P${i}`,
      labels: i % 2 ? ['XR/chest/a'] : [],
      metadata: { modality: 'aab', split: String(i % 3) },
    }),
    embeddings: new Map(),
  })),
);

/** What a query gives: how many images, or the code of its error. */
function outcome(filter: () => Filter): number | string {
  try {
    const read = filter();
    const ids = store.images.idsWhere(read);
    expect(store.images.count(read)).toBe(ids.length);
    store.fields.facets(read);
    return ids.length;
  } catch (error) {
    expect(error).toBeInstanceOf(SemblanceError);
    const { code, message, subject = '' } = error as SemblanceError;
    expect(message.length + subject.length).toBeLessThan(1000);
    return code;
  }
}
const where = (text: string) => outcome(() => store.fields.where(text));
const times = (count: number, text: (i: number) => string, between: string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(between);

const { conditions, values, patterns, stars, patternLength } = FILTER_LIMITS;

describe('long filters', () => {
  it.each([
    ['patterns of a field', `modality:${'a*,'.repeat(600)}b`],
    ['patterns of the last part of labels', `finding:${'a*,'.repeat(900)}b`],
    ['comparisons', 'split>1 '.repeat(1200)],
  ])('refuses by a limit of its own what is beyond those of SQLite: %s', (_, text) => {
    expect(where(text)).toBe('FILTER_TOO_LARGE');
  });

  it('takes the last parts of labels in any number', () => {
    expect(where(`finding:${'b,'.repeat(5000)}a`)).toBe(25);
  });

  it.each(['patient:', '-patient:'])('takes some thousand values of %s', (field) => {
    const found = field === 'patient:' ? 40 : 10;
    expect(where(field + times(5000, (i) => `p${i + 10}`, ','))).toBe(found);
    expect(where(times(5000, (i) => `${field}p${i + 10}`, ' '))).toBe(found);
  });

  it.each([
    ['values in a clause', (n: number) => `patient:${times(n, (i) => `p${i}`, ',')}`, values, 50],
    ['values in clauses', (n: number) => times(n, (i) => `patient:p${i}`, ' '), values, 50],
    ['patterns', (n: number) => `patient:${times(n, (i) => `p${i}*`, ',')}`, patterns, 50],
    ['conditions', (n: number) => times(n, () => 'split>=0', ' '), conditions, 50],
    ['stars', (n: number) => `modality:a${'*'.repeat(n)}b`, stars, 50],
    ['characters', (n: number) => `modality:*${'"é"'.repeat(n)}`, patternLength, 0],
    ['characters of a finding', (n: number) => `finding:${'é'.repeat(n)}`, patternLength, 0],
    ['text', (n: number) => `modality:${'x'.repeat(n - 9)}`, WHERE_LIMIT, 0],
    ['spaces', (n: number) => `split:0${' '.repeat(n - 7)}`, WHERE_LIMIT, 17],
  ])('counts %s up to the limit', (_, text, limit, found) => {
    expect(where(text(limit - 1))).toBe(found);
    expect(where(text(limit))).toBe(found);
    expect(where(text(limit + 1))).toBe('FILTER_TOO_LARGE');
  });

  it('counts plain filters, too', () => {
    const plain = (count: number) =>
      outcome(() => parseFilter(Array.from({ length: count }, (_, i) => `patient=P${i}`)));
    expect(plain(values)).toBe(50);
    expect(plain(values + 1)).toBe('FILTER_TOO_LARGE');
    expect(plain(200_000)).toBe('FILTER_TOO_LARGE');
    expect(outcome(() => parseFilter(['x'.repeat(1_000_000)]))).toBe('REQUEST_INVALID');
  });

  it('never ends in an unexpected error, whatever is written', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'patient',
        'modality',
        'finding',
        'label',
        'split',
        'constructor',
        '__proto__',
      ),
      fc.constantFrom(
        ':',
        '=',
        '!=',
        '>',
        '<=',
        ',',
        '*',
        ' ',
        '"',
        '\\',
        '-',
        '(',
        'OR',
        '\0',
        '%',
      ),
      fc.constantFrom('p1', '2019-03-05', '1e400', '-0', '.', '\ud800', 'é', '\n', 'NaN', '_'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const text = fc
      .array(fc.tuple(piece, fc.constantFrom(1, 1, 1, 1, 2, 300, 3000)), { maxLength: 12 })
      .map((pieces) => pieces.map(([each, count]) => each.repeat(count)).join(''));
    const repeated = fc
      .tuple(text, fc.constantFrom(1, 1, 2, 500, 2000))
      .map(([each, count]) => each.slice(0, 100).repeat(count));
    fc.assert(
      fc.property(fc.oneof(text, repeated), (written) => {
        const found = where(written);
        if (typeof found === 'string') {
          expect(['QUERY_INVALID', 'FILTER_TOO_LARGE']).toContain(found);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

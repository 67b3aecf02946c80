import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasTerm } from './filters.ts';
import { formatRoute, hasPicture, parseRoute, RESULT_COUNTS, type Route, START } from './route.ts';

const text = fc.string({ minLength: 1, unit: 'binary' });
const id = fc.integer({ min: 0, max: 1e9 });
const filters = fc
  .array(
    fc.record({
      field: text.filter((field) => !field.includes('=')),
      value: fc.string({ unit: 'binary' }),
    }),
  )
  .map((terms) => terms.filter((term, at) => !hasTerm(terms.slice(0, at), term)));
const route: fc.Arbitrary<Route> = fc
  .record({
    collection: fc.option(text),
    encoder: fc.option(text),
    query: fc.oneof(
      fc.constant({ kind: 'none' } as const),
      fc.constant({ kind: 'upload' } as const),
      fc.constant({ kind: 'text' } as const),
      id.map((each) => ({ kind: 'image', id: each }) as const),
    ),
    text: fc.oneof(
      fc.constant(''),
      text.map((each) => each.trim()),
    ),
    textWeight: fc.double({ min: 0, max: 1, noNaN: true }).map((each) => each + 0),
    filters,
    count: fc.constantFrom(...RESULT_COUNTS),
    excludePatient: fc.boolean(),
    compare: fc.option(id),
  })
  // A text alone is the query where there is no picture; without a picture there is nothing to compare with.
  .map((each): Route => {
    if (hasPicture(each.query)) return each;
    return { ...each, compare: null, query: { kind: each.text === '' ? 'none' : 'text' } };
  });

describe('route', () => {
  it('comes back from its address as it was', () => {
    fc.assert(
      fc.property(route, (each) => {
        expect(parseRoute(formatRoute(each))).toEqual(each);
      }),
    );
  });

  it('has a short address for the start', () => {
    expect(formatRoute(START)).toBe('');
    expect(parseRoute('')).toEqual(START);
  });

  it('has an address that a person can read', () => {
    const address = formatRoute({
      ...START,
      collection: 'teaching',
      encoder: 'baseline',
      query: { kind: 'image', id: 12 },
      filters: [{ field: 'modality', value: 'XR' }],
      count: 48,
    });
    expect(address).toBe(
      '?collection=teaching&encoder=baseline&image=12&filter=modality%3DXR&k=48',
    );
  });

  it('takes the defaults for what it does not understand', () => {
    expect(parseRoute('?k=7&image=-1&compare=4&filter=CT&excludePatient=yes&upload=2')).toEqual(
      START,
    );
  });

  it('takes a filter that is given twice once', () => {
    expect(parseRoute('?filter=a%3D1&filter=a%3D1').filters).toEqual([{ field: 'a', value: '1' }]);
  });
});

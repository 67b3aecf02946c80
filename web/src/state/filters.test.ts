import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fieldTitle,
  formatTerm,
  hasTerm,
  parseTerm,
  searchFacets,
  toggleTerm,
  viewFacets,
} from './filters.ts';

const term = fc.record({
  field: fc.string({ minLength: 1 }).filter((field) => !field.includes('=')),
  value: fc.string(),
});

const facets = [
  {
    field: 'modality',
    values: [
      { value: 'CT', count: 3 },
      { value: 'MR', count: 2 },
    ],
    more: 0,
  },
  { field: 'label', values: [{ value: 'CT/lung/normal', count: 1 }], more: 4 },
];

describe('terms', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(term, (each) => {
        expect(parseTerm(formatTerm(each))).toEqual(each);
      }),
    );
  });

  it('refuses a term without a field', () => {
    expect(parseTerm('=CT')).toBeNull();
    expect(parseTerm('CT')).toBeNull();
  });

  it('comes back to the same terms when toggled twice', () => {
    fc.assert(
      fc.property(fc.array(term), term, (terms, each) => {
        const without = terms.filter((other) => !hasTerm([each], other));
        const once = toggleTerm(without, each);
        expect(hasTerm(once, each)).toBe(true);
        expect(toggleTerm(once, each)).toEqual(without);
      }),
    );
  });
});

describe('viewFacets', () => {
  it('marks the chosen values', () => {
    const [modality] = viewFacets(facets, [{ field: 'modality', value: 'MR' }]);
    expect(modality?.values.map(({ chosen }) => chosen)).toEqual([false, true]);
  });

  it('keeps chosen values that the server left out, so that they can be unchosen', () => {
    const views = viewFacets(facets, [
      { field: 'modality', value: 'US' },
      { field: 'split', value: 'test' },
    ]);
    expect(views[0]?.values.at(-1)).toEqual({ value: 'US', count: 0, chosen: true });
    expect(views[2]).toEqual({
      field: 'split',
      values: [{ value: 'test', count: 0, chosen: true }],
      more: 0,
    });
  });

  it('leaves what it was given unchanged', () => {
    const before = structuredClone(facets);
    viewFacets(facets, [{ field: 'modality', value: 'US' }]);
    expect(facets).toEqual(before);
  });
});

describe('searchFacets', () => {
  it('finds values by every word, in the value or in the name of the field', () => {
    const found = searchFacets(viewFacets(facets, []), 'ct');
    expect(found.map(({ field, values }) => [field, values.length])).toEqual([
      ['modality', 1],
      ['label', 1],
    ]);
    expect(searchFacets(viewFacets(facets, []), 'modality mr')[0]?.values).toHaveLength(1);
    expect(searchFacets(viewFacets(facets, []), 'ct mr')).toEqual([]);
  });

  it('never hides a chosen value', () => {
    const found = searchFacets(viewFacets(facets, [{ field: 'modality', value: 'MR' }]), 'lung');
    expect(found[0]?.values.map(({ value }) => value)).toEqual(['MR']);
  });
});

describe('fieldTitle', () => {
  it('writes a field as a heading', () => {
    expect(fieldTitle('anatomic_region')).toBe('Anatomic region');
    expect(fieldTitle('label')).toBe('Label');
    expect(fieldTitle('_')).toBe('_');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueClause } from '../../../src/domain/search-language/filter.ts';
import {
  formatWhere,
  parseWhere,
  resolveWhere,
} from '../../../src/domain/search-language/where.ts';
import { chipsOf, fieldTitle, searchFacets, toggleValue, viewFacets } from './filters.ts';
import { suggest } from './suggest.ts';

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

const fields = ['modality', 'label', 'anatomic_region'];
const chosen = (where: string) =>
  viewFacets(facets, where).flatMap(({ values }) =>
    values.filter((each) => each.chosen).map(({ value }) => value),
  );

describe('toggleValue', () => {
  it('comes back to the same query when a value is toggled twice', () => {
    const term = fc.record({
      field: fc.constantFrom(...fields),
      value: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(fc.array(term, { maxLength: 4 }), term, (terms, each) => {
        const others = terms.filter(
          ({ value }) => value.toLowerCase() !== each.value.toLowerCase(),
        );
        const where = formatWhere(others.map(({ field, value }) => valueClause(field, value)));
        const once = toggleValue(where, fields, each);
        expect(once).not.toBe(where);
        expect(toggleValue(once, fields, each)).toBe(where);
      }),
    );
  });

  it('adds alternatives to the condition there is, and keeps the rest as it was written', () => {
    const ct = { field: 'modality', value: 'CT' };
    const written = '-region:knee Modality:MR label:XR/*';
    const wider = toggleValue(written, fields, ct);
    expect(wider).toBe('-region:knee Modality:MR,CT label:XR/*');
    expect(toggleValue(wider, fields, { field: 'label', value: 'XR/hand' })).toBe(
      '-region:knee Modality:MR,CT',
    );
    // A query that cannot be read gives way.
    expect(toggleValue('modality:', fields, ct)).toBe('modality:CT');
  });
});

describe('chipsOf', () => {
  it('has one for each value, which is taken away alone', () => {
    const chips = chipsOf(parseWhere('modality:CT,MR -region:knee year>2019'));
    expect(chips.map(({ field, not, text }) => [field, not, text])).toEqual([
      ['modality', false, 'CT'],
      ['modality', false, 'MR'],
      ['region', true, 'knee'],
      ['year', false, '> 2019'],
    ]);
    expect(chips[0]?.without).toBe('modality:MR -region:knee year>2019');
    expect(chips[2]?.without).toBe('modality:CT,MR year>2019');
  });
});

describe('viewFacets', () => {
  it('marks the values that are chosen, by whatever name', () => {
    expect(chosen('modality:mr')).toEqual(['MR']);
    expect(chosen('modality:*')).toEqual(['CT', 'MR']);
    expect(chosen('finding:normal')).toEqual(['CT/lung/normal']);
    expect(chosen('-modality:mr')).toEqual([]);
  });

  it('keeps chosen values that the server left out, so that they can be unchosen', () => {
    const [modality] = viewFacets(facets, 'modality:US');
    expect(modality?.values.at(-1)).toEqual({ value: 'US', count: 0, chosen: true });
  });
});

describe('suggest', () => {
  const texts = (text: string) => suggest(text, viewFacets(facets, '')).map((each) => each.text);
  it('completes fields and values, after whatever is there already', () => {
    expect(texts('mod')).toEqual(['modality:']);
    expect(texts('year>2019 -modality:m')).toEqual(['year>2019 -modality:MR']);
    expect(texts('finding:norm')).toEqual(['label:CT/lung/normal']);
    expect(texts('lung')).toEqual(['label:CT/lung/normal']);
    expect(texts('')).toEqual([]);
    expect(texts('modality:CT,m')).toEqual(['modality:CT,MR']);
  });
});

/** Whatever a CSV may bring as a column's name or a value, strange ones often. */
const strange = fc.oneof(
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\\"',
    ':',
    '=',
    ',',
    '-',
    '-10',
    '*',
    '(a)',
    '"":10',
    'OR',
    'a b',
  ),
  fc.constantFrom(
    ' ',
    '\n',
    '\u00a0',
    '\ufeff',
    'region',
    'finding',
    'ذات الرئة',
    '<3',
    '10',
    '!=',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
);

describe('what the page writes', () => {
  const collection = fc.uniqueArray(
    fc.record({ field: strange, values: fc.uniqueArray(strange, { minLength: 1, maxLength: 3 }) }),
    { minLength: 1, maxLength: 4, selector: ({ field }) => field },
  );
  /** The facets, the names of the fields, and one value of the last of them. */
  const drawn = collection.map((each) => {
    const shown = each.map(({ field, values }) => ({
      field,
      values: values.map((value) => ({ value, count: 1 })),
      more: 0,
    }));
    const { field, values } = each.at(-1) as (typeof each)[number];
    return { shown, names: each.map((one) => one.field), field, value: values.at(-1) as string };
  });

  it('is read by the server as what was chosen, for every field and value', () => {
    fc.assert(
      fc.property(drawn, ({ shown, names, field, value }) => {
        const where = toggleValue('', names, { field, value });
        expect(resolveWhere(where, names)).toEqual([valueClause(field, value)]);
        // As the address keeps it.
        expect(new URLSearchParams({ where }).get('where')?.trim()).toBe(where);
        const [chosen] = viewFacets(shown, where).filter((facet) => facet.field === field);
        expect(chosen?.values.find((each) => each.value === value)?.chosen).toBe(true);
        const [chip] = chipsOf(parseWhere(where));
        expect(chip?.without).toBe('');
      }),
      { numRuns: 400 },
    );
  });

  it('is read also when it was suggested, however little is typed', () => {
    const before = fc.constantFrom('', '-', 'year>2019 ', '"":"a b" -');
    fc.assert(
      fc.property(drawn, before, fc.nat(12), ({ shown, names, field, value }, start, length) => {
        const typed = start + formatWhere([valueClause(field, value)]).slice(0, length);
        for (const { text, count } of suggest(typed, viewFacets(shown, ''))) {
          expect(text.startsWith(start)).toBe(true);
          const read = resolveWhere(count === null ? `${text}x` : text, [...names, 'year', '']);
          expect(names).toContain(read.at(-1)?.field);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('searchFacets', () => {
  it('finds values by every word, in the value or in the name of the field', () => {
    const found = searchFacets(viewFacets(facets, ''), 'ct');
    expect(found.map(({ field, values }) => [field, values.length])).toEqual([
      ['modality', 1],
      ['label', 1],
    ]);
    expect(searchFacets(viewFacets(facets, ''), 'modality mr')[0]?.values).toHaveLength(1);
    expect(searchFacets(viewFacets(facets, ''), 'ct mr')).toEqual([]);
  });

  it('never hides a chosen value', () => {
    const found = searchFacets(viewFacets(facets, 'modality:MR'), 'lung');
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ERRANDS,
  formatRoute,
  hasPicture,
  misread,
  OF_IMAGES,
  parseRoute,
  type Route,
  SETTINGS,
  START,
} from './route.ts';

const text = fc.string({ minLength: 1, unit: 'binary' });
const id = fc.integer({ min: 1, max: 1e9 });
const ids = fc.uniqueArray(id, { maxLength: 4 });
const side = fc.integer({ min: 1, max: 999_999 });
const unit = fc.option(fc.constantFrom('patient' as const, 'study' as const, 'series' as const));
const route: fc.Arbitrary<Route> = fc
  .record({
    tasks: fc.constantFrom(null, ...ERRANDS),
    settings: fc.constantFrom(null, ...SETTINGS),
    map: fc.boolean(),
    collection: fc.option(text),
    encoder: fc.option(text),
    beside: fc.option(
      fc.record({ kind: fc.constantFrom('fuse' as const, 'versus' as const), encoder: text }),
    ),
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
    where: text.map((each) => each.trim()),
    file: id,
    frame: id,
    level: fc.constantFrom('image' as const, 'series' as const, 'study' as const),
    count: fc.integer({ min: 1, max: 1000 }),
    more: ids,
    less: ids,
    feedback: fc.constantFrom('rocchio' as const, 'logistic' as const),
    region: fc.option(fc.record({ x: side, y: side, width: side, height: side })),
    exclude: unit,
    groupBy: unit,
    varied: fc.boolean(),
    compare: fc.option(id),
  })
  // A text alone is the query where there is no picture; without a picture there is nothing to compare with.
  .map(({ file, frame, ...rest }): Route => {
    const each = {
      ...rest,
      ...(rest.query.kind === 'upload' ? { file, frame } : { file: 1, frame: 1 }),
    };
    const less = each.less.filter((mark) => !each.more.includes(mark));
    const marked: Route = {
      ...each,
      less,
      feedback: less.length === 0 ? 'rocchio' : each.feedback,
    };
    const levelled = each.level === 'image' ? marked : { ...marked, ...OF_IMAGES };
    if (hasPicture(each.query)) return levelled;
    const alone = { ...levelled, region: null, compare: null };
    return each.text === ''
      ? {
          ...{ ...alone, groupBy: each.groupBy, varied: each.varied, level: 'image' },
          ...{ query: { kind: 'none' }, more: [], less: [], feedback: 'rocchio' },
        }
      : { ...alone, query: { kind: 'text' } };
  });

describe('route', () => {
  it('comes back from its address as it was', () => {
    fc.assert(
      fc.property(route, (each) => {
        expect(parseRoute(formatRoute(each))).toEqual(each);
        expect(misread(formatRoute(each))).toEqual([]);
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
      where: 'modality:XR',
      more: [3, 4],
      region: { x: 1, y: 2, width: 30, height: 40 },
      count: 48,
    });
    expect(address).toBe(
      '?collection=teaching&encoder=baseline&image=12&where=modality%3AXR&k=48&more=3%2C4&region=1%2C2%2C30%2C40',
    );
  });

  it('takes the defaults for what it does not understand, and names it', () => {
    const address =
      '?k=1001&image=-1&compare=4&more=2&region=1,2&exclude=hospital&varied=yes&upload=2';
    expect(parseRoute(address)).toEqual(START);
    expect(misread(address)).toEqual(address.slice(1).split('&'));
  });

  it.each([
    ['?image=abc', ['image=abc']],
    ['?image=0', ['image=0']],
    ['?image=5&image=6', ['image=6']],
    ['?image=5&upload=1', ['upload=1']],
    ['?image=5&more=1,x,3', ['more=1,x,3']],
    ['?image=5&more=1&less=1', ['less=1']],
    ['?image=5&region=0,0,0,9', ['region=0,0,0,9']],
    ['?image=5&feedback=logistic', ['feedback=logistic']],
    ['?image=5&textWeight=2', ['textWeight=2']],
    ['?modality=CT&utm_source=mail', ['modality=CT', 'utm_source=mail']],
    ['?constructor=1', ['constructor=1']],
    ['?image=5&k=1&compare=', ['compare=']],
    ['?image=5&k=24&textWeight=0.50&where=+modality:CT+&varied=false&feedback=rocchio', []],
  ])('says what of %s it leaves out', (address, left) => {
    expect(misread(address)).toEqual(left);
  });
});

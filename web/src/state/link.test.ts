import { expect, it } from 'vitest';
import { linkIn } from './link.ts';

it.each([
  ['#instance=1.2.3', { instance: '1.2.3' }],
  ['#instance=1.2.3&frame=12', { instance: '1.2.3', frame: 12 }],
  ['#instance=1.2.3&frame=0', { instance: '1.2.3' }],
  ['#instance=', null],
  ['#instance=1.2.<b>', null],
  [`#instance=${'1'.repeat(65)}`, null],
  ['#main', null],
  ['', null],
])('reads %s', (hash, link) => {
  expect(linkIn(hash)).toEqual(link);
});

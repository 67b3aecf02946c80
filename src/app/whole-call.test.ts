import { expect, it } from 'vitest';
import type { Phase } from './call.ts';
import { WholeCall } from './whole-call.ts';

it('tells the whole by its parts, which never goes back', () => {
  const told: [done: number, total: number | undefined, whole: Phase['whole']][] = [];
  const whole = new WholeCall(
    { progress: (done, total, phase) => told.push([done, total, phase.whole]) },
    { listing: 10, reading: 30, writing: 60 },
  );
  whole.progress('listing')(7, undefined, { unit: 'files' });
  whole.progress('reading')(1, 2, { unit: 'bytes' });
  // The second of three files, which has half of the bytes.
  whole.within('reading', 10, 20, 40)(5, 10, { unit: 'bytes' });
  whole.within('reading', 0, 10, 40)(1, 10, { unit: 'bytes' });
  whole.counting('writing', { unit: 'images' })(3, 3);
  expect(told.map(([, , at]) => at?.done)).toEqual([0, 25, 25, 25, 100]);
  expect(told[0]).toEqual([7, undefined, { done: 0, total: 100, kept: 0 }]);
});

it('ends a part when the call is to end', () => {
  const whole = new WholeCall({ signal: AbortSignal.abort(new Error('enough')) }, { one: 1 });
  expect(() => whole.counting('one', { unit: 'images' })(1, 2)).toThrow('enough');
});

import { expect, it } from 'vitest';
import type { Whole } from '../analyses/context.ts';
import { parseConfig } from './config.ts';
import { ALL, Plan } from './plan.ts';

const { config } = parseConfig(
  { data: { csv: 'a.csv' }, encoders: ['one', 'two'], analyses: [], linearProbe: true },
  'config.json',
);
const SIZES = { train: 100_000, val: 10_000, test: 10_000 };

/** A plan of two encoders, on a clock that the test turns. */
function planned() {
  const clock = { seconds: 0 };
  let last: Whole = { done: 0, total: 1, kept: 0 };
  const plan = new Plan(
    (_what, _unit, _done, _total, whole) => {
      last = whole;
    },
    undefined,
    () => clock.seconds,
  );
  const files = ['a.h5'];
  plan.open(SIZES, config, [
    { name: 'one', files },
    { name: 'two', files },
  ]);
  /** A step that takes so many seconds. */
  const make = (encoder: string, step: string, seconds: number) => {
    plan.begin(encoder, step);
    clock.seconds += seconds;
    plan.end(encoder, step);
  };
  const left = () => {
    plan.progressOf(ALL)('nothing of the plan', 'step')(0, 1);
    return last.total - last.done;
  };
  return { plan, clock, make, left, whole: () => last };
}

it('expects of an encoder what the same steps of another have taken', () => {
  const { make, left } = planned();
  const before = left();
  make('one', 'linear probe', 2000);
  // Of the other encoder, 2,000 s are left of this step alone.
  expect(left()).toBeGreaterThan(2000);
  expect(left()).toBeGreaterThan(before);
  make('two', 'linear probe', 2100);
  expect(left()).toBeLessThan(2000);
});

it('goes by the rate of the step under way, behind what an earlier run had done of it', () => {
  const { plan, clock, left, whole } = planned();
  const tell = plan.progressOf('one')('linear probe', 'images');
  tell(500, 1000);
  const rest = left();
  clock.seconds += 100;
  tell(600, 1000);
  // A tenth took 100 s, so the four tenths that are left take 400, and the other encoder's own no less than now.
  const { done, total } = whole();
  expect(done).toBe(100);
  const others = rest - 0.5 * 2e-3 * 120_000;
  expect(total - done).toBeCloseTo(400 + others, 6);
});

it('counts no second for what was kept', () => {
  const { plan, left, whole } = planned();
  const all = left();
  plan.end('one', 'linear probe');
  expect(left()).toBeLessThan(all);
  expect(whole().done).toBe(whole().kept);
  expect(whole().kept).toBeGreaterThan(0);
});

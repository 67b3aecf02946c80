import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../domain/random.ts';
import { chooseThreshold, type Judged, selective } from './abstention.ts';

/** Made-up queries whose chance to be wrong is half of what their score lacks to 1. */
function draw(count: number, seed: number): Judged[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const score = random();
    return { score, wrong: random() < (1 - score) / 2 };
  });
}

/** Its true rate of errors above a threshold. */
const trueError = (threshold: number) => (1 - threshold) / 4;

describe('abstention', () => {
  it('keeps the wanted rate of errors as often as it says', () => {
    const rounds = 400;
    const thresholds = Array.from({ length: rounds }, (_, i) =>
      chooseThreshold(draw(300, i), 0.1, 0.9),
    );
    const kept = thresholds.filter((t) => t === null || trueError(t) <= 0.1).length;
    // 90 % with what chance allows over so many rounds (three standard errors).
    expect(kept / rounds).toBeGreaterThanOrEqual(0.9 - 3 * Math.sqrt(0.09 / rounds));
    // It is not kept by refusing to answer.
    const answered = thresholds.map((t) => (t === null ? 0 : 1 - t));
    expect(answered.reduce((sum, share) => sum + share, 0) / rounds).toBeGreaterThan(0.1);
  });

  it('guarantees nothing with too few queries, or too many errors', () => {
    expect(chooseThreshold(draw(20, 1), 0.1, 0.9)).toBeNull();
    const wrong = Array.from({ length: 200 }, (_, i) => ({ score: i, wrong: true }));
    expect(chooseThreshold(wrong, 0.1, 0.9)).toBeNull();
    // 22 right ones are the fewest that rule out a rate of 10 % (0.9 ^ 22 < 0.1).
    const right = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ score: i, wrong: false }));
    expect(chooseThreshold(right(21), 0.1, 0.9)).toBeNull();
    expect(chooseThreshold(right(22), 0.1, 0.9)).toBe(0);
    expect(selective(right(4), 2)).toEqual({ coverage: 0.5, error: 0 });
    expect(selective(wrong, null)).toEqual({ coverage: 0, error: null });
  });
});

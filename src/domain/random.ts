/** A reproducible source of numbers in [0, 1): the same seed gives the same pictures everywhere. */
export type Random = () => number;

/** Marsaglia's xorshift32, seeded through a multiplicative hash. */
export function randomFrom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A number in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

import { randomFrom } from '../../../domain/random.ts';

const SEED = 2;

/**
 * A fixed orthogonal transform: random signs, then a Walsh-Hadamard transform of every part whose size
 * is a power of two (512 and 256 for 768). It spreads a component that stands out over its part, so
 * that one scale for all codes of a row loses little; lengths and products stay as they are.
 */
export class Rotation {
  private readonly signs: Float64Array;

  constructor(private readonly dimension: number) {
    const random = randomFrom(SEED);
    this.signs = Float64Array.from({ length: dimension }, () => (random() < 0.5 ? -1 : 1));
  }

  /** Rotates the first `dimension` numbers in place. */
  apply(vector: Float64Array): void {
    for (let i = 0; i < this.dimension; i++) {
      vector[i] = (vector[i] as number) * (this.signs[i] as number);
    }
    let start = 0;
    while (start < this.dimension) {
      const size = 2 ** Math.floor(Math.log2(this.dimension - start));
      hadamard(vector, start, size);
      start += size;
    }
  }
}

function hadamard(vector: Float64Array, start: number, size: number): void {
  const end = start + size;
  let half = 1;
  // Two steps at a time, which reads and writes half as often.
  for (; 4 * half <= size; half *= 4) {
    for (let at = start; at < end; at += 4 * half) {
      for (let i = at; i < at + half; i++) {
        const a = vector[i] as number;
        const b = vector[i + half] as number;
        const c = vector[i + 2 * half] as number;
        const d = vector[i + 3 * half] as number;
        const [ab, cd, aB, cD] = [a + b, c + d, a - b, c - d];
        vector[i] = ab + cd;
        vector[i + half] = aB + cD;
        vector[i + 2 * half] = ab - cd;
        vector[i + 3 * half] = aB - cD;
      }
    }
  }
  if (2 * half === size) {
    for (let i = start; i < start + half; i++) {
      const a = vector[i] as number;
      const b = vector[i + half] as number;
      vector[i] = a + b;
      vector[i + half] = a - b;
    }
  }
  const scale = 1 / Math.sqrt(size);
  for (let i = start; i < end; i++) vector[i] = (vector[i] as number) * scale;
}

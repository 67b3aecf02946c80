import type { Split } from '../../../domain/splits.ts';
import type { PreparedImage } from './preparation.ts';

/** MT19937 (Matsumoto and Nishimura 1998), seeded as `init_genrand` and numpy's RandomState do. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    const last = state[i - 1] as number;
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
  }
  let at = 624;
  return () => {
    if (at === 624) {
      for (let i = 0; i < 624; i++) {
        const y =
          ((state[i] as number) & 0x80000000) | ((state[(i + 1) % 624] as number) & 0x7fffffff);
        state[i] = (state[(i + 397) % 624] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = state[at] as number;
    at += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/**
 * Divides patients into 90 % for `train` and the rest for `val`: with the same patients in the same order
 * exactly as `train_test_split(patients, train_size=0.9, random_state=seed)` of scikit-learn does, so that
 * the study's splits come out again.
 *
 * @param patients each once, in the order of their first image
 * @param seed whole number from 0 to 2^32 - 1
 * @returns the patients of `val`
 * @testing
 */
export function validationPatients(patients: readonly string[], seed: number): Set<string> {
  const next = mersenneTwister(seed);
  const shuffled = [...patients];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let j = (next() & mask) >>> 0;
    while (j > i) j = (next() & mask) >>> 0;
    [shuffled[i], shuffled[j]] = [shuffled[j] as string, shuffled[i] as string];
  }
  return new Set(shuffled.slice(0, patients.length - Math.floor(0.9 * patients.length)));
}

/**
 * Moves the images of a tenth of the patients from `train` to `val`.
 * @returns all images in the study's order: train, val, test
 */
export function divide(
  images: readonly (PreparedImage & { patient: string })[],
  patients: Iterable<string>,
  seed: number,
): PreparedImage[] {
  const val = validationPatients([...patients], seed);
  const parts: Record<Split, PreparedImage[]> = { train: [], val: [], test: [] };
  for (const image of images) {
    const split = image.split === 'train' && val.has(image.patient) ? 'val' : image.split;
    parts[split].push({ ...image, split });
  }
  return [...parts.train, ...parts.val, ...parts.test];
}

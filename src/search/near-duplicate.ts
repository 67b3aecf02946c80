import { normalise } from '../domain/vectors.ts';

/**
 * Two pictures are near-duplicates when one of these holds: the fewer bits of 64 their perceptual
 * hashes differ in, the less similar their embeddings need to be. An embedding may change much when
 * a picture is brightened, the hash then does not; measured in docs/duplicates.md.
 */
const NEAR_DUPLICATE = [
  { bits: 2, similarity: 0.6 },
  { bits: 4, similarity: 0.98 },
] as const;

/** More bits than these make no near-duplicate. */
export const MOST_BITS = Math.max(...NEAR_DUPLICATE.map(({ bits }) => bits));

/**
 * Whether two pictures are near-duplicates.
 * @param bits in which their perceptual hashes differ
 * @param similarity gives the cosine of their embeddings; asked only when it matters
 */
export function areNearDuplicates(bits: number, similarity: () => number): boolean {
  if (bits > MOST_BITS) return false;
  const cosine = similarity();
  return NEAR_DUPLICATE.some((rule) => bits <= rule.bits && cosine >= rule.similarity);
}

/** A perceptual hash as two halves of 32 bits. */
export function halvesOf(hash: string): [high: number, low: number] {
  return [Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8), 16)];
}

/** Bits that are set in a number of 32 bits. */
export function bitCount(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits in which two perceptual hashes differ. */
export function hammingDistance(a: string, b: string): number {
  const [[aHigh, aLow], [bHigh, bLow]] = [halvesOf(a), halvesOf(b)];
  return bitCount(aHigh ^ bHigh) + bitCount(aLow ^ bLow);
}

/** Cosine similarity of two embeddings. */
export function cosine(a: Float32Array, b: Float32Array): number {
  const [x, y] = [Float32Array.from(a), Float32Array.from(b)];
  normalise(x);
  normalise(y);
  return x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
}

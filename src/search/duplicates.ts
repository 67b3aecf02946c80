import { Slices } from '../runtime/slices.ts';
import { areNearDuplicates, bitCount, cosine, halvesOf, MOST_BITS } from './near-duplicate.ts';

/** An image with what its duplicates are found by. */
export interface Fingerprint {
  id: number;
  contentHash: string;
  /** Perceptual hash; null when it is not known. */
  hash: string | null;
}

/** Images that show the same. */
export interface DuplicateCluster {
  /** `exact`: all files are equal, byte for byte; `near`: some are other forms of the picture. */
  kind: 'exact' | 'near';
  /** Ids, ascending. */
  images: number[];
}

/** How a long comparison is followed and ended. */
interface DuplicateOptions {
  signal?: AbortSignal | undefined;
  progress?: ((done: number, total: number) => void) | undefined;
}

/** Comparisons of two hashes between two looks at the clock. */
const CLOCK = 4096;

/** Sets that are joined. */
class Sets {
  private readonly parents = new Map<number, number>();

  root(id: number): number {
    let root = id;
    for (let up = this.parents.get(root); up !== undefined; up = this.parents.get(root)) root = up;
    for (let at = id; at !== root; ) {
      const next = this.parents.get(at) as number;
      this.parents.set(at, root);
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [x, y] = [this.root(a), this.root(b)];
    if (x !== y) this.parents.set(Math.max(x, y), Math.min(x, y));
  }
}

function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * Pairs of different hashes that differ in at most `MOST_BITS` bits. Cut into one piece more than
 * that, such hashes have a piece in common, so only those with an equal piece are compared (multi-index
 * hashing: Norouzi, Punjani, Fleet, CVPR 2012).
 * @throws the signal's reason
 */
export async function* closeHashes(
  hashes: readonly string[],
  { signal, progress }: DuplicateOptions = {},
): AsyncGenerator<[a: number, b: number, bits: number]> {
  const slices = new Slices(signal, CLOCK);
  const highs = Uint32Array.from(hashes, (hash) => halvesOf(hash)[0]);
  const lows = Uint32Array.from(hashes, (hash) => halvesOf(hash)[1]);
  const pieces = MOST_BITS + 1;
  const edges = Array.from({ length: pieces + 1 }, (_, i) => Math.round((i * 64) / pieces));
  const keys = edges.slice(1).map((end, piece) => {
    const start = edges[piece] as number;
    const mask = (1n << BigInt(end - start)) - 1n;
    return Uint32Array.from(hashes, (hash) =>
      Number((BigInt(`0x${hash}`) >> BigInt(64 - end)) & mask),
    );
  });
  for (const [piece, key] of keys.entries()) {
    const buckets = groupBy(key.keys(), (i) => key[i] as number);
    const before = keys.slice(0, piece);
    // A bucket's work grows with the square of its hashes.
    const work = [...buckets.values()].reduce((sum, { length }) => sum + length ** 2, 0);
    let worked = 0;
    for (const bucket of buckets.values()) {
      for (let i = 0; i < bucket.length; i++) {
        progress?.(hashes.length * (piece + worked / work), hashes.length * pieces);
        worked += bucket.length;
        const a = bucket[i] as number;
        const [high, low] = [highs[a] as number, lows[a] as number];
        for (let j = i + 1; j < bucket.length; j++) {
          if (slices.over()) await slices.pause();
          const b = bucket[j] as number;
          const bits = bitCount(high ^ (highs[b] as number)) + bitCount(low ^ (lows[b] as number));
          // Those that share an earlier piece, too, were found there.
          if (bits <= MOST_BITS && !before.some((each) => each[a] === each[b])) yield [a, b, bits];
        }
      }
    }
  }
}

/**
 * Finds the images that show the same: files that are equal, and near-duplicates.
 * @param vectorOf embedding of an image; without one it has no near-duplicates
 * @param options `progress` is told how many of the hashes were compared, once for each of their pieces
 * @returns clusters of two or more, by their first image
 * @throws the signal's reason
 */
export async function findDuplicates(
  images: readonly Fingerprint[],
  vectorOf: (id: number) => Float32Array | undefined,
  options: DuplicateOptions = {},
): Promise<DuplicateCluster[]> {
  options.signal?.throwIfAborted();
  const sets = new Sets();
  const contents = groupBy(images, ({ contentHash }) => contentHash);
  for (const [first, ...copies] of contents.values()) {
    for (const copy of copies) sets.join((first as Fingerprint).id, copy.id);
  }
  const similarity = (a: number, b: number) => {
    const [x, y] = [vectorOf(a), vectorOf(b)];
    return x === undefined || y === undefined ? Number.NEGATIVE_INFINITY : cosine(x, y);
  };
  const near = (a: number, b: number, bits: number) => {
    if (sets.root(a) === sets.root(b)) return;
    if (areNearDuplicates(bits, () => similarity(a, b))) sets.join(a, b);
  };
  // One image for each content is enough, and one for each cluster within a hash.
  const firsts = [...contents.values()].map(([first]) => first as Fingerprint);
  const hashed = firsts.filter((image) => image.hash !== null);
  const byHash = groupBy(hashed, ({ hash }) => hash as string);
  const slices = new Slices(options.signal);
  const leaders: number[][] = [];
  for (const group of byHash.values()) {
    const found: number[] = [];
    for (const { id } of group) {
      for (const leader of found) near(leader, id, 0);
      if (!found.some((leader) => sets.root(leader) === sets.root(id))) found.push(id);
      if (slices.over()) await slices.pause();
    }
    leaders.push(found);
  }
  for await (const [a, b, bits] of closeHashes([...byHash.keys()], options)) {
    for (const x of leaders[a] as number[]) {
      for (const y of leaders[b] as number[]) near(x, y, bits);
    }
  }
  return [...groupBy(images, ({ id }) => sets.root(id)).values()]
    .filter(({ length }) => length > 1)
    .map((members) => ({
      kind: new Set(members.map(({ contentHash }) => contentHash)).size === 1 ? 'exact' : 'near',
      images: members.map(({ id }) => id),
    }));
}

import { Slices } from '../runtime/slices.ts';
import { areNearDuplicates, bitCount, cosine, halvesOf, MOST_BITS } from './near-duplicate.ts';

/** An image with what its duplicates are found by. */
export interface Fingerprint {
  id: number;
  /** Number of the object that it was read from; the same one has the same number. */
  object: number;
  /** Which picture of the object. */
  frame: number;
  /** Perceptual hash; null when it is not known. */
  hash: string | null;
}

/** Images that show the same. */
export interface DuplicateCluster {
  /** `exact`: all files are equal, byte for byte; `near`: some are other forms of the picture. */
  kind: 'exact' | 'near';
  /** Ids, ascending. */
  images: Int32Array;
}

/** How a long comparison is followed and ended. */
interface DuplicateOptions {
  signal?: AbortSignal | undefined;
  progress?: ((done: number, total: number) => void) | undefined;
}

/** Steps between two looks at the clock. */
const CLOCK = 4096;

/** Perceptual hashes, each as two halves. */
export interface Hashes {
  highs: Uint32Array;
  lows: Uint32Array;
}

/** Images with what their duplicates are found by, as columns of numbers: there may be millions. */
export class Fingerprints {
  /** How many there are. */
  count = 0;
  /** How many of them have no perceptual hash. */
  unhashed = 0;
  readonly ids: Int32Array;
  readonly objects: Int32Array;
  readonly frames: Int32Array;
  readonly hashes: Hashes;
  private readonly known: Uint8Array;

  /** @param most images that there are at the most */
  constructor(most: number) {
    this.ids = new Int32Array(most);
    this.objects = new Int32Array(most);
    this.frames = new Int32Array(most);
    this.hashes = { highs: new Uint32Array(most), lows: new Uint32Array(most) };
    this.known = new Uint8Array(most);
  }

  /** Adds an image; ids come in ascending order. */
  add({ id, object, frame, hash }: Fingerprint): void {
    const at = this.count;
    this.ids[at] = id;
    this.objects[at] = object;
    this.frames[at] = frame;
    if (hash === null) this.unhashed += 1;
    else {
      this.known[at] = 1;
      [this.hashes.highs[at], this.hashes.lows[at]] = halvesOf(hash);
    }
    this.count += 1;
  }

  /** Whether the image at a place has a perceptual hash. */
  isHashed(place: number): boolean {
    return this.known[place] === 1;
  }
}

/** Sets of places that are joined. */
class Sets {
  private readonly parents: Int32Array;

  constructor(count: number) {
    this.parents = new Int32Array(count).map((_, place) => place);
  }

  /** The first place of a set. */
  root(place: number): number {
    const { parents } = this;
    let root = place;
    while (parents[root] !== root) root = parents[root] as number;
    for (let at = place; at !== root; ) {
      const next = parents[at] as number;
      parents[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [x, y] = [this.root(a), this.root(b)];
    this.parents[Math.max(x, y)] = Math.min(x, y);
  }
}

/** Spreads two numbers over 32 bits (the last steps of MurmurHash3). */
function mixed(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ b;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** For each of some places the first of them that has the same two numbers; a place that has none before it has itself. */
async function firstEqual(
  places: Int32Array,
  a: Int32Array | Uint32Array,
  b: Int32Array | Uint32Array,
  slices: Slices,
): Promise<Int32Array> {
  // Open addressing with at least half of the slots empty.
  const size = 2 ** Math.ceil(Math.log2(2 * places.length + 1));
  const slots = new Int32Array(size).fill(-1);
  const firsts = new Int32Array(places.length);
  for (const [i, place] of places.entries()) {
    let slot = mixed(a[place] as number, b[place] as number) & (size - 1);
    for (let other = slots[slot] as number; other >= 0; other = slots[slot] as number) {
      if (a[other] === a[place] && b[other] === b[place]) break;
      slot = (slot + 1) & (size - 1);
    }
    if (slots[slot] === -1) slots[slot] = place;
    firsts[i] = slots[slot] as number;
    if (slices.over()) await slices.pause();
  }
  return firsts;
}

/** Some bits of 64, at most 32, counted from the highest. */
function bitsOf(high: number, low: number, from: number, to: number): number {
  const upper = to <= 32 ? high >>> (32 - to) : from >= 32 ? 0 : high << (to - 32);
  const lower = to <= 32 ? 0 : low >>> (64 - to);
  return (upper | lower) & ((1 << (to - from)) - 1);
}

/**
 * Pairs of different hashes that differ in at most `MOST_BITS` bits, by their places. Cut into one piece more than
 * that, such hashes have a piece in common, so only those with an equal piece are compared (multi-index
 * hashing: Norouzi, Punjani, Fleet, CVPR 2012).
 * @throws the signal's reason
 */
export async function* closeHashes(
  { highs, lows }: Hashes,
  { signal, progress }: DuplicateOptions = {},
): AsyncGenerator<[a: number, b: number, bits: number]> {
  const slices = new Slices(signal, CLOCK);
  const count = highs.length;
  const pieces = MOST_BITS + 1;
  const edges = Array.from({ length: pieces + 1 }, (_, i) => Math.round((i * 64) / pieces));
  const keys = edges.slice(1).map((to, piece) => {
    const from = edges[piece] as number;
    return highs.map((high, i) => bitsOf(high, lows[i] as number, from, to));
  });
  for (const [piece, key] of keys.entries()) {
    const before = keys.slice(0, piece);
    // Places in the order of their keys, and where those of each key end.
    const ends = new Uint32Array(2 ** ((edges[piece + 1] as number) - (edges[piece] as number)));
    for (const each of key) ends[each] = (ends[each] as number) + 1;
    // A bucket's work grows with the square of its hashes.
    const work = ends.reduce((sum, size) => sum + size ** 2, 0);
    for (let i = 1; i < ends.length; i++) ends[i] = (ends[i] as number) + (ends[i - 1] as number);
    const next = ends.map((_, i) => (i === 0 ? 0 : (ends[i - 1] as number)));
    const order = new Uint32Array(count);
    for (const [place, each] of key.entries()) {
      const at = next[each] as number;
      order[at] = place;
      next[each] = at + 1;
    }
    let [worked, start] = [0, 0];
    const tell = () => progress?.(count * (piece + worked / work), count * pieces);
    for (const end of ends) {
      if (end > start) tell();
      for (let i = start; i < end; i++) {
        const a = order[i] as number;
        const [high, low] = [highs[a] as number, lows[a] as number];
        for (let j = i + 1; j < end; j++) {
          if (slices.over()) {
            tell();
            await slices.pause();
          }
          const b = order[j] as number;
          const bits = bitCount(high ^ (highs[b] as number)) + bitCount(low ^ (lows[b] as number));
          // Those that share an earlier piece, too, were found there.
          if (bits <= MOST_BITS && !before.some((each) => each[a] === each[b])) yield [a, b, bits];
        }
        worked += end - start;
      }
      start = end;
    }
  }
}

/** The clusters that were found, one made at a time. */
export class DuplicateClusters implements Iterable<DuplicateCluster> {
  /**
   * @param ids of all clusters, one after the other
   * @param ends of each cluster in `ids`
   * @param kinds 1 where a cluster is of equal files alone
   */
  constructor(
    private readonly ids: Int32Array,
    private readonly ends: Int32Array,
    private readonly kinds: Uint8Array,
  ) {}

  /** How many clusters there are. */
  get length(): number {
    return this.ends.length;
  }

  /** How many images there are in them. */
  get images(): number {
    return this.ids.length;
  }

  *[Symbol.iterator](): Generator<DuplicateCluster> {
    let start = 0;
    for (const [i, end] of this.ends.entries()) {
      yield { kind: this.kinds[i] === 1 ? 'exact' : 'near', images: this.ids.subarray(start, end) };
      start = end;
    }
  }
}

/** Sets of two or more, by their first place. */
function clustersOf({ count, ids }: Fingerprints, sets: Sets, contents: Int32Array) {
  const sizes = new Int32Array(count);
  for (let place = 0; place < count; place++) {
    const root = sets.root(place);
    sizes[root] = (sizes[root] as number) + 1;
  }
  // Where the next image of a set goes, and which cluster it is.
  const [next, numbers] = [new Int32Array(count), new Int32Array(count)];
  let [images, clusters] = [0, 0];
  for (let place = 0; place < count; place++) {
    const size = sizes[place] as number;
    if (size < 2) continue;
    next[place] = images;
    numbers[place] = clusters;
    images += size;
    clusters += 1;
  }
  const found = new Int32Array(images);
  const [ends, kinds] = [new Int32Array(clusters), new Uint8Array(clusters).fill(1)];
  for (let place = 0; place < count; place++) {
    const root = sets.root(place);
    if ((sizes[root] as number) < 2) continue;
    const [at, cluster] = [next[root] as number, numbers[root] as number];
    found[at] = ids[place] as number;
    next[root] = at + 1;
    ends[cluster] = at + 1;
    if (contents[place] !== contents[root]) kinds[cluster] = 0;
  }
  return new DuplicateClusters(found, ends, kinds);
}

/**
 * Finds the images that show the same: files that are equal, and near-duplicates. It takes some 80 bytes of memory
 * for each image.
 * @param vectorOf embedding of an image; without one it has no near-duplicates
 * @param options `progress` is told how many of the hashes were compared, once for each of their pieces
 * @returns clusters of two or more, by their first image
 * @throws the signal's reason
 */
export async function findDuplicates(
  images: Fingerprints,
  vectorOf: (id: number) => Float32Array | undefined,
  options: DuplicateOptions = {},
): Promise<DuplicateClusters> {
  options.signal?.throwIfAborted();
  const { count, ids, hashes } = images;
  const sets = new Sets(count);
  const slices = new Slices(options.signal, CLOCK);
  const all = new Int32Array(count).map((_, place) => place);
  const contents = await firstEqual(all, images.objects, images.frames, slices);
  for (const [place, first] of contents.entries()) sets.join(first, place);
  const similarity = (a: number, b: number) => {
    const [x, y] = [vectorOf(ids[a] as number), vectorOf(ids[b] as number)];
    return x === undefined || y === undefined ? Number.NEGATIVE_INFINITY : cosine(x, y);
  };
  const near = (a: number, b: number, bits: number) => {
    if (sets.root(a) === sets.root(b)) return;
    if (areNearDuplicates(bits, () => similarity(a, b))) sets.join(a, b);
  };
  // One image for each content is enough, and one for each cluster within a hash: its leaders, each with the next one.
  const hashed = all.filter((place) => contents[place] === place && images.isHashed(place));
  const firsts = await firstEqual(hashed, hashes.highs, hashes.lows, slices);
  const next = new Int32Array(count).fill(-1);
  const looks = new Slices(options.signal);
  for (const [i, place] of hashed.entries()) {
    const first = firsts[i] as number;
    if (first === place) continue;
    for (let leader = first; leader >= 0; leader = next[leader] as number) near(leader, place, 0);
    let last = first;
    while (sets.root(last) !== sets.root(place) && next[last] !== -1) last = next[last] as number;
    if (sets.root(last) !== sets.root(place)) next[last] = place;
    if (looks.over()) await looks.pause();
  }
  const heads = hashed.filter((place, i) => firsts[i] === place);
  const ofHeads = (halves: Uint32Array) =>
    new Uint32Array(heads.length).map((_, i) => halves[heads[i] as number] as number);
  const distinct = { highs: ofHeads(hashes.highs), lows: ofHeads(hashes.lows) };
  for await (const [a, b, bits] of closeHashes(distinct, options)) {
    for (let x = heads[a] as number; x >= 0; x = next[x] as number) {
      for (let y = heads[b] as number; y >= 0; y = next[y] as number) near(x, y, bits);
    }
  }
  return clustersOf(images, sets, contents);
}

/** A set of ids that can only be looked at. */
export interface IdSet extends Iterable<number> {
  readonly size: number;
  has(id: number): boolean;
}

/** Ones among 32 bits (Hacker's Delight, 5-1). */
function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A set of whole numbers from 0 on, one bit each; it iterates in ascending order. */
export class IdBitmap implements IdSet {
  private known: number | undefined;

  /** @param words the bit of an id is bit `id % 32` of word `id / 32` */
  constructor(readonly words: Uint32Array<SharedArrayBuffer | ArrayBuffer>) {}

  /** An empty set for ids up to `most`, in memory that threads can share. */
  static upTo(most: number): IdBitmap {
    return new IdBitmap(new Uint32Array(new SharedArrayBuffer(4 * ((most >>> 5) + 1))));
  }

  get size(): number {
    if (this.known === undefined) {
      let count = 0;
      for (const word of this.words) count += ones(word);
      this.known = count;
    }
    return this.known;
  }

  has(id: number): boolean {
    return (((this.words[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
  }

  /** Adds an id, which must not lie above those it was made for. */
  add(id: number): void {
    this.words[id >>> 5] = (this.words[id >>> 5] as number) | (1 << (id & 31));
    this.known = undefined;
  }

  delete(id: number): void {
    if (id >>> 5 >= this.words.length) return;
    this.words[id >>> 5] = (this.words[id >>> 5] as number) & ~(1 << (id & 31));
    this.known = undefined;
  }

  /** A set of the same ids for ids up to `most`. */
  copy(most: number): IdBitmap {
    const copy = IdBitmap.upTo(most);
    copy.words.set(this.words.subarray(0, copy.words.length));
    return copy;
  }

  /** Leaves the ids that are in the other set too, or with `not` those that are not. */
  keep(other: IdBitmap, not = false): void {
    for (let i = 0; i < this.words.length; i++) {
      const word = other.words[i] ?? 0;
      this.words[i] = (this.words[i] as number) & (not ? ~word : word);
    }
    this.known = undefined;
  }

  /** How many ids there are up to an id, with itself. */
  rank(id: number): number {
    const at = Math.floor(id / 32);
    if (at >= this.words.length) return this.size;
    let count = ones((this.words[at] as number) & (0xffffffff >>> (31 - (id & 31))));
    for (let i = 0; i < at; i++) count += ones(this.words[i] as number);
    return count;
  }

  /** So many ids from a place in their ascending order on. */
  slice(offset: number, limit: number): number[] {
    const found: number[] = [];
    let before = 0;
    for (let i = 0; i < this.words.length && found.length < limit; i++) {
      let word = this.words[i] as number;
      const count = ones(word);
      if (before + count > offset) {
        for (let at = before; word !== 0 && found.length < limit; at++) {
          if (at >= offset) found.push((i << 5) + 31 - Math.clz32(word & -word));
          word &= word - 1;
        }
      }
      before += count;
    }
    return found;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.words.length; i++) {
      for (let word = this.words[i] as number; word !== 0; word &= word - 1) {
        yield (i << 5) + 31 - Math.clz32(word & -word);
      }
    }
  }
}

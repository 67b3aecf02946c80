import { hash } from 'node:crypto';

/** Words of 32 bits that are kept of a digest: two of a billion keys have them in common once in 10^20 times. */
const WORDS = 4;

/**
 * Numbers keys from 0 on in the order in which they come. Of each the first 128 bits of its SHA-256 are kept, not the
 * text: 28 bytes or so for one of millions.
 */
export class KeyIndex {
  private count = 0;
  private digests = new Int32Array(WORDS * 1024);
  /** Number of the key whose digest leads to a place or to one before it, plus 1; 0 for none. */
  private places = new Int32Array(2048);
  private readonly digest = new Int32Array(WORDS);
  /** The key that `digest` is of. */
  private last: string | undefined;

  get size(): number {
    return this.count;
  }

  /** The number of a key, or undefined. */
  get(key: string): number | undefined {
    this.digestOf(key);
    const found = (this.places[this.find()] as number) - 1;
    return found < 0 ? undefined : found;
  }

  /** The number of a key, which is `size` before the call where the key is new. */
  add(key: string): number {
    this.digestOf(key);
    const place = this.find();
    const found = (this.places[place] as number) - 1;
    if (found >= 0) return found;
    if (WORDS * (this.count + 1) > this.digests.length) {
      const longer = new Int32Array(2 * this.digests.length);
      longer.set(this.digests);
      this.digests = longer;
    }
    this.digests.set(this.digest, WORDS * this.count);
    this.count += 1;
    this.places[place] = this.count;
    if (2 * this.count > this.places.length) this.grow();
    return this.count - 1;
  }

  private digestOf(key: string): void {
    // Who adds a key has often asked for it before.
    if (key === this.last) return;
    this.last = key;
    const bytes = hash('sha256', key, 'buffer');
    for (let i = 0; i < WORDS; i++) this.digest[i] = bytes.readInt32LE(4 * i);
  }

  /** Where the digest's key is, or would be. */
  private find(): number {
    const { places, digests, digest } = this;
    const mask = places.length - 1;
    let place = (digest[0] as number) & mask;
    for (;;) {
      const at = WORDS * ((places[place] as number) - 1);
      if (at < 0) return place;
      let same = true;
      for (let i = 0; i < WORDS; i++) same &&= digests[at + i] === digest[i];
      if (same) return place;
      place = (place + 1) & mask;
    }
  }

  private grow(): void {
    const places = new Int32Array(2 * this.places.length);
    const mask = places.length - 1;
    for (let i = 0; i < this.count; i++) {
      let place = (this.digests[WORDS * i] as number) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = i + 1;
    }
    this.places = places;
  }
}

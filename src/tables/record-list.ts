/** Bytes of one buffer of a list. */
const CHUNK = 2 ** 24;
/** Places of a chunk: bits of a record's place that are its offset. */
const OFFSETS = 2 ** 32;

/**
 * A list of records of JSON that are kept as bytes in few large buffers: millions of them take neither objects
 * nor V8's heap, and some microseconds each to be read.
 */
export class RecordList<T> implements Iterable<T> {
  private readonly chunks: Buffer[] = [];
  private used = 0;
  /** Chunk and offset of each record, and its bytes. */
  private places = new Float64Array(1024);
  private lengths = new Int32Array(1024);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(record: T): void {
    if (this.count === this.lengths.length) {
      this.places = longer(this.places, new Float64Array(2 * this.count));
      this.lengths = longer(this.lengths, new Int32Array(2 * this.count));
    }
    this.count += 1;
    this.set(this.count - 1, record);
  }

  /** Puts another record in the place of one; the bytes of the old one stay taken. */
  set(i: number, record: T): void {
    const text = JSON.stringify(record);
    const most = 3 * text.length;
    let chunk = this.chunks.at(-1);
    if (chunk === undefined || this.used + most > chunk.length) {
      chunk = Buffer.allocUnsafe(Math.max(CHUNK, most));
      this.chunks.push(chunk);
      this.used = 0;
    }
    const bytes = chunk.write(text, this.used);
    this.places[i] = (this.chunks.length - 1) * OFFSETS + this.used;
    this.lengths[i] = bytes;
    this.used += bytes;
  }

  /** Record `i`, as a copy of its own. */
  at(i: number): T {
    const place = this.places[i] as number;
    const start = place % OFFSETS;
    const chunk = this.chunks[Math.floor(place / OFFSETS)] as Buffer;
    return JSON.parse(chunk.toString('utf8', start, start + (this.lengths[i] as number)));
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.count; i++) yield this.at(i);
  }
}

function longer<A extends Float64Array | Int32Array>(old: A, grown: A): A {
  grown.set(old);
  return grown;
}

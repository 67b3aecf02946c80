/**
 * What the shards of one scan tell each other: for each of its queries, a similarity that so many rows of the shard
 * reach that those of all shards together are k. Each shard would come to know of k rows of its own only later.
 */
export class Floors {
  private readonly word = new Int32Array(1);
  private readonly number = new Float32Array(this.word.buffer);

  /**
   * @param bits 32-bit floats in memory that all shards see, those of a query one after the other; first what is
   *   proved of all queries, then what is likely
   * @param shard which of the `shards` this is
   */
  constructor(
    private readonly bits: Int32Array,
    private readonly shard: number,
    private readonly shards: number,
  ) {}

  /** @param value a 32-bit float; larger than before */
  publish(query: number, value: number): void {
    this.write(query * this.shards, value);
  }

  /** What k rows of all shards reach. */
  reached(query: number): number {
    return this.least(query * this.shards);
  }

  /** As `publish`, of what a sample makes likely; what a larger one does may be less. */
  suggest(query: number, value: number): void {
    this.write((this.bits.length >> 1) + query * this.shards, value);
  }

  /** What k rows of all shards probably reach. */
  hoped(query: number): number {
    return this.least((this.bits.length >> 1) + query * this.shards);
  }

  private write(at: number, value: number): void {
    this.number[0] = value;
    Atomics.store(this.bits, at + this.shard, this.word[0] as number);
  }

  private least(first: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let at = first; at < first + this.shards; at++) {
      this.word[0] = Atomics.load(this.bits, at);
      least = Math.min(least, this.number[0] as number);
    }
    return least;
  }
}

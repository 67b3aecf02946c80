import { Floors } from './floors.ts';

/** What a scan needs room for. */
export interface RoomSize {
  dimension: number;
  queries: number;
  shards: number;
  /** Rows that each shard can answer for all queries together. */
  answers: number;
}

/** What a shard answers. */
export interface RoomForAnswers {
  /** Rows of each query; -1 where they were too many, and it has to be answered otherwise. */
  counts: Int32Array;
  /** What k rows of all shards were taken to reach, and what is below was left out; to be proved by whoever asks. */
  hoped: Float64Array;
  /** Those of one query after those of the other. */
  rows: Int32Array;
  similarities: Float64Array;
}

/**
 * Memory of one scan that all its shards see: its queries, what shards tell each other, and their answers. What goes
 * from thread to thread in messages is copied twice.
 */
export class ScanRoom {
  /** Unit vectors, one after the other. */
  readonly queries: Float64Array;
  private readonly at: ReturnType<typeof startsOf>;

  /**
   * @param size as it was made for
   * @param buffer of another room, in another thread
   */
  constructor(
    readonly size: RoomSize,
    readonly buffer = new SharedArrayBuffer(startsOf(size).end),
  ) {
    this.at = startsOf(size);
    this.queries = new Float64Array(buffer, 0, size.queries * size.dimension);
  }

  /** Forgets what shards have told, before it is used for other queries. */
  clear(): void {
    const { queries, shards } = this.size;
    const floors = new Float32Array(this.buffer, this.at.floors, 2 * shards * queries);
    floors.fill(Number.NEGATIVE_INFINITY);
  }

  /** What a shard tells the others, and is told. */
  floors(shard: number): Floors {
    const { queries, shards } = this.size;
    const floors = new Int32Array(this.buffer, this.at.floors, 2 * shards * queries);
    return new Floors(floors, shard, shards);
  }

  answers(shard: number): RoomForAnswers {
    const { at } = this;
    const { queries, answers } = this.size;
    return {
      counts: new Int32Array(this.buffer, at.counts + 4 * shard * queries, queries),
      hoped: new Float64Array(this.buffer, at.hoped + 8 * shard * queries, queries),
      rows: new Int32Array(this.buffer, at.rows + 4 * shard * answers, answers),
      similarities: new Float64Array(this.buffer, at.similarities + 8 * shard * answers, answers),
    };
  }
}

/** Where the parts of a room begin, in bytes; numbers of 64 bits first. */
function startsOf({ dimension, queries, shards, answers }: RoomSize) {
  const hoped = 8 * queries * dimension;
  const similarities = hoped + 8 * shards * queries;
  const floors = similarities + 8 * shards * answers;
  const counts = floors + 8 * shards * queries;
  const rows = counts + 4 * shards * queries;
  return { hoped, similarities, floors, counts, rows, end: rows + 4 * shards * answers };
}

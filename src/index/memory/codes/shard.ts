import { randomFrom } from '../../../domain/random.ts';
import { dot } from '../../../domain/vectors.ts';
import { GraphBuilder } from '../../../runtime/onnx/graph-builder.ts';
import { type RuntimeTensor, Session, toRuntimeTensor } from '../../../runtime/session.ts';
import { type Candidates, type RankedRows, sortRanking } from '../candidates.ts';
import type { Rows } from '../row-matrix.ts';
import {
  BATCH,
  CHUNK,
  CLASSES,
  CodedRows,
  codeWidth,
  LISTED,
  type ShardOptions,
  SLACK,
} from './coded-rows.ts';
import type { Floors } from './floors.ts';
import { instantiateKernel, type Kernel, PAIR_SUM, type RoughKernel } from './kernel.ts';
import { rankBest, rankOthers } from './rank-survivors.ts';
import { type RoomForAnswers, type RoomSize, ScanRoom } from './room.ts';
import { type RoundedQuery, round } from './rounding.ts';
import { rankOf, type Sample, sampleOf } from './sample.ts';
import { type SketchedQuery, Sketcher, TRAITS } from './sketch.ts';
import { DOUBT, Survivors } from './survivors.ts';

/** Passes over the chunks of a batch, of which the first tells what the others will find. */
const PASSES = 3;
/** Chunks of a batch between two looks at what other shards have told. */
const LOOK = 8;
/** Rows of the first chunks, before floors are known. */
const FIRST_CHUNK = 256;
/**
 * How queries in a batch are rounded, by what the product of this processor can hold. Without VNNI it adds two products in
 * 16 bits with saturation: of neighbours, as a rule, which then may be PAIR_SUM together; of any two with 2 x 255 x 64 < 2^15.
 */
type Levels = 'exact' | 'neighbours' | 'any two';
const LEVELS = { exact: 127, 'any two': 64 };
/** Shares of products from which looking at few components first is slower: alone, and many at once. */
const TOO_MANY = { one: 0.5, many: 0.3 };
/** Rows of a sample, for one query and for many at once. */
const SAMPLE = { one: 512, many: CHUNK };
/** Chunks without the few components before they are tried again. */
const PAUSE = 16;

/** Rows that may be found: all, or those listed (ascending), or those whose mask is not 0. */
export interface ShardSelection {
  rows?: Uint32Array;
  mask?: Uint8Array;
}

/** What is asked of a shard. */
export interface ShardRequest {
  /** The memory of the scan, which of its shards this is, and the rows that all look for. */
  scan: { buffer: SharedArrayBuffer; size: RoomSize; shard: number; k: number };
  /** No more than the rows that may be found. */
  k: number;
  selection: ShardSelection;
  /** Rows a query may keep before it is given up. */
  most: number;
  /** Whether the rows themselves are there, to compute similarities from. */
  isThere: boolean;
  /** Whether a sample may tell what is left out, and of many queries the rows of every third chunk another time. */
  sampled: boolean;
  even: boolean;
}

/**
 * Rows that may be among the k best of each query, those of one query after those of the other, and what is known of
 * them; how many of each query stands in the memory of the scan. Undefined where they are there too.
 */
export type ShardAnswer = Candidates | RankedRows | undefined;

/** A request at work. */
interface Asked extends Omit<ShardRequest, 'scan'> {
  floors: Floors;
  /** Rows of this shard that, with as many of each other, are k. */
  share: number;
}

function sumsGraph(): Uint8Array {
  const g = new GraphBuilder('code_sums');
  const codes = g.input('codes', 'uint8', ['rows', 'width']);
  const queries = g.input('queries', 'int8', ['width', 'queries']);
  g.multi('MatMulInteger', [codes, queries], ['sums']);
  g.output('sums', 'int32', ['rows', 'queries']);
  return g.build();
}

/** Finds out what this processor's product can hold, with one row and with many. */
async function levelsOf(session: Session, dimension: number): Promise<Levels> {
  const width = codeWidth(dimension);
  const largest = new Int8Array(width * 16).fill(LEVELS.exact);
  // Neighbours that are PAIR_SUM together, so drawn that any other two are more in some query.
  const neighbours = new Int8Array(width * 16);
  const random = randomFrom(1);
  for (let i = 0; i < neighbours.length; i++) {
    const isSecond = Math.floor(i / 16) % 2 === 1;
    const first = random() < 0.5 ? 1 : PAIR_SUM - 1;
    neighbours[i] = isSecond ? PAIR_SUM - (neighbours[i - 16] as number) : first;
  }
  const holds = async (queries: Int8Array, sum: number) => {
    for (const rows of [1, CHUNK]) {
      const { sums } = await session.run({
        codes: { dims: [rows, width], data: new Uint8Array(rows * width).fill(255) },
        queries: { dims: [width, 16], data: queries },
      });
      if (!(sums?.data as Int32Array).every((each) => each === sum)) return false;
    }
    return true;
  };
  if (await holds(largest, width * 255 * LEVELS.exact)) return 'exact';
  return (await holds(neighbours, (width / 2) * 255 * PAIR_SUM)) ? 'neighbours' : 'any two';
}

/** The most that two neighbouring numbers, the first of them at an even place, are together. */
function largestPair(query: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < query.length; i += 2) {
    largest = Math.max(largest, Math.abs(query[i] as number) + Math.abs(query[i + 1] ?? 0));
  }
  return largest;
}

/** Coded rows that tell which of them may be among the best. */
export class CodedShard extends CodedRows {
  private readonly kernel: Kernel;
  private readonly roughKernel: RoughKernel | undefined;
  private readonly foundRows: Int32Array;
  private readonly foundUppers: Float32Array;
  private readonly rounded: Int16Array;
  /** Of the rows that were there. */
  private classes: { rows: number; least: number; per: number } | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    options: ShardOptions,
    private readonly session: Session,
    private readonly levels: Levels,
    sketcher: Sketcher | undefined,
  ) {
    super(options, sketcher);
    this.rounded = new Int16Array(this.width);
    this.kernel = instantiateKernel(options.modules.kernel, this.memory);
    this.roughKernel =
      options.modules.rough && instantiateKernel(options.modules.rough, this.memory);
    this.foundRows = this.whole(this.at.found + 16, BATCH * LISTED * 2);
    this.foundUppers = this.floats(this.at.found + 16, BATCH * LISTED * 2);
  }

  /** @throws RangeError when there is no memory for it */
  static async create(options: ShardOptions): Promise<CodedShard> {
    const session = await Session.load(sumsGraph(), { threads: 1 });
    const { axes, dimension } = options;
    const sketcher = axes && (await Sketcher.create(axes, dimension));
    return new CodedShard(options, session, await levelsOf(session, dimension), sketcher);
  }

  /** The rows that may be among the k best of each query. Requests are answered one after the other. */
  scan(request: ShardRequest): Promise<ShardAnswer> {
    const answer = this.queue.then(() => this.answer(request));
    this.queue = answer.catch(() => undefined);
    return answer;
  }

  /** Frees the graph. */
  async release(): Promise<void> {
    await this.queue;
    await this.session.release();
    await this.sketcher?.release();
  }

  private async answer({ scan, ...asked }: ShardRequest): Promise<ShardAnswer> {
    const room = new ScanRoom(scan.size, scan.buffer);
    const share = Math.min(asked.k, Math.ceil(scan.k / scan.size.shards));
    const request: Asked = { ...asked, floors: room.floors(scan.shard), share };
    const { dimension, mean } = this.options;
    // Listed rows are copied together, which costs more than the few components would spare.
    const sketched =
      this.sketcher && request.selection.rows === undefined
        ? await this.sketcher.queries(room.queries)
        : [];
    const all = room.queries.slice();
    const queries = Array.from({ length: scan.size.queries }, (_, number): ShardQuery => {
      const unit = room.queries.subarray(number * dimension, (number + 1) * dimension);
      const rotated = all.subarray(number * dimension, (number + 1) * dimension);
      const common = dot(rotated, mean);
      this.rotation.apply(rotated);
      return { number, unit, rotated, common, sketched: sketched[number] };
    });
    const found =
      queries.length === 1
        ? [this.scanOne(queries[0] as ShardQuery, request)]
        : await this.scanBatch(queries, request);
    return this.tell(queries, found, request, room.answers(scan.shard));
  }

  /** Writes what was found into the memory of the scan; all but how much it is into some of its own without room. */
  private tell(
    queries: readonly ShardQuery[],
    found: readonly Survivors[],
    request: Asked,
    room: RoomForAnswers,
  ): ShardAnswer {
    const own = this.rowsOf(request);
    const { k } = request;
    const total = found.reduce((sum, survivors) => sum + survivors.count, 0);
    const isRoom = own !== undefined && total <= room.rows.length;
    const rows = isRoom ? room.rows : new Int32Array(total);
    const first = isRoom ? room.similarities : new Float64Array(total);
    const second = new Float64Array(own ? 0 : total);
    const asked = queries.map(({ unit, common }, q) => ({
      ...{ unit, common, survivors: found[q] as Survivors, ranked: 0 },
    }));
    let at = 0;
    const next = ({ survivors }: { survivors: Survivors }) => {
      const to = { rows: rows.subarray(at), found: first.subarray(at) };
      at += survivors.count;
      return to;
    };
    if (own) {
      // The best of all queries first, so that other shards have told of theirs when it comes to what is left.
      for (const one of asked) {
        one.ranked = rankBest(one.survivors, own, one.unit, one.common, next(one));
      }
      at = 0;
    }
    let used = 0;
    for (const [q, one] of asked.entries()) {
      const { survivors, unit, common } = one;
      const start = at;
      const to = next(one);
      const count = own
        ? rankOthers(survivors, own, unit, to, one.ranked)
        : survivors.bounds(common, to.rows, to.found, second.subarray(start));
      if (own) sortRanking(to.rows, to.found, count);
      const told = own ? Math.min(count, k) : count;
      for (const all of [rows, first, second]) all.copyWithin(used, start, start + told);
      used += told;
      room.counts[q] = survivors.overflowed ? -1 : told;
      room.hoped[q] = survivors.hoped + common;
    }
    if (isRoom) return undefined;
    return own ? { rows, similarities: first } : { rows, lowers: first, uppers: second };
  }

  /** The rows themselves, where similarities can be computed from them. */
  private rowsOf(request: Asked): Rows | undefined {
    return request.isThere ? this.options.own : undefined;
  }

  /** One query, bound by the memory's speed: as 16-bit numbers, or first as 8-bit ones where that is quicker. */
  private scanOne(query: ShardQuery, request: Asked): Survivors {
    const { at, width } = this;
    const { number, rotated, sketched } = query;
    const { selection } = request;
    const fine = this.roundFine(rotated, 0);
    const rough = this.roughKernel && this.roundRough(rotated);
    const few = sketched && this.roundFew(sketched.along);
    const fewMargin = few && this.fewMargin(few);
    const survivors = this.starting(request)(number, fine);
    const sample = this.sampleOf(request, SAMPLE.one);
    const rows = sample && this.listed(sample, selection);
    if (rows) {
      for (let i = 0; i < rows.length; i++) this.foundRows[2 * i] = rows[i] as number;
      this.refine({ start: 0, ...at }, fine, Number.NEGATIVE_INFINITY, rows.length);
      for (let i = 0; i < rows.length; i++) {
        survivors.add(rows[i] as number, this.foundUppers[2 * i + 1] as number);
      }
      survivors.hopeFor(sample.rank, sample.shareRank);
      survivors.count = 0;
    }
    const out = at.found + 16;
    const looked = this.whole(at.found, 4);
    let pause = 0;
    for (const chunk of this.chunks(selection, rows ? CHUNK : FIRST_CHUNK)) {
      const { codes, scales, errors } = chunk;
      const scan = [
        ...([codes, scales, errors, chunk.rows, width, at.fine, fine.offset, fine.factor] as const),
        ...([survivors.floor(), out] as const),
      ] as const;
      let appended: number;
      if (few !== undefined && pause-- <= 0) {
        appended = this.kernel.scan_sketched(
          at.few + chunk.start * this.few,
          at.traits + 4 * TRAITS * chunk.start,
          this.few,
          at.alone,
          few.offset,
          few.factor,
          sketched?.inner ?? 0,
          sketched?.outer ?? 0,
          sketched?.common ?? 0,
          survivors.floor(fewMargin),
          ...scan,
        );
        if (chunk.start > CHUNK && (looked[3] as number) > TOO_MANY.one * chunk.rows) pause = PAUSE;
      } else if (this.roughKernel !== undefined && rough !== undefined) {
        const floor = survivors.floor(rough.error * this.longest);
        const { offset, factor } = rough;
        const asked = [at.rough, offset, factor, floor, out] as const;
        appended = this.roughKernel.scan(codes, scales, errors, chunk.rows, width, ...asked);
        appended = this.refine({ ...chunk, start: 0 }, fine, survivors.floor(), appended);
      } else appended = this.kernel.scan(...scan);
      this.collect(survivors, 0, appended, chunk.start, selection);
      if (survivors.overflowed) break;
    }
    survivors.settle();
    return survivors;
  }

  /** The sample that is looked at before, of so many rows at most: where it may tell what is left out. */
  private sampleOf(request: Asked, most: number): Sample | undefined {
    const { selection, k, share, sampled } = request;
    // Without similarities nothing is proved in the end.
    if (!sampled || this.rowsOf(request) === undefined) return undefined;
    return sampleOf(this.count(selection), k, share, most);
  }

  /** Looks again, with the fine numbers of one query, at rows that are listed; returns how many reach the floor. */
  private refine(
    chunk: Omit<Chunk, 'rows'>,
    { offset, factor }: RoundedQuery,
    floor: number,
    count: number,
  ): number {
    const { at, width } = this;
    const query = [at.fine, offset, factor, floor] as const;
    return this.kernel.refine(...this.base(chunk), width, ...query, at.found + 16, count);
  }

  /** Where codes, scales and errors would begin, so that the numbers of a chunk's rows begin at its start. */
  private base({ start, codes, scales, errors }: Omit<Chunk, 'rows'>) {
    return [codes - start * this.width, scales - 4 * start, errors - 4 * start] as const;
  }

  /** Many queries in one product a chunk, with fewer bits; what passes, again with 16 bits. */
  private async scanBatch(queries: readonly ShardQuery[], request: Asked): Promise<Survivors[]> {
    const { at, width } = this;
    const { selection } = request;
    const start = this.starting(request);
    const padded = Math.ceil(queries.length / 16) * 16;
    const numbers = new Int8Array(this.memory.buffer, at.rough, width * padded).fill(0);
    // In the order that the kernel expects.
    const parameter = (i: number) => at.parameters + 4 * i * padded;
    // Where there is no query, what an earlier batch has left is read as numbers of another kind.
    this.floats(parameter(0), 12 * padded).fill(0);
    const offsets = this.whole(parameter(0), padded);
    const factors = this.floats(parameter(1), padded);
    const floors = this.floats(parameter(2), padded).fill(Number.POSITIVE_INFINITY);
    const fineOffsets = this.whole(parameter(3), padded);
    const fineFactors = this.floats(parameter(4), padded);
    const fineFloors = this.floats(parameter(5), padded);
    const fewOffsets = this.whole(parameter(6), padded);
    const fewFactors = this.floats(parameter(7), padded);
    const fewFloors = this.floats(parameter(8), padded).fill(Number.POSITIVE_INFINITY);
    const inners = this.floats(parameter(9), padded);
    const outers = this.floats(parameter(10), padded);
    const commons = this.floats(parameter(11), padded);
    const fewNumbers = new Int8Array(this.memory.buffer, at.together, this.few * padded).fill(0);
    const counts = this.whole(at.counts, padded);
    const found = queries.map(({ rotated, sketched: one }, q) => {
      const rough = this.roundMany(rotated, numbers, q, padded);
      const fine = this.roundFine(rotated, q);
      offsets[q] = rough.offset;
      factors[q] = rough.factor;
      fineOffsets[q] = fine.offset;
      fineFactors[q] = fine.factor;
      const survivors = start(q, fine);
      let fewMargin = 0;
      if (one !== undefined) {
        const few = this.roundMany(one.along, fewNumbers, q, padded);
        fewOffsets[q] = few.offset;
        fewFactors[q] = few.factor;
        inners[q] = one.inner;
        outers[q] = one.outer;
        commons[q] = one.common;
        fewMargin = this.fewMargin(few);
      }
      return { survivors, margin: rough.error * this.longest, fewMargin };
    });
    const tensor = toRuntimeTensor({ dims: [width, padded], data: numbers });
    const fewTensor = toRuntimeTensor({ dims: [this.few, padded], data: fewNumbers });
    const multiply = async (rows: number, codes: number, wide: number, queries: RuntimeTensor) => {
      const data = this.whole(at.sums, rows * padded);
      await this.session.runInto(
        { codes: { dims: [rows, wide], data: this.bytes(codes, rows * wide) }, queries },
        { sums: { dims: [rows, padded], data } },
      );
    };
    const sample = this.sampleOf(request, SAMPLE.many);
    const sampled = sample && this.listed(sample, selection);
    if (sampled) {
      this.gather(sampled.length);
      await multiply(sampled.length, at.gatheredCodes, width, tensor);
      const { scores, places } = this.bestOfSums(sampled.length, padded, sample.rank);
      for (const [q, { survivors, margin }] of found.entries()) {
        const likely = (rank: number) => {
          const at = q * sample.rank + rank - 1;
          const row = sampled[places[at] as number] as number;
          return (scores[at] as number) - DOUBT * (margin + (this.errors[row] as number));
        };
        survivors.hope(likely(sample.rank), likely(sample.shareRank));
      }
    }
    const classes = this.classify();
    counts.fill(0);
    const before = this.whole(at.before, padded);
    let pause = this.sketcher && selection.rows === undefined ? 0 : Number.POSITIVE_INFINITY;
    let look = 0;
    let scanned = 0;
    const total = this.count(selection);
    const take = (q: number) => {
      const { survivors } = found[q] as (typeof found)[number];
      this.collect(survivors, q, counts[q] as number, 0, selection);
      counts[q] = 0;
      look = 0;
    };
    for (const chunk of this.chunks(
      selection,
      sampled ? CHUNK : FIRST_CHUNK,
      sampled ? PASSES : 1,
    )) {
      if (request.even && sampled && chunk.start === CHUNK) {
        const tell = (rows: number) => rankOf((rows * scanned) / total);
        const [rank, shareRank] = [tell(request.k), tell(request.share)];
        for (const [q, { survivors }] of found.entries()) {
          take(q);
          survivors.hopeFor(rank, shareRank);
        }
      }
      scanned += chunk.rows;
      const few = (sampled !== undefined || chunk.start >= CHUNK) && pause-- <= 0;
      if (few) await multiply(chunk.rows, at.few + chunk.start * this.few, this.few, fewTensor);
      else await multiply(chunk.rows, chunk.codes, width, tensor);
      if (look-- <= 0) {
        look = LOOK;
        found.forEach(({ survivors, margin, fewMargin }, q) => {
          floors[q] = survivors.floor(margin);
          fineFloors[q] = survivors.floor();
          fewFloors[q] = survivors.floor(fewMargin);
        });
        this.kernel.limit(at.classes, padded, at.parameters, at.limits);
      }
      const { start, rows } = chunk;
      before.set(counts);
      const lists = [at.counts, at.found + 16, LISTED * 8] as const;
      if (few) {
        const traits = at.traits + 4 * TRAITS * start;
        const looked = this.kernel.select_sketched(
          ...([start, at.sums, traits, rows, padded, parameter(6)] as const),
          ...lists,
        );
        if (looked > TOO_MANY.many * rows * queries.length) pause = PAUSE;
      } else {
        this.kernel.select(
          ...([start, at.sums, chunk.scales, rows, padded, at.limits] as const),
          ...([classes.least, classes.per] as const),
          ...lists,
        );
      }
      this.kernel.refine_all(
        ...this.base(chunk),
        ...([width, at.fine, queries.length, parameter(3), padded, at.before] as const),
        ...lists,
      );
      // Without a sample, what has been found tells what to look for next.
      const many = sampled ? CHUNK : 0;
      for (let q = 0; q < queries.length; q++) if ((counts[q] as number) > many) take(q);
    }
    return found.map(({ survivors }, q) => {
      take(q);
      survivors.settle();
      return survivors;
    });
  }

  /** Tells the kernel what the rows of each class have at most; classes lie between these scales. */
  private classify(): { least: number; per: number } {
    const { at, filled } = this;
    if (this.classes?.rows === filled) return this.classes;
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const scale of this.floats(at.scales, filled)) {
      least = Math.min(least, scale);
      most = Math.max(most, scale);
    }
    const per = most > least ? Math.fround(CLASSES / (most - least)) : 0;
    const classes = this.floats(at.classes, 3 * CLASSES).fill(0);
    for (let i = 1; i < classes.length; i += 3) classes[i] = Number.POSITIVE_INFINITY;
    this.kernel.classify(at.scales, at.errors, filled, least, per, at.classes);
    this.classes = { rows: filled, least, per };
    return this.classes;
  }

  /** Of sums of a sample's rows the best of each query, best first, query after query. */
  private bestOfSums(
    rows: number,
    queries: number,
    best: number,
  ): { scores: Float32Array; places: Int32Array } {
    const { at } = this;
    const worst = at.found + 16;
    const scores = worst + 4 * queries;
    const places = scores + 4 * queries * best;
    this.floats(worst, queries * (1 + best)).fill(Number.NEGATIVE_INFINITY);
    this.whole(places, queries * best).fill(0);
    const sums = [at.sums, at.gatheredScales, rows, queries, at.parameters] as const;
    this.kernel.best_of(...sums, best, worst, scores, places);
    return {
      scores: this.floats(scores, queries * best),
      places: this.whole(places, queries * best),
    };
  }

  /** Rows that a selection lists, or all. */
  private count({ rows }: ShardSelection): number {
    return rows?.length ?? this.filled;
  }

  /** Lists the rows of a sample; undefined where too few of them may be found. */
  private listed({ first, step, rank }: Sample, selection: ShardSelection): Int32Array | undefined {
    const { rows, mask } = selection;
    const list = this.whole(this.at.list, CHUNK);
    const total = this.count(selection);
    let count = 0;
    for (let at = first; at < total; at += step) {
      const row = rows === undefined ? at : (rows[at] as number);
      if (mask === undefined || mask[row] !== 0) list[count++] = row;
    }
    return count < rank ? undefined : list.subarray(0, count);
  }

  /** What makes the empty list of survivors of each query. */
  private starting({ k, most, floors, share }: Asked) {
    return (query: number, { error }: RoundedQuery) =>
      new Survivors(k, error * this.longest, this.errors, most, { floors, share, query });
  }

  /** Writes the 16-bit numbers of a query where the kernel looks for those of query `at`. */
  private roundFine(query: Float64Array, at: number): RoundedQuery {
    const { width } = this;
    const numbers = new Int16Array(this.memory.buffer, this.at.fine + 2 * at * width, width).fill(
      0,
    );
    // Sums of products must fit in 32 bits: |c||p| <= 255 sqrt(width) (1 / factor + sqrt(width) / 2).
    const finest = (1.1 * 255 * Math.sqrt(width)) / 2 ** 31;
    return round(query, 32_767, finest, numbers);
  }

  /** Writes the 8-bit numbers of a query where the rough kernel looks for them. */
  private roundRough(query: Float64Array): RoundedQuery {
    const { width } = this;
    const numbers = new Int8Array(this.memory.buffer, this.at.rough, width).fill(0);
    return this.roundPairs(query, numbers, 0, 1);
  }

  /** Writes the 8-bit numbers of one of many queries, from place `at` on, `stride` apart. */
  private roundMany(
    query: Float64Array,
    bytes: Int8Array,
    at: number,
    stride: number,
  ): RoundedQuery {
    return this.levels === 'neighbours'
      ? this.roundPairs(query, bytes, at, stride)
      : this.roundBytes(query, LEVELS[this.levels], bytes, at, stride);
  }

  /** As `roundBytes`, so that neighbours are no more than PAIR_SUM together: rounding adds half to each of two. */
  private roundPairs(
    query: Float64Array,
    bytes: Int8Array,
    at: number,
    stride: number,
  ): RoundedQuery {
    return this.roundBytes(query, PAIR_SUM - 1, bytes, at, stride, largestPair(query));
  }

  /** Writes the 8-bit numbers of a query, from place `at` on, `stride` apart. */
  private roundBytes(
    query: Float64Array,
    levels: number,
    bytes: Int8Array,
    at: number,
    stride: number,
    largest?: number,
  ): RoundedQuery {
    const numbers = this.rounded.subarray(0, query.length);
    const rounded = round(query, levels, 0, numbers, largest);
    for (let i = 0, to = at; i < numbers.length; i++, to += stride) {
      bytes[to] = numbers[i] as number;
    }
    return rounded;
  }

  /** Writes the 16-bit numbers of components of a query. */
  private roundFew(along: Float64Array): RoundedQuery {
    const numbers = new Int16Array(this.memory.buffer, this.at.alone, this.few);
    const finest = (1.1 * 255 * Math.sqrt(this.few)) / 2 ** 31;
    return round(along, 32_767, finest, numbers);
  }

  /** What the components of a query, rounded like this, may be off times those of any row. */
  private fewMargin({ error }: RoundedQuery): number {
    return error * this.longestSketched + this.loosestSketched + SLACK;
  }

  /**
   * The codes to scan: slices of the shard's own, or the selected rows gathered.
   * @param first rows of the first chunk; all are as large in several passes, each of which is evenly spread
   */
  private *chunks({ rows }: ShardSelection, first: number, passes = 1): Generator<Chunk> {
    const { at, width } = this;
    const total = rows?.length ?? this.filled;
    for (let pass = 0; pass < passes; pass++) {
      let size = first;
      for (
        let start = pass * size;
        start < total;
        start += passes * size, size = Math.min(CHUNK, 2 * size)
      ) {
        const count = Math.min(size, total - start);
        if (rows === undefined) {
          yield {
            start,
            rows: count,
            codes: at.codes + start * width,
            scales: at.scales + 4 * start,
            errors: at.errors + 4 * start,
          };
          continue;
        }
        this.whole(at.list, count).set(rows.subarray(start, start + count));
        this.gather(count);
        yield {
          start,
          rows: count,
          codes: at.gatheredCodes,
          scales: at.gatheredScales,
          errors: at.gatheredErrors,
        };
      }
    }
  }

  /** Copies together so many rows that are listed. */
  private gather(count: number): void {
    const { at } = this;
    this.kernel.gather(
      at.list,
      count,
      this.width,
      at.codes,
      at.scales,
      at.errors,
      at.gatheredCodes,
      at.gatheredScales,
      at.gatheredErrors,
    );
  }

  /** Takes over what the kernel has listed of a query; rows are numbered from `start` on. */
  private collect(
    survivors: Survivors,
    query: number,
    count: number,
    start: number,
    { rows, mask }: ShardSelection,
  ): void {
    const first = query * LISTED * 2;
    for (let i = first; i < first + 2 * count; i += 2) {
      const at = start + (this.foundRows[i] as number);
      const row = rows === undefined ? at : (rows[at] as number);
      if (mask === undefined || mask[row] !== 0)
        survivors.add(row, this.foundUppers[i + 1] as number);
    }
    survivors.tidy();
  }
}

/** A query of a request. */
interface ShardQuery {
  /** Its place there. */
  number: number;
  unit: Float64Array;
  /** As the codes are. */
  rotated: Float64Array;
  /** Its product with the mean, which every score has in common. */
  common: number;
  sketched: SketchedQuery | undefined;
}

interface Chunk {
  /** Where it begins, in the shard or in the list of selected rows. */
  start: number;
  rows: number;
  codes: number;
  scales: number;
  errors: number;
}

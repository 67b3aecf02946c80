import { lengthOf } from '../../domain/vectors.ts';
import type { ArrivingRows } from './arriving-rows.ts';
import { sharedFloats } from './row-memory.ts';

/** Rows of numbers as similarities are computed from them. */
export interface Rows {
  readonly dimension: number;
  readonly values: Float32Array;
  /** 1 / length of each row; 0 for a row of zeros, which is similar to nothing. */
  readonly inverses: Float64Array;
  /** What the values lie in, where another thread has made it with `sharedFloats`. */
  readonly memory?: WebAssembly.Memory | undefined;
}

/** Numbers in a matrix from which codes pay: a 32-bit scan then reads 32 MB for each query. */
export const CODES_FROM = 2 ** 23;

/**
 * Memory for the numbers of a matrix. Where codes are made threads share it, so that rows are ranked where they are
 * scanned; onnxruntime takes no such memory.
 */
export const roomFor = (count: number) =>
  count < CODES_FROM ? new Float32Array(count) : sharedFloats(count);
export const sharedDoubles = (count: number) => new Float64Array(new SharedArrayBuffer(8 * count));

/** Embeddings in memory as they were given: row i is `values[i * dimension ...]` and has `ids[i]`. */
export interface RowMatrix extends Rows {
  readonly rows: number;
  /** Ascending. */
  readonly ids: Int32Array;
  /** Where rows are still read: whoever looks at values waits for them first. */
  readonly arriving?: ArrivingRows | undefined;
}

/** Memory for the rows of a matrix, which threads share. */
export const emptyMatrix = (dimension: number, rows: number): RowMatrix => ({
  ...{ dimension, rows, ids: new Int32Array(new SharedArrayBuffer(4 * rows)) },
  ...{ values: roomFor(rows * dimension), inverses: sharedDoubles(rows) },
});

/**
 * The rows of a matrix, which is not copied.
 * @param ids by default the row numbers
 * @throws RangeError when ids do not ascend, or a value is not finite
 */
export function rowMatrix(dimension: number, values: Float32Array, ids?: Int32Array): RowMatrix {
  const rows = values.length / dimension;
  const names = ids ?? Int32Array.from({ length: rows }, (_, i) => i);
  if (!Number.isInteger(rows) || names.length !== rows) {
    throw new RangeError(`${values.length} values are not ${names.length} rows of ${dimension}.`);
  }
  const inverses = sharedDoubles(rows);
  for (let row = 0; row < rows; row++) {
    const vector = values.subarray(row * dimension, (row + 1) * dimension);
    const wrong = problem(names, row, inverses, vector);
    if (wrong !== undefined) throw new RangeError(wrong);
  }
  return { dimension, rows, values, ids: names, inverses };
}

/** Notes a row's inverse length. @returns what is wrong with the row, if anything */
function problem(
  ids: Int32Array,
  row: number,
  inverses: Float64Array,
  vector: Float32Array,
): string | undefined {
  if (row > 0 && (ids[row] as number) <= (ids[row - 1] as number)) {
    return `Id ${ids[row]} does not ascend.`;
  }
  const length = lengthOf(vector);
  if (!Number.isFinite(length)) return `Embedding ${ids[row]} has values that are not finite.`;
  inverses[row] = length > 0 ? 1 / length : 0;
  return undefined;
}

/** Collects embeddings one by one into a matrix. */
export class RowCollector {
  private values: Float32Array;
  private ids: Int32Array;
  private inverses: Float64Array;
  rows = 0;
  /** What is wrong with the first row that cannot be taken. */
  private wrong: string | undefined;

  /** @param expected rows to come; when it is right, nothing is ever copied */
  constructor(
    private readonly dimension: number,
    expected = 1024,
  ) {
    this.values = roomFor(expected * dimension);
    this.ids = new Int32Array(expected);
    this.inverses = sharedDoubles(expected);
  }

  /** @throws RangeError when it has another length, or the id is too large */
  add(id: number, vector: Float32Array): void {
    if (vector.length !== this.dimension) {
      throw new RangeError(
        `Embedding ${id} has ${vector.length} values instead of ${this.dimension}.`,
      );
    }
    if (this.rows === this.ids.length) {
      const more = 1024 + this.rows + (this.rows >> 1);
      const values = roomFor(more * this.dimension);
      const ids = new Int32Array(more);
      values.set(this.values);
      const inverses = sharedDoubles(more);
      ids.set(this.ids);
      inverses.set(this.inverses);
      this.values = values;
      this.ids = ids;
      this.inverses = inverses;
    }
    this.values.set(vector, this.rows * this.dimension);
    this.ids[this.rows] = id;
    if (this.ids[this.rows] !== id) throw new RangeError(`Id ${id} does not fit in 32 bits.`);
    // Row by row, because all at once would hold the thread for a second.
    this.wrong ??= problem(this.ids, this.rows, this.inverses, vector);
    this.rows += 1;
  }

  /** @throws RangeError as `rowMatrix` */
  finish(): RowMatrix {
    // Told at the end, because what is damaged may be told before.
    if (this.wrong !== undefined) throw new RangeError(this.wrong);
    const { dimension, rows } = this;
    return {
      ...{ dimension, rows },
      values: this.values.subarray(0, rows * dimension),
      ids: this.ids.subarray(0, rows),
      inverses: this.inverses.subarray(0, rows),
    };
  }
}

/** A query scaled to length 1, in double precision; zeros stay zeros. */
export const unitQuery = (query: Float32Array): Float64Array => unitQueries([query]);

/** Queries scaled to length 1, in double precision, one after the other; zeros stay zeros. */
export function unitQueries(queries: readonly Float32Array[]): Float64Array {
  const dimension = queries[0]?.length ?? 0;
  const units = new Float64Array(queries.length * dimension);
  let at = 0;
  for (const query of queries) {
    const length = lengthOf(query);
    const divisor = length > 0 ? length : 1;
    for (let i = 0; i < dimension; i++) units[at++] = (query[i] as number) / divisor;
  }
  return units;
}

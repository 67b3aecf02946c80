/** Embeddings in memory as they were given: row i is `values[i * dimension ...]` and has `ids[i]`. */
export interface RowMatrix {
  readonly dimension: number;
  readonly rows: number;
  readonly values: Float32Array;
  /** Ascending. */
  readonly ids: Int32Array;
  /** 1 / length of each row; 0 for a row of zeros, which is similar to nothing. */
  readonly inverses: Float64Array;
}

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
  const inverses = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (row > 0 && (names[row] as number) <= (names[row - 1] as number)) {
      throw new RangeError(`Id ${names[row]} does not ascend.`);
    }
    const length = lengthOf(values, row * dimension, dimension);
    if (!Number.isFinite(length)) {
      throw new RangeError(`Embedding ${names[row]} has values that are not finite.`);
    }
    inverses[row] = length > 0 ? 1 / length : 0;
  }
  return { dimension, rows, values, ids: names, inverses };
}

/** Collects embeddings one by one into a matrix. */
export class RowCollector {
  private values: Float32Array;
  private ids: Int32Array;
  private rows = 0;

  /** @param expected rows to come; when it is right, nothing is ever copied */
  constructor(
    private readonly dimension: number,
    expected = 1024,
  ) {
    this.values = new Float32Array(expected * dimension);
    this.ids = new Int32Array(expected);
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
      const values = new Float32Array(more * this.dimension);
      const ids = new Int32Array(more);
      values.set(this.values);
      ids.set(this.ids);
      this.values = values;
      this.ids = ids;
    }
    this.values.set(vector, this.rows * this.dimension);
    this.ids[this.rows] = id;
    if (this.ids[this.rows++] !== id) throw new RangeError(`Id ${id} does not fit in 32 bits.`);
  }

  /** @throws RangeError as `rowMatrix` */
  finish(): RowMatrix {
    const values = this.values.subarray(0, this.rows * this.dimension);
    return rowMatrix(this.dimension, values, this.ids.subarray(0, this.rows));
  }
}

/** A query scaled to length 1, in double precision; zeros stay zeros. */
export function unitQuery(query: Float32Array): Float64Array {
  const length = lengthOf(query, 0, query.length);
  const unit = new Float64Array(query);
  if (length > 0) for (let i = 0; i < unit.length; i++) unit[i] = (unit[i] as number) / length;
  return unit;
}

function lengthOf(values: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += (values[i] as number) * (values[i] as number);
  return Math.sqrt(sum);
}

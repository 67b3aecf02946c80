import { readRowsSync, type StoredArray } from '../block-file.ts';
import type { Rows } from '../row-matrix.ts';
import type { Axes } from './axes.ts';
import type { KernelModules } from './kernel.ts';
import { Rotation } from './rotation.ts';
import { type Sketcher, TRAITS } from './sketch.ts';

/** Queries that are scanned together; also the block of `searchMatrix`. */
export const BATCH = 256;
/** Rows scanned between two looks at the floors: their products stay in the caches. */
export const CHUNK = 2048;
/** Rows that are listed of a query of a batch: those of a chunk find room when no more than as many are there. */
export const LISTED = 2 * CHUNK;
/** Classes of rows by their scales, as many as the kernel has. */
export const CLASSES = 64;
/** Far more than the rounding of the few 32-bit operations on a bound, all of them below 8. */
export const SLACK = 2 ** -18;

/** What a shard is made of. */
export interface ShardOptions {
  dimension: number;
  /** Rows it will hold. */
  rows: number;
  /** Subtracted from the unit vectors before coding; any vector is right, the mean is best. */
  mean: Float64Array;
  /** Directions whose components are looked at first, when they tell much. */
  axes: Axes | undefined;
  /** Its rows themselves, where this thread sees them; they may not be there yet. */
  own: Rows | undefined;
  modules: KernelModules;
}

/** Scale and error of each row, and the largest length of a coded row. */
export interface CodeBounds {
  scales: Float32Array;
  errors: Float32Array;
  longest: number;
}

/** Codes of rows along the axes, their traits, and what holds for all of them (see `Sketcher.code`). */
export interface SketchedRows {
  codes: Uint8Array;
  traits: Float32Array;
  longest: number;
  loosest: number;
}

/** Where what `codesOf`, `bounds` and `sketched` gave is kept of all rows. */
export interface KeptRows {
  /** Of the file. */
  fd: number;
  codes: StoredArray;
  scales: StoredArray;
  errors: StoredArray;
  longest: number;
  sketch: { codes: StoredArray; traits: StoredArray; longest: number; loosest: number } | undefined;
}

/**
 * Consecutive rows as 8-bit codes, in the memory of one WebAssembly instance.
 *
 * A row's unit vector less the mean, rotated, is z = scale * c + e with whole numbers c. For a unit query
 * y (rotated), y.z lies within |e| + |y - factor * p| |scale * c| of factor * scale * (c.p), by
 * Cauchy-Schwarz; c.p is exact in 32 bits. |e| is kept for each row.
 */
export class CodedRows {
  protected readonly rotation: Rotation;
  protected readonly memory: WebAssembly.Memory;
  /** Where the parts of the memory begin. */
  protected readonly at: ReturnType<typeof layout>;
  /** Bytes of a row's codes. */
  protected readonly width: number;
  protected readonly errors: Float32Array;
  /** Rows that are there. */
  protected filled = 0;
  /** Components of a row along the axes. */
  protected readonly few: number;
  protected longestSketched = 0;
  protected loosestSketched = 0;
  /** Largest |scale * c|. */
  protected longest = 0;

  /** @throws RangeError when there is no memory for it */
  constructor(
    protected readonly options: ShardOptions,
    protected readonly sketcher: Sketcher | undefined,
  ) {
    this.rotation = new Rotation(options.dimension);
    this.width = codeWidth(options.dimension);
    this.few = sketcher?.count ?? 0;
    this.at = layout(options.rows, this.width, this.few);
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(this.at.end / 65_536) });
    this.errors = this.floats(this.at.errors, options.rows);
  }

  /** Adds rows, as embeddings of any length. */
  async append(values: Float32Array): Promise<void> {
    const first = this.filled;
    const centred = this.sketcher && new Float32Array(values.length);
    const squares = new Float64Array(values.length / this.options.dimension);
    this.appendCodes(values, centred, squares);
    if (this.sketcher === undefined || centred === undefined) return;
    const { codes, traits } = this.sketchedAt(first, this.filled);
    const { longest, loosest } = await this.sketcher.code(centred, squares, codes, traits);
    this.longestSketched = Math.max(this.longestSketched, longest);
    this.loosestSketched = Math.max(this.loosestSketched, loosest);
  }

  /**
   * Adds the codes of rows.
   * @param centred takes their unit vectors less the mean, squares the squared lengths of these
   */
  private appendCodes(
    values: Float32Array,
    centred: Float32Array | undefined,
    squaresOfRows: Float64Array,
  ): void {
    const { dimension, mean } = this.options;
    const z = new Float64Array(dimension);
    const codes = this.bytes(this.at.codes, this.options.rows * this.width);
    const scales = this.floats(this.at.scales, this.options.rows);
    const { errors } = this;
    for (let offset = 0; offset < values.length; offset += dimension) {
      let squares = 0;
      for (let i = 0; i < dimension; i++) squares += (values[offset + i] as number) ** 2;
      const inverse = squares > 0 ? 1 / Math.sqrt(squares) : 0;
      for (let i = 0; i < dimension; i++) {
        z[i] = (values[offset + i] as number) * inverse - (mean[i] as number);
      }
      let length = 0;
      for (let i = 0; i < dimension; i++) length += (z[i] as number) ** 2;
      squaresOfRows[offset / dimension] = length;
      if (centred) {
        for (let i = 0; i < dimension; i++) centred[offset + i] = z[i] as number;
      }
      this.rotation.apply(z);
      let largest = 0;
      for (let i = 0; i < dimension; i++) largest = Math.max(largest, Math.abs(z[i] as number));
      const scale = Math.fround(largest / 127);
      const levels = scale > 0 ? 1 / scale : 0;
      const row = this.filled++;
      const start = row * this.width;
      let error = 0;
      length = 0;
      for (let i = 0; i < dimension; i++) {
        const value = z[i] as number;
        const code = Math.min(255, Math.max(1, (value * levels + 128.5) | 0));
        const coded = (code - 128) * scale;
        codes[start + i] = code;
        error += (value - coded) ** 2;
        length += coded ** 2;
      }
      codes.fill(128, start + dimension, start + this.width);
      scales[row] = scale;
      errors[row] = (Math.sqrt(error) + SLACK) * (1 + 2 ** -22);
      this.longest = Math.max(this.longest, Math.sqrt(length));
    }
  }

  /** What is kept of some rows along the axes. */
  sketched(start: number, stop: number): SketchedRows {
    const { codes, traits } = this.sketchedAt(start, stop);
    return {
      codes: codes.slice(),
      traits: traits.slice(),
      longest: this.longestSketched,
      loosest: this.loosestSketched,
    };
  }

  private sketchedAt(start: number, stop: number): Pick<SketchedRows, 'codes' | 'traits'> {
    const rows = stop - start;
    const { few, at } = this;
    return {
      codes: this.bytes(at.few + start * few, rows * few),
      traits: this.floats(at.traits + 4 * TRAITS * start, rows * TRAITS),
    };
  }

  /** A copy of the codes of some rows. */
  codesOf(start: number, rows: number): Uint8Array<ArrayBuffer> {
    return this.bytes(this.at.codes + start * this.width, rows * this.width).slice();
  }

  /** What belongs to the codes: a scale and an error for each row. */
  bounds(): CodeBounds {
    const { filled, longest } = this;
    const scales = this.floats(this.at.scales, filled).slice();
    return { scales, errors: this.errors.slice(0, filled), longest };
  }

  /**
   * Takes all its rows from a file.
   * @param first number of its first row in the file, a multiple of BLOCK_ROWS
   * @throws DamagedFileError; Error of the file system
   */
  load({ fd, longest, codes, scales, errors, sketch }: KeptRows, first: number): void {
    const { rows } = this.options;
    const { at } = this;
    const read = (stored: StoredArray, address: number) =>
      readRowsSync(fd, stored, first, this.bytes(address, rows * stored.rowBytes));
    read(codes, at.codes);
    read(scales, at.scales);
    read(errors, at.errors);
    this.longest = longest;
    if (sketch !== undefined) {
      read(sketch.traits, at.traits);
      read(sketch.codes, at.few);
      this.longestSketched = sketch.longest;
      this.loosestSketched = sketch.loosest;
    }
    this.filled = rows;
  }

  protected bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  protected whole(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  protected floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }
}

/** Bytes of a row's codes: the kernel reads sixteen at a time. */
export function codeWidth(dimension: number): number {
  return Math.ceil(dimension / 16) * 16;
}

/** Addresses in a shard's memory. */
function layout(rows: number, width: number, few: number) {
  let end = 0;
  const take = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 16) * 16;
    return address;
  };
  return {
    codes: take(rows * width),
    scales: take(rows * 4),
    errors: take(rows * 4),
    list: take(CHUNK * 4),
    gatheredCodes: take(CHUNK * width),
    gatheredScales: take(CHUNK * 4),
    gatheredErrors: take(CHUNK * 4),
    fine: take(BATCH * width * 2),
    rough: take(BATCH * width),
    few: take(rows * few),
    traits: take(few > 0 ? rows * TRAITS * 4 : 0),
    alone: take(2 * few),
    together: take(BATCH * few),
    parameters: take(12 * BATCH * 4),
    before: take(BATCH * 4),
    classes: take(12 * CLASSES),
    limits: take(4 * CLASSES * BATCH),
    counts: take(BATCH * 4),
    sums: take(CHUNK * BATCH * 4),
    // What a scan of one query counts, then lists.
    found: take(16 + BATCH * LISTED * 8),
    end,
  };
}

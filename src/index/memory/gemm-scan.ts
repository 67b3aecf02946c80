import { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';
import { type RuntimeTensor, Session, toRuntimeTensor } from '../../runtime/session.ts';
import type { CandidateScan, Candidates } from './candidates.ts';
import type { RowMatrix } from './row-matrix.ts';
import type { RowSelection } from './row-selection.ts';
import { kthLargest } from './select.ts';

/** Rows of one block: small enough that scores of a batch stay modest, large enough to keep cores busy. */
const BLOCK_ROWS = 65_536;
/** Queries of one run, which bounds the memory of the scores (block x batch x 4 bytes). */
const BATCH = 64;
/** Candidates fetched beyond k, which settles near-ties without another run. */
const MARGIN = 16;
/** Lengths of rows whose products stay far from the limits of 32-bit numbers. */
const USUAL_LENGTH = { least: 2 ** -90, most: 2 ** 110 };

interface Block {
  /** Its first row, or its rows when they were gathered. */
  rows: number | Uint32Array;
  count: number;
  vectors(): RuntimeTensor;
  scales: RuntimeTensor;
}

function searchGraph(dimension: number): Uint8Array {
  const g = new GraphBuilder('exact_search');
  const queries = g.input('queries', 'float', ['q', dimension]);
  const rows = g.input('rows', 'float', ['n', dimension]);
  const scales = g.input('scales', 'float', ['n']);
  // 0 for rows that may be found, -infinity for the others: filters apply before ranking.
  const mask = g.input('mask', 'float', ['n']);
  const k = g.input('k', 'int64', [1]);
  const products = g.node('Gemm', [queries, rows], { transB: 1 });
  const scores = g.node('Add', [g.node('Mul', [products, scales]), mask]);
  g.multi('TopK', [scores, k], ['values', 'indices'], { axis: 1, largest: 1, sorted: 1 });
  g.output('values', 'float', ['q', 'k']);
  g.output('indices', 'int64', ['q', 'k']);
  return g.build();
}

/**
 * Candidates by a product of 32-bit matrices and TopK, block by block, both run by onnxruntime. The
 * product's rounding depends on where a row lies in its block, so rows are fetched until the error bound
 * excludes every row left out.
 */
export class GemmScan implements CandidateScan {
  private readonly blocks: Block[] = [];
  private readonly roundingError: number;

  private constructor(
    private readonly matrix: RowMatrix,
    private readonly session: Session,
    blockRows: number,
  ) {
    // |computed - exact| of a product of unit vectors in 32 bits (Higham 2002, section 3.1), and
    // as much again for the rounding of the query and of the scale.
    this.roundingError = 2 * (matrix.dimension + 2) * 2 ** -24;
    for (let start = 0; start < matrix.rows; start += blockRows) {
      this.blocks.push(this.block(start, Math.min(blockRows, matrix.rows - start)));
    }
  }

  static async create(
    matrix: RowMatrix,
    options: { threads?: number | undefined; blockRows?: number | undefined } = {},
  ): Promise<GemmScan> {
    const { threads } = options;
    const session = await Session.load(
      searchGraph(matrix.dimension),
      threads === undefined ? {} : { threads },
    );
    return new GemmScan(matrix, session, options.blockRows ?? BLOCK_ROWS);
  }

  async scan(
    queries: Float64Array,
    k: number,
    selection: RowSelection,
    signal?: AbortSignal,
  ): Promise<Candidates[]> {
    const { rows } = selection;
    const blocks = rows === undefined ? this.blocks : this.gather(rows);
    const masks = blocks.map((block) => maskOf(block, selection.mask));
    const found: Candidates[] = [];
    const step = BATCH * this.matrix.dimension;
    for (let at = 0; at < queries.length; at += step) {
      const batch = Float32Array.from(queries.subarray(at, at + step));
      found.push(...(await this.scanBatch(batch, k, blocks, masks, selection.available, signal)));
    }
    return found;
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async scanBatch(
    queries: Float32Array,
    k: number,
    blocks: readonly Block[],
    masks: readonly Mask[],
    available: number,
    signal: AbortSignal | undefined,
  ): Promise<Candidates[]> {
    const count = queries.length / this.matrix.dimension;
    const tensor = toRuntimeTensor({ dims: [count, this.matrix.dimension], data: queries });
    for (let fetch = k + MARGIN; ; fetch *= 2) {
      const found = Array.from({ length: count }, () => ({
        rows: [] as number[],
        values: [] as number[],
        leftOut: Number.NEGATIVE_INFINITY,
      }));
      for (const [b, block] of blocks.entries()) {
        const mask = masks[b] as Mask;
        const take = Math.min(fetch, mask.available);
        if (take === 0) continue;
        signal?.throwIfAborted();
        const { values, indices } = await this.session.run({
          queries: tensor,
          rows: block.vectors(),
          scales: block.scales,
          mask: mask.tensor,
          k: { dims: [1], data: BigInt64Array.of(BigInt(take)) },
        });
        found.forEach((entry, q) => {
          for (let i = q * take; i < (q + 1) * take; i++) {
            const at = Number((indices?.data as BigInt64Array)[i]);
            const { rows } = block;
            entry.rows.push(typeof rows === 'number' ? rows + at : (rows[at] as number));
            entry.values.push((values?.data as Float32Array)[i] as number);
          }
          if (take < mask.available) {
            entry.leftOut = Math.max(entry.leftOut, entry.values.at(-1) as number);
          }
        });
      }
      const settled = found.every(({ values, leftOut }) => {
        const kth = kthLargest(Float64Array.from(values), values.length, k);
        return leftOut + this.roundingError < kth - this.roundingError;
      });
      if (!settled && fetch < available) continue;
      return found.map(({ rows, values }) => ({
        rows: Int32Array.from(rows),
        lowers: Float64Array.from(values, (value) => value - this.roundingError),
        uppers: Float64Array.from(values, (value) => value + this.roundingError),
      }));
    }
  }

  /** A block of consecutive rows: the matrix itself, unless a row's length could leave 32 bits. */
  private block(start: number, count: number): Block {
    const { dimension, values, inverses } = this.matrix;
    const scales = Float32Array.from(inverses.subarray(start, start + count));
    const usual = inverses
      .subarray(start, start + count)
      .every((s) => s === 0 || (s >= 1 / USUAL_LENGTH.most && s <= 1 / USUAL_LENGTH.least));
    if (!usual) return this.unitBlock(Uint32Array.from(scales, (_, i) => start + i));
    const own = values.subarray(start * dimension, (start + count) * dimension);
    // Memory that threads share is copied each time: there are no codes because memory was short.
    const isShared = values.buffer instanceof SharedArrayBuffer;
    const tensor = isShared ? undefined : toRuntimeTensor({ dims: [count, dimension], data: own });
    return {
      rows: start,
      count,
      vectors: () => tensor ?? toRuntimeTensor({ dims: [count, dimension], data: own.slice() }),
      scales: toRuntimeTensor({ dims: [count], data: scales }),
    };
  }

  private gather(rows: Uint32Array): Block[] {
    const blocks: Block[] = [];
    for (let at = 0; at < rows.length; at += BLOCK_ROWS) {
      blocks.push(this.unitBlock(rows.subarray(at, at + BLOCK_ROWS)));
    }
    return blocks;
  }

  /** A block of copied rows, scaled to length 1. */
  private unitBlock(rows: Uint32Array): Block {
    const { dimension, values, inverses } = this.matrix;
    const data = new Float32Array(rows.length * dimension);
    rows.forEach((row, i) => {
      const inverse = inverses[row] as number;
      for (let d = 0; d < dimension; d++) {
        data[i * dimension + d] = (values[row * dimension + d] as number) * inverse;
      }
    });
    const tensor = toRuntimeTensor({ dims: [rows.length, dimension], data });
    return {
      rows,
      count: rows.length,
      vectors: () => tensor,
      scales: toRuntimeTensor({
        dims: [rows.length],
        data: new Float32Array(rows.length).fill(1),
      }),
    };
  }
}

interface Mask {
  tensor: RuntimeTensor;
  /** Rows of the block that may be found. */
  available: number;
}

function maskOf({ rows, count }: Block, mask: Uint8Array | undefined): Mask {
  const data = new Float32Array(count);
  let available = count;
  if (mask !== undefined && typeof rows === 'number') {
    for (let i = 0; i < count; i++) {
      if (mask[rows + i] !== 0) continue;
      data[i] = Number.NEGATIVE_INFINITY;
      available -= 1;
    }
  } else if (mask !== undefined) {
    (rows as Uint32Array).forEach((row, i) => {
      if (mask[row] !== 0) return;
      data[i] = Number.NEGATIVE_INFINITY;
      available -= 1;
    });
  }
  return { tensor: toRuntimeTensor({ dims: [count], data }), available };
}

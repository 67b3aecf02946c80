import { availableParallelism } from 'node:os';
import type { CandidateScan } from './candidates.ts';
import { CodeScan } from './codes/code-scan.ts';
import { GemmScan } from './gemm-scan.ts';
import { CODES_FROM, type RowMatrix } from './row-matrix.ts';

/** How an index is kept. */
export interface IndexOptions {
  /** Threads of a scan; by default every core. 0 with codes: the calling thread. */
  threads?: number;
  /**
   * Whether rows are kept as 8-bit codes too (a quarter more memory, several times faster); by default
   * when there are enough rows. Without memory or threads for codes the index does without.
   */
  codes?: boolean;
  /** Rows of a block of the scan without codes. */
  blockRows?: number;
}

/** What finds candidates: codes where there are many rows and memory for them. */
export async function makeScan(
  matrix: RowMatrix,
  options: IndexOptions,
  signal?: AbortSignal,
): Promise<CandidateScan> {
  if ((options.codes ?? matrix.values.length >= CODES_FROM) && matrix.rows > 0) {
    try {
      return await CodeScan.create(matrix, options.threads ?? availableParallelism(), signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (options.codes === true) throw error;
    }
  }
  return GemmScan.create(matrix, options);
}

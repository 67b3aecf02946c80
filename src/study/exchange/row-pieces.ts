import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';

/** Embeddings to be written: in memory, or given by pieces of whole rows in the order of the paths. */
export type Rows =
  | EmbeddingMatrix
  | (Omit<EmbeddingMatrix, 'values'> & { pieces(): AsyncIterable<Float32Array> });

/** The rows in turn; a piece is not to be kept. */
export async function* piecesOf(rows: Rows): AsyncGenerator<Float32Array> {
  if ('values' in rows) yield rows.values;
  else yield* rows.pieces();
}

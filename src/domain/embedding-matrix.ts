/** Embeddings of many images as one row-major matrix: row i belongs to `paths[i]`. */
export interface EmbeddingMatrix {
  /** Keys of the rows: the images' paths as their CSV names them. */
  paths: readonly string[];
  /** Length of an embedding. */
  dimension: number;
  /** paths.length x dimension numbers. */
  values: Float32Array;
}

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { importedDefinition } from '../../encoding/encoders/definition.ts';
import type { Source } from '../../indexing/source.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import type { ImageWrite } from '../../store/image-writer.ts';
import { findRows } from './select.ts';

/** Images written in one transaction. */
const BATCH = 1000;

export interface ImportOptions {
  /** Ends the import after the batch under way; everything written stays. */
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** What an import did. */
export interface ImportResult {
  /** Images written with their embedding. */
  imported: number;
  /** Images of the data set without an embedding, which were not written. */
  missing: SemblanceError[];
  /** Embeddings whose path the data set does not name. */
  unused: string[];
  /** False when it was interrupted before its end. */
  complete: boolean;
}

/**
 * Writes embeddings that another program made into a collection, with the descriptions of a data set.
 * The images' files are neither needed nor read. Files imported under one name and of one length
 * complete each other; importing again replaces what is there.
 * @throws SemblanceError EMBEDDING_MISSING when no path is common to both, and of the store (DISK_FULL,
 *   COLLECTION_BUSY)
 */
export async function importEmbeddings(
  store: CollectionStore,
  encoderName: string,
  sources: readonly Source[],
  matrix: EmbeddingMatrix,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const { dimension } = matrix;
  const parts = sources.map(({ root, images }) => {
    const paths = images.map(({ path }) => path);
    return { root, images, found: findRows(matrix, paths) };
  });
  if (parts.every(({ found }) => found.rows.every((row) => row < 0))) {
    throw new SemblanceError(
      'EMBEDDING_MISSING',
      `No image of the data set has one; the embeddings' paths are like "${matrix.paths[0]}".`,
      { subject: sources[0]?.images[0]?.path ?? sources[0]?.root ?? '' },
    );
  }
  const encoderId = store.encoders.register({
    name: encoderName,
    // No model is known that could be compared, so the name stands for it.
    fingerprint: createHash('sha256').update(`imported ${encoderName} ${dimension}`).digest('hex'),
    dimension,
    definition: JSON.stringify(importedDefinition(encoderName, dimension)),
  });
  const total = sources.reduce((sum, { images }) => sum + images.length, 0);
  const used = new Uint8Array(matrix.paths.length);
  const result: ImportResult = { imported: 0, missing: [], unused: [], complete: false };
  let done = 0;
  for (const { root, images, found } of parts) {
    const sourceId = store.sources.register(root);
    result.missing.push(...found.missing);
    for (let start = 0; start < images.length; start += BATCH) {
      if (options.signal?.aborted) return result;
      const batch = images.slice(start, start + BATCH);
      const writes: ImageWrite[] = [];
      for (const [i, description] of batch.entries()) {
        const row = found.rows[start + i] as number;
        if (row < 0) continue;
        used[row] = 1;
        const vector = matrix.values.subarray(row * dimension, (row + 1) * dimension);
        writes.push({ description, embeddings: new Map([[encoderId, vector]]) });
      }
      store.writer.write(sourceId, writes);
      result.imported += writes.length;
      done += batch.length;
      options.onProgress?.(done, total);
      await setImmediate();
    }
  }
  result.unused = matrix.paths.filter((_, row) => used[row] === 0);
  result.complete = true;
  return result;
}

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { listedError, SemblanceError } from '../../domain/errors/error.ts';
import { importedDefinition } from '../../encoding/encoders/definition.ts';
import type { LazySource } from '../../indexing/source.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import type { ImageWrite } from '../../store/image-writer.ts';
import type { ImageDescription } from '../../store/records.ts';
import type { VectorFile } from './vector-file.ts';

/** Bytes of the embeddings that are written in one transaction, and the most images of one. */
const BATCH_BYTES = 2 ** 23;
const MOST = 4096;

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
 * complete each other; importing again replaces what is there, and writes nothing of what is the same.
 * @throws SemblanceError EMBEDDING_MISSING when no path is common to both, and of the store (DISK_FULL,
 *   COLLECTION_BUSY)
 */
export async function importEmbeddings(
  store: CollectionStore,
  encoderName: string,
  sources: readonly LazySource[],
  vectors: VectorFile,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const { dimension } = vectors;
  const total = sources.reduce((sum, { images }) => sum + images.length, 0);
  const used = new Uint8Array(vectors.length);
  const result: ImportResult = { imported: 0, missing: [], unused: [], complete: false };
  const register = () =>
    store.encoders.register({
      name: encoderName,
      // No model is known that could be compared, so the name stands for it.
      fingerprint: createHash('sha256')
        .update(`imported ${encoderName} ${dimension}`)
        .digest('hex'),
      dimension,
      definition: JSON.stringify(importedDefinition(encoderName, dimension)),
    });
  let encoderId: number | undefined;
  let done = 0;
  for (const { root, images } of sources) {
    let sourceId: number | undefined;
    const length = Math.max(1, Math.min(MOST, Math.floor(BATCH_BYTES / (4 * dimension))));
    for (const batch of batches(images, length)) {
      if (options.signal?.aborted) return result;
      const writes: ImageWrite[] = [];
      for (const description of batch) {
        const row = vectors.rowOf(description.path);
        if (row < 0) {
          result.missing.push(missing(description.path));
          continue;
        }
        used[row] = 1;
        // Nothing is registered for a data set of which nothing is imported.
        encoderId ??= register();
        sourceId ??= store.sources.register(root);
        const embeddings = new Map([[encoderId, vectors.vector(row)]]);
        writes.push({ description, embeddings });
      }
      if (sourceId !== undefined) store.writer.writeChanged(sourceId, writes);
      result.imported += writes.length;
      done += batch.length;
      options.onProgress?.(done, total);
      await setImmediate();
    }
  }
  if (encoderId === undefined) {
    throw new SemblanceError(
      'EMBEDDING_MISSING',
      `No image of the data set has one; the embeddings' paths are like "${vectors.pathOf(0)}".`,
      { subject: result.missing[0]?.subject ?? sources[0]?.root ?? '' },
    );
  }
  for (let row = 0; row < used.length; row++) {
    if (used[row] === 0) result.unused.push(vectors.pathOf(row));
  }
  result.complete = true;
  return result;
}

function missing(path: string): SemblanceError {
  return listedError('EMBEDDING_MISSING', 'The archive has no embedding of this path.', path);
}

function* batches(
  images: Iterable<ImageDescription>,
  length: number,
): Generator<ImageDescription[]> {
  let batch: ImageDescription[] = [];
  for (const image of images) {
    batch.push(image);
    if (batch.length < length) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

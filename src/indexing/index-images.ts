import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { encodeEach } from '../encoders/encode-each.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { DecodeLimits } from '../images/decode.ts';
import { PreprocessPool } from '../preprocess/pool.ts';
import type { PreprocessResult } from '../preprocess/worker.ts';
import type { CollectionStore, ImageWrite, KnownImage } from '../store/collection-store.ts';
import type { ImageDescription } from '../store/records.ts';
import type { Source } from './source.ts';

/** Pictures given to the encoder at once, and written in one transaction. */
const BATCH = 16;

/** Where a run stands. */
export interface IndexProgress {
  total: number;
  done: number;
  /** Newly encoded. */
  added: number;
  /** Known already, content and description unchanged or only the description renewed. */
  unchanged: number;
  failed: number;
}

export interface IndexResult extends IndexProgress {
  /** Files that were skipped, each with its reason. */
  failures: SemblanceError[];
  /** False when the run was interrupted before its end. */
  complete: boolean;
}

export interface IndexOptions {
  limits?: DecodeLimits;
  threads?: number;
  onProgress?: (progress: IndexProgress) => void;
  /** Ends the run after the batch under way; everything written stays. */
  signal?: AbortSignal;
}

interface Prepared {
  description: ImageDescription;
  known: KnownImage | undefined;
  result: PreprocessResult | SemblanceError;
}

/**
 * Reads, encodes and stores the images of a source. Images whose content is known with an embedding
 * of this encoder are not decoded again; a file that fails is skipped and reported; each batch is
 * one transaction, so an interrupted run goes on where it stopped.
 * @throws SemblanceError of the store (DISK_FULL, COLLECTION_BUSY) and ENCODER_FAILED
 */
export async function indexImages(
  store: CollectionStore,
  encoder: Encoder,
  source: Source,
  options: IndexOptions = {},
): Promise<IndexResult> {
  const threads = options.threads ?? availableParallelism();
  const pool = new PreprocessPool({
    threads,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const sourceId = store.source(source.root);
  const encoderId = store.encoder({
    name: encoder.name,
    fingerprint: encoder.fingerprint,
    dimension: encoder.dimension,
    definition: JSON.stringify(encoder.definition),
  });
  const result: IndexResult = {
    total: source.images.length,
    done: 0,
    added: 0,
    unchanged: 0,
    failed: source.failures.length,
    failures: [...source.failures],
    complete: false,
  };

  const prepare = async (description: ImageDescription): Promise<Prepared> => {
    const known = store.known(sourceId, description.path);
    const file = isAbsolute(description.path)
      ? description.path
      : join(source.root, description.path);
    const unlessHash = known?.encoders.includes(encoderId) ? known.contentHash : undefined;
    const outcome = await pool
      .run(file, [encoder.preprocess], unlessHash)
      .catch((error) => toSemblanceError(error, file));
    return { description, known, result: outcome };
  };

  const writeBatch = async (batch: readonly Prepared[]) => {
    const fresh: { description: ImageDescription; found: Required<PreprocessResult> }[] = [];
    for (const { description, known, result: found } of batch) {
      if (found instanceof SemblanceError) {
        result.failed += 1;
        result.failures.push(found);
      } else if (found.picture === undefined) {
        result.unchanged += 1;
        if (known && !isDeepStrictEqual(known.description, description)) {
          store.describe(known.id, description);
        }
      } else {
        fresh.push({ description, found: { ...found, picture: found.picture } });
      }
    }
    const encoded = await encodeEach(
      encoder,
      fresh.map(({ found }) => found.picture.tensors[0] as Float32Array),
    );
    const writes = fresh.flatMap(({ description, found }, i): ImageWrite[] => {
      const vector = encoded[i] as Float32Array | SemblanceError;
      if (vector instanceof SemblanceError) {
        result.failed += 1;
        result.failures.push(
          new SemblanceError(vector.code, vector.message, { subject: description.path }),
        );
        return [];
      }
      const { width, height, facts } = found.picture;
      const content = { contentHash: found.contentHash, bytes: found.bytes, width, height, facts };
      return [{ description, content, embeddings: new Map([[encoderId, vector]]) }];
    });
    store.writeImages(sourceId, writes);
    result.added += writes.length;
    result.done += batch.length;
    options.onProgress?.(result);
  };

  try {
    // Workers are kept a batch ahead of the encoder; results are taken in order, so that equal
    // sources give equal ids.
    const ahead: Promise<Prepared>[] = [];
    let next = 0;
    let batch: Prepared[] = [];
    while (!options.signal?.aborted) {
      while (next < source.images.length && ahead.length < 2 * BATCH + threads) {
        ahead.push(prepare(source.images[next] as ImageDescription));
        next += 1;
      }
      const first = ahead.shift();
      if (first === undefined) break;
      batch.push(await first);
      if (batch.length === BATCH) {
        await writeBatch(batch);
        batch = [];
      }
    }
    if (batch.length > 0) await writeBatch(batch);
    await Promise.allSettled(ahead);
    result.complete = result.done === result.total;
    if (result.complete) store.succeed(encoderId);
    return result;
  } finally {
    await pool.close();
  }
}

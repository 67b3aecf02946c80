import { availableParallelism } from 'node:os';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import { BATCH, inBatches } from '../encoding/encoders/in-batches.ts';
import type { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { IndexClaim } from '../store/index-claim.ts';
import { ImageProcessor, type PreparedImage } from './image-processor.ts';
import type { Source } from './source.ts';

/** Where a run stands. */
export interface IndexProgress {
  total: number;
  done: number;
  /** Newly encoded. */
  added: number;
  /** Known at a path whose file is gone: they keep their ids and embeddings. */
  renamed: number;
  /** Encoded again, since an earlier version read other pixels from the same file. */
  reread: number;
  /** Known already, content and description unchanged or only the description renewed. */
  unchanged: number;
  failed: number;
  /** Those of them so far, where a run knows them before its end. */
  failures?: readonly SemblanceError[];
}

export interface IndexResult extends IndexProgress {
  /** Files that were skipped, each with its reason. */
  failures: SemblanceError[];
  /** False when the run was interrupted before its end. */
  complete: boolean;
}

export interface IndexOptions {
  limits?: DecodeLimits | undefined;
  /** Where images are read from, by default what the environment lets in. */
  objects?: Objects | undefined;
  threads?: number;
  onProgress?: (progress: IndexProgress) => void;
  /** Ends the run after the batch under way; everything written stays. */
  signal?: AbortSignal;
}

/**
 * Reads, encodes and stores the images of a source. Images whose content is known with an embedding
 * of this encoder are not decoded again, and one whose file was renamed keeps its id; a file that
 * fails is skipped and reported; each batch is one transaction, so an interrupted run goes on where
 * it stopped.
 * @throws SemblanceError of the store (DISK_FULL; COLLECTION_BUSY, also when another run does the same) and
 *   ENCODER_FAILED
 */
export async function indexImages(
  store: CollectionStore,
  encoder: Encoder,
  source: Source,
  options: IndexOptions = {},
): Promise<IndexResult> {
  const threads = options.threads ?? availableParallelism();
  const processor = new ImageProcessor(store, encoder, { ...options, threads });
  const sourceId = store.sources.register(source.root);
  let claim: IndexClaim | undefined;
  const result: IndexResult = {
    total: source.images.length,
    done: 0,
    added: 0,
    renamed: 0,
    reread: 0,
    unchanged: 0,
    failed: source.failures.length,
    failures: [...source.failures],
    complete: false,
  };

  const writeBatch = async (batch: readonly PreparedImage[]) => {
    const processed = await processor.encode(batch);
    const writes = processed.flatMap(({ write }) => write ?? []);
    if (writes.length > 0) {
      store.atomically(() => {
        for (const write of writes) write();
      });
    }
    for (const { outcome } of processed) {
      if (outcome instanceof SemblanceError) {
        result.failed += 1;
        result.failures.push(outcome);
      } else result[outcome] += 1;
    }
    result.done += batch.length;
    options.onProgress?.(result);
  };

  try {
    claim = store.claimIndexing(sourceId, processor.encoderId);
    // Results are taken in order, so that equal sources give equal ids.
    await inBatches(
      source.images,
      (description) => processor.prepare({ sourceId, root: source.root, description }),
      writeBatch,
      { ahead: 2 * BATCH + threads, stopped: () => options.signal?.aborted ?? false },
    );
    result.complete = result.done === result.total;
    if (result.complete) store.encoders.promote(processor.encoderId);
    return result;
  } finally {
    claim?.release();
    await processor.close();
  }
}

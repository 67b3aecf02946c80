import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import { BATCH } from '../encoding/encoders/in-batches.ts';
import type { LoadOptions } from '../encoding/encoders/model.ts';
import { openStoredEncoder } from '../encoding/encoders/open-stored.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Job, JobError } from '../store/job-queue.ts';
import { ImageProcessor, type PreparedImage, type ProcessedImage } from './image-processor.ts';

/** Longest wait before the queue is looked at again, in milliseconds. */
const LOOK = 500;

export interface WorkerOptions extends LoadOptions {
  /** Its name, of its own among all workers. */
  owner: string;
  lease: number;
  limits?: DecodeLimits | undefined;
  /** Ends the worker after the batch under way. */
  signal?: AbortSignal;
}

/** What a worker did. */
export interface WorkerResult {
  /** Jobs that it ended, failed ones too. */
  finished: number;
  /** Results that came after their lease had been given to another worker, and were thrown away. */
  late: number;
}

/** Jobs with their images on the way. */
interface Batch {
  jobs: Job[];
  images: Promise<PreparedImage[]>;
}

/**
 * Takes jobs from a collection's queue until there are none, or the signal ends it.
 * @throws SemblanceError of the store, ENCODER_CHANGED and those of loading an encoder
 */
export async function runWorker(
  store: CollectionStore,
  options: WorkerOptions,
): Promise<WorkerResult> {
  const result: WorkerResult = { finished: 0, late: 0 };
  for (;;) {
    const encoderId = options.signal?.aborted ? undefined : store.jobs.openEncoder();
    if (encoderId === undefined) return result;
    const encoder = await loadEncoder(store, encoderId, options);
    const processor = new ImageProcessor(store, encoder, options);
    try {
      await workFor(store, encoderId, processor, options, result);
    } finally {
      await processor.close();
      await encoder.release();
    }
  }
}

function loadEncoder(
  store: CollectionStore,
  encoderId: number,
  options: LoadOptions,
): Promise<Encoder> {
  const stored = store.encoders.list().find(({ id }) => id === encoderId);
  if (stored === undefined) {
    throw new SemblanceError('ENCODER_NOT_FOUND', 'It was dropped while it was to encode.');
  }
  return openStoredEncoder(stored, options);
}

async function workFor(
  store: CollectionStore,
  encoderId: number,
  processor: ImageProcessor,
  { owner, lease, signal }: WorkerOptions,
  result: WorkerResult,
): Promise<void> {
  const queue = store.jobs;
  const held = new Set<Job>();
  const heartbeat = setInterval(() => {
    try {
      if (held.size > 0) queue.renew([...held], lease);
    } catch {
      // Another process writes for long; should the leases run out, the results are late, no more.
    }
  }, lease / 3);
  const take = (freshOnly: boolean): Batch | undefined => {
    const jobs = signal?.aborted ? [] : queue.lease(encoderId, owner, BATCH, lease, freshOnly);
    if (jobs.length === 0) return undefined;
    for (const job of jobs) held.add(job);
    const images = Promise.all(jobs.map((job) => processor.prepare(job)));
    // Looked at when its turn comes, if it does.
    images.catch(() => undefined);
    return { jobs, images };
  };
  try {
    let batch: Batch | undefined;
    while (!signal?.aborted || batch !== undefined) {
      batch ??= take(false);
      if (batch === undefined) {
        const next = queue.nextAt(encoderId);
        if (next === undefined) return;
        await sleep(Math.min(Math.max(next - Date.now(), 10), LOOK));
        continue;
      }
      const { jobs, images } = batch;
      const prepared = await images;
      // The next ones are read while these are encoded; but what failed before is alone.
      const ahead: Batch | undefined = jobs[0]?.tries === 1 ? take(true) : undefined;
      const processed = await encoded(processor, prepared);
      const { finished, late } = storeProcessed(store, jobs, prepared, processed);
      result.finished += finished;
      result.late += late;
      for (const job of jobs) held.delete(job);
      batch = ahead;
    }
  } finally {
    clearInterval(heartbeat);
    // What was only begun is given back at once.
    if (held.size > 0) queue.release(owner);
  }
}

/** What came of each image; where the encoder failed with them, that of all. */
export function encoded(
  processor: ImageProcessor,
  prepared: readonly PreparedImage[],
): Promise<ProcessedImage[]> {
  return processor.encode(prepared).catch((error) => {
    if (!(error instanceof SemblanceError) || error.code !== 'ENCODER_FAILED') throw error;
    return prepared.map((): ProcessedImage => ({ outcome: error }));
  });
}

/** Ends jobs in one transaction with what came of them; what is no longer held is thrown away. */
export function storeProcessed(
  store: CollectionStore,
  jobs: readonly Job[],
  prepared: readonly PreparedImage[],
  processed: readonly ProcessedImage[],
): WorkerResult {
  const result: WorkerResult = { finished: 0, late: 0 };
  const queue = store.jobs;
  store.atomically(() => {
    for (const [i, job] of jobs.entries()) {
      const { outcome, write } = processed[i] as ProcessedImage;
      const error =
        outcome instanceof SemblanceError ? toJobError(outcome, prepared[i]) : undefined;
      if (error?.code === 'INTERNAL') queue.retry(job, error);
      else if (queue.finish(job, error === undefined ? (outcome as 'added') : 'failed', error)) {
        write?.();
        result.finished += 1;
      } else result.late += 1;
    }
  });
  return result;
}

function toJobError(
  { code, message, subject }: SemblanceError,
  image: PreparedImage | undefined,
): JobError {
  const named = { code, detail: message };
  return image === undefined
    ? named
    : { ...named, subject: relative(image.root, subject ?? image.told) };
}

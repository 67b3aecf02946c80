import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LEASE } from '../contract/indexing.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import { placeOf } from '../files/place-of.ts';
import type { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import { toldPaths } from './identity.ts';
import type { IndexOptions, IndexResult } from './index-images.ts';
import type { Source } from './source.ts';

/** Jobs written in one transaction. */
const CHUNK = 1000;
/** How often the queue is looked at, in milliseconds. */
const LOOK = 200;
/** So many workers in turn may end before they have taken a job. */
const MAX_BARREN = 5;
/** What a worker wrote last on standard error, at most so many characters. */
const TAIL = 4000;

export interface WorkersOptions extends Pick<IndexOptions, 'onProgress' | 'signal'> {
  workers: number;
  objects: Objects;
  /** Starts a worker of this name; it writes an error as JSON to standard error. */
  start: (owner: string) => ChildProcess;
}

interface Worker {
  owner: string;
  child: ChildProcess;
  stderr: string;
  ended: Promise<void>;
}

/**
 * Puts the images of a source into the collection's queue, and has worker processes encode them. A
 * worker that ends unexpectedly is replaced; the image that ends it again and again is reported.
 * @param encoderId in the store
 * @throws SemblanceError that a worker ended with, and WORKER_ENDED when they end before they begin
 */
export async function indexWithWorkers(
  store: CollectionStore,
  encoderId: number,
  source: Source,
  options: WorkersOptions,
): Promise<IndexResult> {
  const queue = store.jobs;
  const sourceId = store.sources.register(source.root);
  const claim = store.claimIndexing(sourceId, encoderId);
  for (let at = 0; at < source.images.length; at += CHUNK) {
    queue.add(encoderId, sourceId, source.images.slice(at, at + CHUNK));
  }
  const state = () => {
    const { open, failed, ...counts } = queue.counts(encoderId, sourceId);
    const total = source.images.length;
    return { ...counts, total, done: total - open, failed: failed + source.failures.length };
  };
  const workers = new Set<Worker>();
  let started = 0;
  let barren = 0;
  let fatal: SemblanceError | undefined;
  const start = () => {
    started += 1;
    const owner = `${process.pid}.${Date.now()}.${started}`;
    const child = options.start(owner);
    const worker: Worker = { owner, child, stderr: '', ended: Promise.resolve() };
    child.stderr?.on('data', (data) => {
      worker.stderr = (worker.stderr + data).slice(-TAIL);
    });
    worker.ended = new Promise((resolve) => {
      child.on('close', (code) => {
        workers.delete(worker);
        const returned = queue.release(owner);
        if (code !== 0) {
          fatal ??= errorOf(worker.stderr);
          barren = returned > 0 ? 0 : barren + 1;
        }
        resolve();
      });
    });
    workers.add(worker);
  };
  try {
    for (;;) {
      const before = performance.now();
      const progress = state();
      const { done, total } = progress;
      // Counting a long queue takes a while.
      const took = performance.now() - before;
      options.onProgress?.(progress);
      if (done === total || fatal !== undefined || options.signal?.aborted) break;
      if (barren >= MAX_BARREN) {
        fatal = new SemblanceError('WORKER_ENDED', 'Workers end before they take an image.');
        break;
      }
      while (workers.size < Math.min(options.workers, total - done)) start();
      await sleep(Math.max(LOOK, 20 * took));
    }
  } finally {
    await stop([...workers]);
    claim.release();
  }
  if (fatal !== undefined) throw fatal;
  const { root } = source;
  const told = toldPaths(store, options.objects, root);
  const failures = queue
    .failures(encoderId, sourceId)
    .map(
      ({ path, error: { code, detail, subject = told(path) } }) =>
        new SemblanceError(code as ErrorCode, detail, { subject: placeOf(root, subject) }),
    );
  const result = state();
  const complete = result.done === result.total;
  queue.clear(encoderId, sourceId);
  if (complete) store.encoders.promote(encoderId);
  return { ...result, complete, failures: [...source.failures, ...failures] };
}

/** Ends workers after the batch under way; one that does not is killed, its jobs being anyone's by then. */
async function stop(workers: readonly Worker[]): Promise<void> {
  for (const { child } of workers) child.kill('SIGTERM');
  const kill = () => {
    for (const { child } of workers) child.kill('SIGKILL');
  };
  const timer = setTimeout(kill, DEFAULT_LEASE);
  await Promise.all(workers.map(({ ended }) => ended));
  clearTimeout(timer);
}

/** The error that a worker reported before it ended, if it did. */
function errorOf(stderr: string): SemblanceError | undefined {
  try {
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    const subject = error.subject === null ? {} : { subject: error.subject };
    return new SemblanceError(error.code, error.detail, subject);
  } catch {
    return undefined;
  }
}

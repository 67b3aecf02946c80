import { randomUUID } from 'node:crypto';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { Encoder } from '../encoding/encoders/encoder.ts';
import { BATCH } from '../encoding/encoders/in-batches.ts';
import type { LoadOptions } from '../encoding/encoders/model.ts';
import { openStoredEncoder } from '../encoding/encoders/open-stored.ts';
import { encodingDefinition } from '../encoding/encoders/stored-description.ts';
import type { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Job } from '../store/job-queue.ts';
import type { StoredEncoder } from '../store/records.ts';
import { type EncodesPictures, ImageProcessor, type PreparedImage } from './image-processor.ts';
import { encoded, storeProcessed, type WorkerResult } from './worker.ts';

/** Pictures that a worker elsewhere is to encode. */
export interface HandedWork {
  id: string;
  encoder: StoredEncoder;
  /** Preprocessed, each as long as the others. */
  tensors: readonly Float32Array[];
}

/** So many batches are in hand at a time: their pictures are in memory. */
const MOST_HELD = 32;

interface Batch extends HandedWork {
  jobs: readonly Job[];
  prepared: readonly PreparedImage[];
  lease: number;
  timer: NodeJS.Timeout;
}

interface Place {
  encoder: RemoteEncoder;
  processor: ImageProcessor;
}

/**
 * Hands the jobs of a collection's queue to workers on other machines. Files are read and preprocessed here, so that no
 * name and no file leaves; what comes back is stored here, in the transaction that ends the job, as long as its lease is held.
 */
export class WorkDesk {
  private readonly places = new Map<number, Place>();
  private readonly batches = new Map<string, Batch>();
  private working = 0;

  constructor(
    private readonly store: CollectionStore,
    private readonly options: LoadOptions & {
      limits?: DecodeLimits | undefined;
      objects?: Objects | undefined;
    },
  ) {}

  /** Whether anybody has something of it in hand. */
  get isIdle(): boolean {
    return this.batches.size === 0 && this.working === 0;
  }

  /**
   * Leases jobs that need a model.
   * @param owner name of the worker, of its own
   * @param lease milliseconds
   * @returns undefined where nothing can be leased now
   * @throws SemblanceError SERVER_BUSY, ENCODER_NOT_FOUND and those of the store
   */
  async lease(owner: string, lease: number): Promise<HandedWork | undefined> {
    for (;;) {
      const encoderId = this.store.jobs.openEncoder();
      if (encoderId === undefined) return undefined;
      if (this.batches.size >= MOST_HELD) {
        throw new SemblanceError('SERVER_BUSY', 'Workers have much in hand already.');
      }
      const jobs = this.store.jobs.lease(encoderId, owner, BATCH, lease);
      if (jobs.length === 0) return undefined;
      const { encoder, processor } = this.place(encoderId);
      const prepared = await this.renewing(jobs, lease, () =>
        Promise.all(jobs.map((job) => processor.prepare(job))),
      );
      const tensors = prepared.flatMap(({ result }) =>
        result instanceof SemblanceError
          ? []
          : result.pictures.map((picture) => picture.tensors[0] as Float32Array),
      );
      const id = randomUUID();
      const timer = setTimeout(() => this.batches.delete(id), lease);
      const batch = { id, jobs, prepared, tensors, lease, timer, encoder: encoder.stored };
      this.batches.set(id, batch);
      if (tensors.length > 0) return batch;
      // Known, or not to be read: no model is needed for that.
      await this.finish(id, []);
    }
  }

  /** Whether there is something to be done, now or when leases have run out. */
  get isOpen(): boolean {
    return this.store.jobs.openEncoder() !== undefined;
  }

  /** @throws SemblanceError WORK_NOT_FOUND */
  work(id: string): HandedWork {
    const batch = this.batches.get(id);
    if (batch !== undefined) return batch;
    const why = 'Its lease has run out, or this server was started since.';
    throw new SemblanceError('WORK_NOT_FOUND', why);
  }

  /** Says that a worker is still at it. @throws SemblanceError WORK_NOT_FOUND */
  renew(id: string): void {
    const { jobs, lease, timer } = this.work(id) as Batch;
    this.store.jobs.renew(jobs, lease);
    timer.refresh();
  }

  /**
   * Stores what a worker made of its pictures.
   * @param embeddings in the order of the tensors; one with a value that is no number failed
   * @throws SemblanceError WORK_NOT_FOUND, ENCODER_CHANGED and those of the store
   */
  async finish(id: string, embeddings: readonly Float32Array[]): Promise<WorkerResult> {
    const { jobs, prepared, tensors, lease, timer, encoder: stored } = this.work(id) as Batch;
    // Whoever says it twice is late.
    this.batches.delete(id);
    clearTimeout(timer);
    const { encoder, processor } = this.place(stored.id);
    encoder.learn(tensors, embeddings);
    try {
      const processed = await this.renewing(jobs, lease, () => encoded(processor, prepared));
      return storeProcessed(this.store, jobs, prepared, processed);
    } finally {
      encoder.forget(tensors);
    }
  }

  /** Gives back nothing: leases run out, or their workers find out that they are late. */
  async close(): Promise<void> {
    for (const { timer } of this.batches.values()) clearTimeout(timer);
    this.batches.clear();
    for (const { encoder, processor } of this.places.values()) {
      await processor.close();
      await encoder.release();
    }
    this.store.close();
  }

  /** Renews leases as long as something takes. */
  private async renewing<T>(
    jobs: readonly Job[],
    lease: number,
    work: () => Promise<T>,
  ): Promise<T> {
    this.working += 1;
    const timer = setInterval(() => {
      try {
        this.store.jobs.renew(jobs, lease);
      } catch {
        // Another process writes for long; should the leases run out, the results are late, no more.
      }
    }, lease / 3);
    return work().finally(() => {
      clearInterval(timer);
      this.working -= 1;
    });
  }

  private place(encoderId: number): Place {
    let place = this.places.get(encoderId);
    if (place === undefined) {
      const stored = this.store.encoders.list().find(({ id }) => id === encoderId);
      if (stored === undefined) {
        throw new SemblanceError('ENCODER_NOT_FOUND', 'It was dropped while it was to encode.');
      }
      const encoder = new RemoteEncoder(stored, this.options);
      place = { encoder, processor: new ImageProcessor(this.store, encoder, this.options) };
      this.places.set(encoderId, place);
    }
    return place;
  }
}

/** An encoder that runs elsewhere: it knows what was made there of each picture. */
class RemoteEncoder implements EncodesPictures {
  readonly definition: EncodesPictures['definition'];
  private readonly known = new Map<Float32Array, Float32Array>();
  private own: Promise<Encoder> | undefined;

  constructor(
    readonly stored: StoredEncoder,
    private readonly options: LoadOptions,
  ) {
    this.definition = encodingDefinition(stored);
  }

  get name(): string {
    return this.stored.name;
  }

  get fingerprint(): string {
    return this.stored.fingerprint;
  }

  get dimension(): number {
    return this.stored.dimension;
  }

  get preprocess() {
    return this.definition.preprocess;
  }

  learn(pictures: readonly Float32Array[], embeddings: readonly Float32Array[]): void {
    pictures.forEach((picture, i) => {
      const embedding = embeddings[i];
      if (embedding?.length === this.dimension) this.known.set(picture, embedding);
    });
  }

  forget(pictures: readonly Float32Array[]): void {
    for (const picture of pictures) this.known.delete(picture);
  }

  async encode(pictures: readonly Float32Array[]): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (const picture of pictures) {
      const vector = this.known.get(picture) ?? (await this.here(picture));
      if (!vector.every(Number.isFinite)) {
        const why = 'The worker could not encode it.';
        throw new SemblanceError('ENCODER_FAILED', why, { subject: this.name });
      }
      vectors.push(vector);
    }
    return vectors;
  }

  async release(): Promise<void> {
    const own = await this.own?.catch(() => undefined);
    await own?.release();
  }

  /** Of a file with more frames than are handed out at once the others are encoded here. */
  private async here(picture: Float32Array): Promise<Float32Array> {
    this.own ??= openStoredEncoder(this.stored, this.options);
    const [vector] = await (await this.own).encode([picture]);
    return vector as Float32Array;
  }
}

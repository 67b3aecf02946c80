import type { FinishedWork, LeasedWork, LeaseRequest } from '../contract/work.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { WorkDesk } from '../indexing/work-desk.ts';
import { Objects } from '../objects/objects.ts';
import type { PacsKeys } from '../pacs/access.ts';
import type { ProviderChoice } from '../runtime/provider.ts';
import type { DataDirectory } from '../store/data-directory.ts';

/** What nobody asks for any more is let go of after so many milliseconds. */
const IDLE = 10_000;

interface Open {
  desk: WorkDesk;
  objects: Objects;
  timer: NodeJS.Timeout;
}

/** Images of collections that workers on other machines encode. */
export class SharedWorkService {
  private readonly desks = new Map<string, Promise<Open>>();

  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly limits: DecodeLimits | undefined,
    private readonly provider: ProviderChoice,
    private readonly keys: PacsKeys,
  ) {}

  /** Leases images that wait to be encoded. @throws SemblanceError COLLECTION_NOT_FOUND, ENCODER_NOT_FOUND */
  async lease({
    collection,
    owner,
    lease,
  }: LeaseRequest & { collection: string }): Promise<LeasedWork> {
    const desk = await this.desk(collection);
    const handed = await desk.lease(owner, lease);
    if (handed === undefined) return { work: null, open: desk.isOpen };
    const { id, encoder, tensors } = handed;
    const { name, fingerprint, dimension, definition } = encoder;
    const pictures = tensors.length;
    const described = { name, fingerprint, dimension };
    return { work: { id, encoder: described, definition, pictures, lease }, open: true };
  }

  /** The preprocessed pictures of leased work, 32-bit floats one after the other. @throws SemblanceError WORK_NOT_FOUND */
  async tensors({ collection, id }: { collection: string; id: string }): Promise<Uint8Array> {
    const { tensors } = (await this.desk(collection)).work(id);
    return Buffer.concat(
      tensors.map(({ buffer, byteOffset, byteLength }) =>
        Buffer.from(buffer, byteOffset, byteLength),
      ),
    );
  }

  /** Says that a worker is still at it. @throws SemblanceError WORK_NOT_FOUND */
  async renew({ collection, id }: { collection: string; id: string }): Promise<void> {
    (await this.desk(collection)).renew(id);
  }

  /**
   * Stores the embeddings of leased work, as long as its lease is held.
   * @param request embeddings: 32-bit floats, one after the other; of a picture that could not be encoded NaN
   * @throws SemblanceError WORK_NOT_FOUND, REQUEST_INVALID
   */
  async finish(request: {
    collection: string;
    id: string;
    embeddings: Uint8Array;
  }): Promise<FinishedWork> {
    const { collection, id, embeddings } = request;
    const desk = await this.desk(collection);
    const { tensors, encoder } = desk.work(id);
    const bytes = encoder.dimension * Float32Array.BYTES_PER_ELEMENT;
    if (embeddings.length !== tensors.length * bytes) {
      const why = `${tensors.length} embeddings of ${encoder.dimension} 32-bit floats are asked for.`;
      throw new SemblanceError('REQUEST_INVALID', why);
    }
    // Aligned, and of its own.
    const floats = new Float32Array(Uint8Array.from(embeddings).buffer);
    return desk.finish(
      id,
      tensors.map((_, i) => floats.slice(i * encoder.dimension, (i + 1) * encoder.dimension)),
    );
  }

  /** @internal */
  async close(): Promise<void> {
    for (const name of [...this.desks.keys()]) await this.shut(name);
  }

  private async desk(collection: string): Promise<WorkDesk> {
    let open = this.desks.get(collection);
    if (open === undefined) {
      open = this.open(collection);
      this.desks.set(collection, open);
      open.catch(() => this.desks.delete(collection));
    }
    const { desk, timer } = await open;
    timer.refresh();
    return desk;
  }

  private async open(collection: string): Promise<Open> {
    const { WorkDesk } = await import('../indexing/work-desk.ts');
    const objects = new Objects(this.keys);
    const { limits, provider } = this;
    const desk = new WorkDesk(this.directory.open(collection), { limits, provider, objects });
    const timer = setTimeout(() => {
      if (desk.isIdle) void this.shut(collection);
      else timer.refresh();
    }, IDLE).unref();
    return { desk, objects, timer };
  }

  private async shut(collection: string): Promise<void> {
    const open = this.desks.get(collection);
    this.desks.delete(collection);
    const found = await open?.catch(() => undefined);
    if (found === undefined) return;
    clearTimeout(found.timer);
    await found.desk.close();
    await found.objects.close();
  }
}

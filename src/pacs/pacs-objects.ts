import type { JsonDataSet } from '../dicom/json.ts';
import { PacsKeys } from './access.ts';
import { DicomwebClient } from './dicomweb.ts';
import { parsePlace } from './place.ts';

/** Bytes of objects that are kept for the next frame that is asked for. */
const KEPT = 256e6;

/** Reads objects of PACS, into memory alone: nothing of a patient is written to a disk. */
export class PacsObjects {
  private readonly clients = new Map<string, DicomwebClient>();
  /** The objects that were fetched last, the latest at the end. */
  private readonly kept = new Map<string, Uint8Array>();
  private bytes = 0;
  /** How often keys had changed when the clients were made. */
  private changes = 0;

  constructor(private readonly keys = new PacsKeys()) {}

  /**
   * The bytes of an object.
   * @throws SemblanceError those of `DicomwebClient.retrieve`
   */
  async read(place: string, signal?: AbortSignal): Promise<Uint8Array> {
    const known = this.kept.get(place);
    if (known !== undefined) return known;
    const { root, ...uids } = parsePlace(place);
    const fetched = await this.client(root).retrieve(uids, signal);
    this.keep(place, fetched);
    return fetched;
  }

  /**
   * What an object says of itself (`headOf`).
   * @throws SemblanceError those of `DicomwebClient.describe`
   */
  async describe(place: string, signal?: AbortSignal): Promise<JsonDataSet> {
    const { root, ...uids } = parsePlace(place);
    return this.client(root).describe(uids, signal);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.kept.clear();
    this.bytes = 0;
    await Promise.all([...this.clients.values()].map((client) => client.close()));
    this.clients.clear();
  }

  private client(root: string): DicomwebClient {
    if (this.changes !== this.keys.changes) {
      // What is under way comes to its end, and the connections then.
      this.clients.clear();
      this.changes = this.keys.changes;
    }
    const known = this.clients.get(root);
    if (known !== undefined) return known;
    const client = new DicomwebClient(root, this.keys.of(root));
    this.clients.set(root, client);
    return client;
  }

  private keep(place: string, object: Uint8Array): void {
    if (object.length > KEPT / 2 || this.kept.has(place)) return;
    this.kept.set(place, object);
    this.bytes += object.length;
    for (const [oldest, { length }] of this.kept) {
      if (this.bytes <= KEPT) return;
      this.kept.delete(oldest);
      this.bytes -= length;
    }
  }
}

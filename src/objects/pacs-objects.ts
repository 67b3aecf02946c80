import type { JsonDataSet } from '../dicom/json.ts';
import type { PacsKeys } from '../pacs/access.ts';
import type { PacsClient } from '../pacs/client.ts';
import { parsePacs, parsePlace, pathOf } from '../pacs/place.ts';
import type { Listing, ObjectStore, ObjectUids } from './object-store.ts';

/** Bytes of objects that are kept for the next frame that is asked for. */
const KEPT = 256e6;

/** Instances of PACS, in memory alone: nothing of a patient is written to a disk. */
export class PacsObjects implements ObjectStore {
  readonly onDisk = false;
  private readonly clients = new Map<string, Promise<PacsClient>>();
  /** The objects that were fetched last, the latest at the end. */
  private readonly kept = new Map<string, Uint8Array>();
  private bytes = 0;

  /** How often keys had changed when the clients were made. */
  private changes = 0;

  constructor(private readonly keys: PacsKeys) {}

  async open(place: string, signal?: AbortSignal): Promise<{ bytes: Uint8Array }> {
    return { bytes: await this.read(place, signal) };
  }

  async read(place: string, signal?: AbortSignal): Promise<Uint8Array> {
    const known = this.kept.get(place);
    if (known !== undefined) return known;
    const { root, ...uids } = parsePlace(place);
    const fetched = await (await this.client(root)).retrieve(uids, signal);
    this.keep(place, fetched);
    return fetched;
  }

  async head(place: string, signal?: AbortSignal): Promise<JsonDataSet> {
    const { root, ...uids } = parsePlace(place);
    return (await this.client(root)).describe(uids, signal);
  }

  stamp(place: string): Promise<string> {
    return Promise.resolve(place);
  }

  /** Only its whole list tells. */
  isGone(): Promise<boolean> {
    return Promise.resolve(false);
  }

  isSame(): boolean {
    return false;
  }

  uids(place: string): ObjectUids {
    const { study, series, instance } = parsePlace(place);
    return { StudyInstanceUID: study, SeriesInstanceUID: series, SOPInstanceUID: instance };
  }

  listing(address: string): Listing {
    const { root, query } = parsePacs(address);
    const client = () => this.client(root);
    return {
      root,
      whole: query.size === 0,
      async *paths(signal) {
        for await (const instance of (await client()).instances(query, signal)) {
          yield pathOf(instance);
        }
      },
    };
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.kept.clear();
    this.bytes = 0;
    const clients = [...this.clients.values()];
    this.clients.clear();
    for (const client of clients) await client.then((each) => each.close()).catch(() => undefined);
  }

  private client(root: string): Promise<PacsClient> {
    if (this.changes !== this.keys.changes) {
      // What is under way comes to its end, and the connections then.
      this.clients.clear();
      this.changes = this.keys.changes;
    }
    const known = this.clients.get(root);
    if (known !== undefined) return known;
    const client = import('../pacs/open.ts').then(({ openPacs }) =>
      openPacs(root, this.keys.of(root)),
    );
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

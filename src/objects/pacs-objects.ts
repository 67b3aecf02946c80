import type { JsonDataSet } from '../dicom/json.ts';
import type { PacsKeys } from '../pacs/access.ts';
import type { PacsClient } from '../pacs/client.ts';
import { parsePacs, parsePlace, pathOf } from '../pacs/place.ts';
import type { Listing, ObjectStore, ObjectUids } from './object-store.ts';

/** Bytes of objects that are kept for the next frame that is asked for. */
const KEPT = 256e6;

/** What a PACS is asked for: which instances it has, or instances. */
export type AskedOf = 'list' | 'fetch';

/** How often that was given, and how often not. */
export interface ArchiveCounts {
  done: number;
  failed: number;
}

/** Is told what PACS are asked for. */
export interface ArchiveWatch {
  /** Before it is asked for the first time; where it throws, nothing is asked. */
  begin(root: string, what: AskedOf): Promise<void>;
  /** Once it is asked for no more. */
  end(root: string, what: AskedOf, counts: ArchiveCounts): Promise<void>;
}

/** Instances of PACS, in memory alone: nothing of a patient is written to a disk. */
export class PacsObjects implements ObjectStore {
  readonly onDisk = false;
  private readonly clients = new Map<string, Promise<PacsClient>>();
  /** The objects that were fetched last, the latest at the end. */
  private readonly kept = new Map<string, Uint8Array>();
  private bytes = 0;

  /** How often keys had changed when the clients were made. */
  private changes = 0;

  /** What was asked for, by PACS. */
  private readonly asked = new Map<
    string,
    { root: string; what: AskedOf; begun: Promise<void> | undefined; counts: ArchiveCounts }
  >();

  constructor(
    private readonly keys: PacsKeys,
    private readonly watch?: ArchiveWatch,
  ) {}

  async open(place: string, signal?: AbortSignal): Promise<{ bytes: Uint8Array }> {
    return { bytes: await this.read(place, signal) };
  }

  async read(place: string, signal?: AbortSignal): Promise<Uint8Array> {
    const known = this.kept.get(place);
    if (known !== undefined) return known;
    const { root, ...uids } = parsePlace(place);
    const fetched = await this.fetched(root, async () =>
      (await this.client(root)).retrieve(uids, signal),
    );
    this.keep(place, fetched);
    return fetched;
  }

  async head(place: string, signal?: AbortSignal): Promise<JsonDataSet> {
    const { root, ...uids } = parsePlace(place);
    return this.fetched(root, async () => (await this.client(root)).describe(uids, signal));
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
    const begin = () => this.begin(root, 'list');
    return {
      root,
      whole: query.size === 0,
      async *paths(signal) {
        const counts = await begin();
        try {
          for await (const instance of (await client()).instances(query, signal)) {
            counts.done += 1;
            yield pathOf(instance);
          }
        } catch (error) {
          counts.failed += 1;
          throw error;
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
    const asked = [...this.asked.values()];
    this.asked.clear();
    for (const { root, what, counts } of asked) await this.watch?.end(root, what, counts);
  }

  /** Says that something is asked of a PACS, once. */
  private async begin(root: string, what: AskedOf): Promise<ArchiveCounts> {
    const key = `${what} ${root}`;
    let asked = this.asked.get(key);
    if (asked === undefined) {
      asked = { root, what, begun: this.watch?.begin(root, what), counts: { done: 0, failed: 0 } };
      this.asked.set(key, asked);
    }
    try {
      await asked.begun;
    } catch (error) {
      // With what comes next it is tried again.
      this.asked.delete(key);
      throw error;
    }
    return asked.counts;
  }

  private async fetched<T>(root: string, fetch: () => Promise<T>): Promise<T> {
    const counts = await this.begin(root, 'fetch');
    try {
      const got = await fetch();
      counts.done += 1;
      return got;
    } catch (error) {
      counts.failed += 1;
      throw error;
    }
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

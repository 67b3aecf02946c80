import {
  type AssociationOptions,
  associate,
  type DimseClient,
  type PeerAddress,
  type Proposal,
} from './client.ts';

/** Associations with a PACS at a time: many take ten of all their partners together. */
const MOST = 4;
/** An association that nobody uses for so long (milliseconds) is ended. */
const IDLE = 5_000;

/** An association that somebody has for a time. */
export interface Lease {
  client: DimseClient;
  /** Whether it stood idle before, so that the other side may have left. */
  isReused: boolean;
  /** Gives it back; of no effect the second time. */
  release(): void;
}

interface Open {
  kind: string;
  client: DimseClient;
  ending: AbortController;
  timer?: NodeJS.Timeout;
}

/** Associations that are kept for the next request of their kind. */
export class Associations {
  private readonly idle: Open[] = [];
  private readonly busy = new Set<Open>();
  private readonly waiting: (() => void)[] = [];
  private opening = 0;

  constructor(
    private readonly peer: PeerAddress,
    private readonly options: Omit<AssociationOptions, 'signal'>,
  ) {}

  /** Does work in an association; once more in a new one, where it was ended while it stood idle. */
  async use<T>(
    kind: string,
    proposals: readonly Proposal[],
    signal: AbortSignal | undefined,
    work: (lease: Lease) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const lease = await this.lease(kind, proposals, signal);
      try {
        return await work(lease);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(lease.isReused && lease.client.isOver)) throw error;
      } finally {
        lease.release();
      }
    }
  }

  /**
   * An association, an idle one if there is one of the kind.
   * @param kind of what is proposed
   * @throws SemblanceError as `associate`; the signal's reason
   */
  async lease(kind: string, proposals: readonly Proposal[], signal?: AbortSignal): Promise<Lease> {
    signal?.throwIfAborted();
    while (this.busy.size + this.opening >= MOST) await this.turn(signal);
    const at = this.idle.findIndex((each) => each.kind === kind);
    const [known] = at < 0 ? [] : this.idle.splice(at, 1);
    if (known !== undefined) {
      clearTimeout(known.timer);
      return this.lent(known, true, signal);
    }
    const [oldest] = this.idle;
    if (oldest && this.idle.length + this.busy.size + this.opening >= MOST) void this.end(oldest);
    this.opening += 1;
    const ending = new AbortController();
    const stop = () => ending.abort();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const options = { ...this.options, signal: ending.signal };
      const client = await associate(this.peer, proposals, options);
      return this.lent({ kind, client, ending }, false, signal);
    } finally {
      signal?.removeEventListener('abort', stop);
      this.opening -= 1;
      this.next();
    }
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    for (const each of this.busy) each.ending.abort();
    await Promise.all([...this.idle].map((each) => this.end(each)));
  }

  private lent(open: Open, isReused: boolean, signal: AbortSignal | undefined): Lease {
    const stop = () => open.ending.abort();
    signal?.addEventListener('abort', stop, { once: true });
    this.busy.add(open);
    const release = () => {
      if (!this.busy.delete(open)) return;
      signal?.removeEventListener('abort', stop);
      if (!open.client.isOver) {
        this.idle.push(open);
        open.timer = setTimeout(() => void this.end(open), IDLE).unref();
      }
      this.next();
    };
    return { client: open.client, isReused, release };
  }

  /** Ends an idle one. */
  private end(open: Open): Promise<void> {
    clearTimeout(open.timer);
    this.idle.splice(this.idle.indexOf(open), 1);
    return open.client.release();
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        this.waiting.splice(this.waiting.indexOf(go), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', stop, { once: true });
      this.waiting.push(go);
    });
  }

  private next(): void {
    this.waiting.shift()?.();
  }
}

import { SemblanceError } from '../domain/errors/error.ts';

/** Longest wait that a refused client is asked for, in seconds. */
const LONGEST_RETRY = 60;

/** A request is refused for now. */
export class BusyError extends SemblanceError {
  /**
   * @param retryAfter seconds after which it may be tried again
   */
  constructor(
    detail: string,
    readonly retryAfter = 1,
  ) {
    super('SERVER_BUSY', detail);
  }
}

interface Waiter {
  start(): void;
  refuse(reason: unknown): void;
}

/**
 * Runs so many pieces of work at a time and lets so many wait. Clients take turns, so that one who asks
 * for much waits for itself. When the queue is full, the newest one of the client with most in it is
 * refused.
 */
export class FairQueue {
  /** Pieces that are worked on, and that wait. */
  running = 0;
  waiting = 0;
  /** Is told of each that is refused. */
  onRefused: () => void = () => undefined;
  /** Whose turn is next comes first. */
  private readonly turns = new Map<string, Waiter[]>();
  /** Mean duration of what has run, in milliseconds: the last ones count most. */
  private duration = 100;

  constructor(
    readonly maxRunning: number,
    readonly maxWaiting: number,
  ) {}

  /**
   * Does work when it is the client's turn.
   * @param signal ends the wait; the work has to look at it itself
   * @throws BusyError when too much is waiting; REQUEST_ABANDONED when the signal came first
   */
  async run<T>(client: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw abandoned();
    if (this.running >= this.maxRunning) await this.turn(client, signal);
    else this.running += 1;
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.duration += (performance.now() - begun - this.duration) / 8;
      // In a later turn of the event loop: what waits may be long pieces without a pause in between.
      setImmediate(() => this.next());
    }
  }

  /** Seconds until what waits now should have run. */
  private get retryAfter(): number {
    const seconds = (this.waiting * this.duration) / this.maxRunning / 1000;
    return Math.min(LONGEST_RETRY, Math.max(1, Math.ceil(seconds)));
  }

  private turn(client: string, signal: AbortSignal): Promise<void> {
    this.makeRoom(client);
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.remove(client, waiter);
        waiter.refuse(abandoned());
      };
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
        refuse: (reason) => {
          signal.removeEventListener('abort', leave);
          reject(reason);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      const own = this.turns.get(client);
      if (own) own.push(waiter);
      else this.turns.set(client, [waiter]);
      this.waiting += 1;
    });
  }

  /** Refuses somebody when the queue is full: the client itself unless another has more in it. */
  private makeRoom(client: string): void {
    if (this.waiting < this.maxWaiting) return;
    this.onRefused();
    const busy = new BusyError(`${this.waiting} requests wait already.`, this.retryAfter);
    let [most, length] = [client, (this.turns.get(client)?.length ?? 0) + 1];
    for (const [name, waiters] of this.turns) {
      if (waiters.length > length) [most, length] = [name, waiters.length];
    }
    const newest = most === client ? undefined : this.turns.get(most)?.at(-1);
    if (newest === undefined) throw busy;
    this.remove(most, newest);
    newest.refuse(busy);
  }

  private remove(client: string, waiter: Waiter): void {
    const own = this.turns.get(client) ?? [];
    const at = own.indexOf(waiter);
    if (at < 0) return;
    own.splice(at, 1);
    this.waiting -= 1;
    if (own.length === 0) this.turns.delete(client);
  }

  private next(): void {
    const [turn] = this.turns;
    if (turn === undefined) {
      this.running -= 1;
      return;
    }
    const [client, own] = turn;
    const waiter = own[0] as Waiter;
    this.remove(client, waiter);
    // The others have their turn before this client's next.
    if (own.length > 0) {
      this.turns.delete(client);
      this.turns.set(client, own);
    }
    waiter.start();
  }
}

/** The error of a client that has gone. */
export function abandoned(): SemblanceError {
  return new SemblanceError('REQUEST_ABANDONED', 'The connection was closed.');
}

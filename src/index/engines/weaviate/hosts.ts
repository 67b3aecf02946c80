import { setTimeout } from 'node:timers/promises';
import weaviate, { ApiKey, type WeaviateClient } from 'weaviate-client';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { untilAborted } from '../../../runtime/until-aborted.ts';
import type { EngineHost } from '../address.ts';
import { quietly } from './quiet-retries.ts';

/** How long a request may take, in milliseconds. */
interface RequestLimit {
  /** At one host; then the next one is tried. */
  attempt: number;
  /** With all its tries; then it ends in ENGINE_UNAVAILABLE. */
  overall: number;
}

/**
 * What a request does: `read` and `write` are one question and one answer; `walk` reads page after page, as
 * long as it takes, where each page has the time of one try (`page`).
 */
export type RequestKind = 'read' | 'write' | 'walk';

/** Limits of the kinds of requests; of a walk, those of one page. */
export type RequestLimits = Readonly<Record<RequestKind, RequestLimit>>;

const LIMITS: RequestLimits = {
  read: { attempt: 20_000, overall: 60_000 },
  write: { attempt: 40_000, overall: 120_000 },
  walk: { attempt: 30_000, overall: Number.POSITIVE_INFINITY },
};

/** How a request is made. */
export interface RequestOptions {
  /** Ends the wait; a request under way is left to itself, and none follows. */
  signal?: AbortSignal | undefined;
  /** `read` by default. */
  kind?: RequestKind;
}

/** How often every host is tried before a request is given up: long enough to elect a leader. */
const ROUNDS = 5;
/** Wait after the first round, in milliseconds; doubled after each further one. */
const BACKOFF = 250;
/** How often a host with an open request is asked whether it lives, and how long it may take to say so. */
const WATCH = 500;
const ANSWER_WITHIN = 3000;
/** For how long a host that failed is asked last. */
const AVOID = 5000;

/** A client and the requests that use it. */
interface Link {
  client: Promise<WeaviateClient>;
  users: number;
  /** No further request uses it; the last one that does closes it. */
  dropped: boolean;
}

/** A host, its client, and what is known of its health. */
interface Connection {
  host: EngineHost;
  link?: Link | undefined;
  failedAt: number;
}

/** One answer and who gave it. */
export interface Answer<T> {
  host: EngineHost;
  answer: T;
}

/** Names of the client's errors and texts of gRPC that another try would not change. */
const REFUSED =
  /Unauthenticated|InsufficientPermissions|InvalidInput|UNAUTHENTICATED|PERMISSION_DENIED|INVALID_ARGUMENT|status code: 4(0[0-3]|22)/;

/** Whether the engine said no, rather than nothing. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // While the nodes elect a leader, changes of the schema are turned down, too.
  return REFUSED.test(`${error.name} ${error.message}`) && !/leader/i.test(error.message);
}

/**
 * The work's result, unless the time is over first; the work then goes on by itself. The client's own limits
 * do not do: over REST they end with the head of an answer, and over gRPC each of its retries has its own.
 */
async function within<T>(work: Promise<T>, milliseconds: number, who: string): Promise<T> {
  if (milliseconds === Number.POSITIVE_INFINITY) return work;
  const over = new AbortController();
  const late = setTimeout(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${who} did not answer within ${(milliseconds / 1000).toFixed(1)} s.`);
  });
  // The end of the timer is no fault when the work was faster.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/**
 * The nodes of a Weaviate cluster. A request that a node fails goes to another one; when all have failed a
 * few times, the error is ENGINE_UNAVAILABLE.
 */
export class WeaviateHosts {
  private readonly connections: Connection[];
  private turn = 0;

  /**
   * @param key API key; none by default
   * @param limits how long requests may take
   */
  constructor(
    hosts: readonly EngineHost[],
    private readonly key?: string,
    private readonly limits: RequestLimits = LIMITS,
  ) {
    this.connections = hosts.map((host) => ({ host, failedAt: Number.NEGATIVE_INFINITY }));
  }

  get count(): number {
    return this.connections.length;
  }

  /**
   * The answer of any one host.
   * @throws SemblanceError ENGINE_UNAVAILABLE, ENGINE_REFUSED, and what `work` throws of its own; the signal's
   *   reason
   */
  async any<T>(
    work: (client: WeaviateClient, host: EngineHost) => Promise<T>,
    options: RequestOptions = {},
  ): Promise<T> {
    const [first] = await this.several(1, work, options);
    return (first as Answer<T>).answer;
  }

  /**
   * The answers of `count` different hosts.
   * @throws SemblanceError ENGINE_UNAVAILABLE, ENGINE_REFUSED, and what `work` throws of its own; the signal's
   *   reason
   */
  async several<T>(
    count: number,
    work: (client: WeaviateClient, host: EngineHost) => Promise<T>,
    { signal, kind = 'read' }: RequestOptions = {},
  ): Promise<Answer<T>[]> {
    const answers: Answer<T>[] = [];
    const began = performance.now();
    const left = () => this.limits[kind].overall - (performance.now() - began);
    let last: unknown;
    let rounds = 0;
    for (; rounds < ROUNDS && left() > 0; rounds++) {
      if (rounds > 0) {
        const pause = BACKOFF * 2 ** (rounds - 1) * (0.5 + Math.random());
        await untilAborted(setTimeout(Math.min(pause, left())), signal);
      }
      const waiting = this.inTurn().filter(
        ({ host }) => !answers.some((answer) => answer.host === host),
      );
      const ask = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          signal?.throwIfAborted();
          if (left() <= 0) return;
          try {
            const answer = await untilAborted(this.attempt(next, work, kind, left()), signal);
            answers.push({ host: next.host, answer });
            return;
          } catch (error) {
            signal?.throwIfAborted();
            if (error instanceof SemblanceError) throw error;
            last = error;
          }
        }
      };
      await Promise.all(Array.from({ length: count - answers.length }, ask));
      if (answers.length >= count) return answers;
    }
    throw this.unavailable(count, answers.length, rounds, last);
  }

  /** What every host answers to a walk, or the error of those that do not. */
  async each<T>(
    work: (client: WeaviateClient, host: EngineHost) => Promise<T>,
  ): Promise<(Answer<T> | { host: EngineHost; error: unknown })[]> {
    return Promise.all(
      this.connections.map(async (connection) => {
        const { host } = connection;
        try {
          return { host, answer: await this.attempt(connection, work, 'walk') };
        } catch (error) {
          return { host, error };
        }
      }),
    );
  }

  /** The answer of one host to a walk, by its text; no other can stand in. */
  async only<T>(text: string, work: (client: WeaviateClient) => Promise<T>): Promise<T> {
    const connection = this.connections.find(({ host }) => host.text === text) as Connection;
    try {
      return await this.attempt(connection, work, 'walk');
    } catch (error) {
      if (error instanceof SemblanceError) throw error;
      throw this.unavailable(1, 0, 1, error);
    }
  }

  /** One page of a walk, in the time that a page may take. */
  async page<T>(asked: Promise<T>): Promise<T> {
    return within(
      quietly(() => asked),
      this.limits.walk.attempt,
      'A node',
    );
  }

  /** Reads a REST path of a host, for what the client has no call for. */
  async get(host: EngineHost, path: string): Promise<Response> {
    const name = host.host.includes(':') ? `[${host.host}]` : host.host;
    return fetch(`${host.secure ? 'https' : 'http'}://${name}:${host.port}/v1/${path}`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN),
      ...(this.key === undefined ? {} : { headers: { authorization: `Bearer ${this.key}` } }),
    });
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    for (const connection of this.connections) {
      const { link } = connection;
      connection.link = undefined;
      const client = await link?.client.catch(() => undefined);
      await client?.close();
    }
  }

  /** The hosts, each first in its turn, those that failed lately last. */
  private inTurn(): Connection[] {
    const start = this.turn++ % this.connections.length;
    const turned = [...this.connections.slice(start), ...this.connections.slice(0, start)];
    const avoided = (c: Connection) => Number(performance.now() - c.failedAt < AVOID);
    return turned.sort((a, b) => avoided(a) - avoided(b));
  }

  /** @param left how long it may take at most, beside the limit of one try of its kind */
  private async attempt<T>(
    connection: Connection,
    work: (client: WeaviateClient, host: EngineHost) => Promise<T>,
    kind: RequestKind,
    left = Number.POSITIVE_INFINITY,
  ): Promise<T> {
    const { host } = connection;
    const watch = new AbortController();
    const link = this.take(connection);
    try {
      const asked = link.client.then((client) => {
        // Given up while the client was made: nothing may be asked, or written, any more.
        watch.signal.throwIfAborted();
        return Promise.race([
          quietly(() => work(client, host)),
          this.watch(host, watch.signal) as Promise<T>,
        ]);
      });
      // A walk has a limit for each page.
      const limit = kind === 'walk' ? left : Math.min(left, this.limits[kind].attempt);
      return await within(asked, limit, host.text);
    } catch (error) {
      if (error instanceof SemblanceError) throw error;
      link.dropped = true;
      if (connection.link === link) connection.link = undefined;
      if (isRefusal(error)) {
        const detail = error instanceof Error ? error.message : String(error);
        throw new SemblanceError('ENGINE_REFUSED', detail, { subject: host.text, cause: error });
      }
      connection.failedAt = performance.now();
      throw error;
    } finally {
      watch.abort();
      this.leave(link);
    }
  }

  /** The link to a host, made by the first request that needs it, for one more request. */
  private take(connection: Connection): Link {
    connection.link ??= { client: this.open(connection.host), users: 0, dropped: false };
    connection.link.users += 1;
    return connection.link;
  }

  /** Closes a link that failed when its last request leaves: others may still get their answer by it. */
  private leave(link: Link): void {
    link.users -= 1;
    if (!link.dropped || link.users > 0) return;
    link.client.then((client) => client.close()).catch(() => undefined);
  }

  /** A client, once the host is ready: one that is down is told apart before the client's own long retries. */
  private async open(host: EngineHost): Promise<WeaviateClient> {
    await this.assertReady(host);
    const client = await this.connect(host);
    try {
      // The client asks this once, and where it asks during a request it leaves a failure unhandled.
      await quietly(() => client.getWeaviateVersion());
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Fails when the host stops answering; never ends otherwise, until the signal comes. */
  private async watch(host: EngineHost, signal: AbortSignal): Promise<void> {
    let misses = 0;
    while (!signal.aborted) {
      await setTimeout(WATCH, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.assertReady(host);
        misses = 0;
      } catch (error) {
        // A busy host may miss one.
        if (++misses === 2) throw error;
      }
    }
  }

  private async assertReady(host: EngineHost): Promise<void> {
    const { status, body } = await this.get(host, '.well-known/ready');
    await body?.cancel();
    if (status >= 500) throw new Error(`${host.text} is not ready (${status}).`);
  }

  private connect(host: EngineHost): Promise<WeaviateClient> {
    return weaviate.connectToCustom({
      httpHost: host.host.includes(':') ? `[${host.host}]` : host.host,
      httpPort: host.port,
      httpSecure: host.secure,
      grpcHost: host.host.includes(':') ? `[${host.host}]` : host.host,
      grpcPort: host.grpcPort,
      grpcSecure: host.secure,
      skipInitChecks: true,
      timeout: {
        init: 2,
        query: Math.max(this.limits.read.attempt, this.limits.walk.attempt) / 1000,
        insert: this.limits.write.attempt / 1000,
      },
      ...(this.key === undefined ? {} : { authCredentials: new ApiKey(this.key) }),
    });
  }

  private unavailable(wanted: number, got: number, tries: number, cause: unknown): SemblanceError {
    const all = this.connections.map(({ host }) => host.text).join(', ');
    const detail =
      `${got} of the ${wanted} nodes that must answer did, after ${tries} ${tries === 1 ? 'try' : 'tries'}. ` +
      `The last error: ${cause instanceof Error ? cause.message : String(cause)}`;
    return new SemblanceError('ENGINE_UNAVAILABLE', detail, { subject: all, cause });
  }
}

import { setTimeout } from 'node:timers/promises';
import weaviate, { ApiKey, type WeaviateClient } from 'weaviate-client';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { untilAborted } from '../../../runtime/until-aborted.ts';
import type { EngineHost } from '../address.ts';

/** Seconds that a read and a write may take. */
const TIMEOUT = { init: 2, query: 60, insert: 120 };
/** How often every host is tried before a request is given up: long enough to elect a leader. */
const ROUNDS = 5;
/** Wait after the first round, in milliseconds; doubled after each further one. */
const BACKOFF = 250;
/** How often a host with an open request is asked whether it lives, and how long it may take to say so. */
const WATCH = 500;
const ANSWER_WITHIN = 3000;
/** For how long a host that failed is asked last. */
const AVOID = 5000;

/**
 * The client writes each of its own retries with a stack to standard error. What comes of them is reported
 * by an error with a code, so these lines are left out.
 */
function quietRetries(): void {
  const warn = console.warn;
  console.warn = (...words: unknown[]) => {
    const [error, text] = words as [{ path?: string } | undefined, unknown];
    const isRetry = error?.path?.startsWith('/weaviate.') && /^Attempt \d+ failed/.test(`${text}`);
    if (!isRetry) warn(...words);
  };
}
quietRetries();

/** A host, its client, and what is known of its health. */
interface Connection {
  host: EngineHost;
  client?: WeaviateClient | undefined;
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
 * The nodes of a Weaviate cluster. A request that a node fails goes to another one; when all have failed a
 * few times, the error is ENGINE_UNAVAILABLE.
 */
export class WeaviateHosts {
  private readonly connections: Connection[];
  private turn = 0;

  /** @param key API key; none by default */
  constructor(
    hosts: readonly EngineHost[],
    private readonly key?: string,
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
    signal?: AbortSignal,
  ): Promise<T> {
    const [first] = await this.several(1, work, signal);
    return (first as Answer<T>).answer;
  }

  /**
   * The answers of `count` different hosts.
   * @param signal ends the wait; a request under way is left to itself, and none follows
   * @throws SemblanceError ENGINE_UNAVAILABLE, ENGINE_REFUSED, and what `work` throws of its own; the signal's
   *   reason
   */
  async several<T>(
    count: number,
    work: (client: WeaviateClient, host: EngineHost) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<Answer<T>[]> {
    const answers: Answer<T>[] = [];
    let last: unknown;
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) {
        await untilAborted(setTimeout(BACKOFF * 2 ** (round - 1) * (0.5 + Math.random())), signal);
      }
      const waiting = this.inTurn().filter(
        ({ host }) => !answers.some((answer) => answer.host === host),
      );
      const ask = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          signal?.throwIfAborted();
          try {
            const answer = await untilAborted(this.attempt(next, work), signal);
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
    throw this.unavailable(count, answers.length, last);
  }

  /** What every host answers, or the error of those that do not. */
  async each<T>(
    work: (client: WeaviateClient, host: EngineHost) => Promise<T>,
  ): Promise<(Answer<T> | { host: EngineHost; error: unknown })[]> {
    return Promise.all(
      this.connections.map(async (connection) => {
        const { host } = connection;
        try {
          return { host, answer: await this.attempt(connection, work) };
        } catch (error) {
          return { host, error };
        }
      }),
    );
  }

  /** The answer of one host, by its text; no other can stand in. */
  async only<T>(text: string, work: (client: WeaviateClient) => Promise<T>): Promise<T> {
    const connection = this.connections.find(({ host }) => host.text === text) as Connection;
    try {
      return await this.attempt(connection, work);
    } catch (error) {
      if (error instanceof SemblanceError) throw error;
      throw this.unavailable(1, 0, error);
    }
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
    for (const connection of this.connections) await this.disconnect(connection);
  }

  /** The hosts, each first in its turn, those that failed lately last. */
  private inTurn(): Connection[] {
    const start = this.turn++ % this.connections.length;
    const turned = [...this.connections.slice(start), ...this.connections.slice(0, start)];
    const avoided = (c: Connection) => Number(performance.now() - c.failedAt < AVOID);
    return turned.sort((a, b) => avoided(a) - avoided(b));
  }

  private async attempt<T>(
    connection: Connection,
    work: (client: WeaviateClient, host: EngineHost) => Promise<T>,
  ): Promise<T> {
    const { host } = connection;
    const watch = new AbortController();
    try {
      // A host that is down is told apart before the client begins its own long retries.
      if (connection.client === undefined) {
        await this.assertReady(host);
        connection.client = await this.connect(host);
      }
      return await Promise.race([
        work(connection.client, host),
        this.watch(host, watch.signal) as Promise<T>,
      ]);
    } catch (error) {
      if (error instanceof SemblanceError) throw error;
      if (isRefusal(error)) {
        const detail = error instanceof Error ? error.message : String(error);
        throw new SemblanceError('ENGINE_REFUSED', detail, { subject: host.text, cause: error });
      }
      connection.failedAt = performance.now();
      await this.disconnect(connection);
      throw error;
    } finally {
      watch.abort();
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
    const { status } = await this.get(host, '.well-known/ready');
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
      timeout: TIMEOUT,
      ...(this.key === undefined ? {} : { authCredentials: new ApiKey(this.key) }),
    });
  }

  private async disconnect(connection: Connection): Promise<void> {
    const { client } = connection;
    connection.client = undefined;
    await client?.close();
  }

  private unavailable(wanted: number, got: number, cause: unknown): SemblanceError {
    const all = this.connections.map(({ host }) => host.text).join(', ');
    const detail =
      `${got} of the ${wanted} nodes that must answer did, after ${ROUNDS} tries. ` +
      `The last error: ${cause instanceof Error ? cause.message : String(cause)}`;
    return new SemblanceError('ENGINE_UNAVAILABLE', detail, { subject: all, cause });
  }
}

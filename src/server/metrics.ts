import { createHash, timingSafeEqual } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Hono } from 'hono';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Semblance } from '../app/semblance.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { INDEX_BUILD, type IndexBuild } from '../domain/logger.ts';
import type { FairQueue } from './fair-queue.ts';
import { guardAgainstOtherSites } from './guard.ts';
import type { ObservedRequest } from './observed.ts';
import { VERSION } from './pages.ts';
import { problemResponse } from './problems.ts';

/** Seconds, from a picture that is kept to an explanation or upload that takes minutes. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const BUILD_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 600];
/** What counts as a search, by the pattern of its address. */
const SEARCH = /\/(search|similar|similar\/\{[^}]+\})$/;
/** A token has so many characters at least: a guess takes for ever. */
const LEAST_TOKEN = 16;

/** What a server counts, for Prometheus: by patterns of addresses, kinds, states and names of collections. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = this.histogram(
    'semblance_http_request_duration_seconds',
    'Requests, from the head to the end of the answer; status 499: the client went before',
    { labels: ['method', 'route', 'status'], buckets: SECONDS },
  );
  private readonly bytes = this.counter(
    'semblance_http_response_bytes_total',
    'Bytes of answers, without their heads',
    ['route'],
  );
  private readonly searches = this.counter(
    'semblance_searches_total',
    'Searches by what came of them',
    ['status'],
  );
  private readonly refused = this.counter(
    'semblance_queue_refused_total',
    'Requests that were answered 503 because too many waited',
    ['queue'],
  );
  private readonly builds = this.histogram(
    'semblance_index_build_duration_seconds',
    'Indices in memory that were built anew of the embeddings of a collection',
    { labels: [], buckets: BUILD_SECONDS },
  );
  private readonly queues = new Map<string, FairQueue>();
  private readonly built = (message: unknown) =>
    this.builds.observe((message as IndexBuild).ms / 1000);

  /** @param semblance the application that is served */
  constructor(semblance: Semblance) {
    collectDefaultMetrics({ register: this.registry });
    const { version: node } = process;
    this.gauge('semblance_build_info', 'Version of the program and of Node', [
      'version',
      'node',
    ]).set({ version: VERSION, node }, 1);
    this.gauge('semblance_tasks', 'Tasks by kind and state', ['kind', 'state'], (gauge) => {
      for (const { kind, state } of semblance.tasks.list()) gauge.inc({ kind, state });
    });
    this.gauge(
      'semblance_collection_images',
      'Images of a collection; none of one that cannot be opened',
      ['collection'],
      (gauge) => {
        for (const { name, images, problem } of semblance.collections.list()) {
          if (problem === undefined) gauge.set({ collection: name }, images);
        }
      },
    );
    this.gauge('semblance_collections_unopened', 'Collections that cannot be opened', [], (gauge) =>
      gauge.set(semblance.collections.list().filter(({ problem }) => problem).length),
    );
    new Counter({
      name: 'semblance_audit_failures_total',
      help: 'Entries of the audit log that could not be written; what they tell of was refused',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(semblance.audit.failures);
      },
    });
    this.gauge(
      'semblance_queue_requests',
      'Requests that wait or are worked on, of each queue',
      ['queue', 'state'],
      (gauge) => {
        for (const [queue, { running, waiting }] of this.queues) {
          gauge.set({ queue, state: 'running' }, running);
          gauge.set({ queue, state: 'waiting' }, waiting);
        }
      },
    );
    subscribe(INDEX_BUILD, this.built);
  }

  /** Counts a request. */
  observe({ method, route, status, ms, bytes, code }: ObservedRequest): void {
    const pattern = route ?? 'none';
    this.requests.observe({ method, route: pattern, status }, ms / 1000);
    this.bytes.inc({ route: pattern }, bytes);
    if (SEARCH.test(pattern)) this.searches.inc({ status: code ?? 'done' });
  }

  /** Tells how full a queue is, from now on. */
  watchQueue(name: string, queue: FairQueue): void {
    this.queues.set(name, queue);
    this.refused.inc({ queue: name }, 0);
    queue.onRefused = () => this.refused.inc({ queue: name });
  }

  /**
   * Answers `/metrics`, and nothing else.
   * @param token that whoever asks has to give; undefined where nobody has to
   */
  app(token: string | undefined): Hono {
    const app = new Hono();
    app.onError((error, c) => problemResponse(c, error));
    app.notFound((c) =>
      problemResponse(c, new SemblanceError('ROUTE_NOT_FOUND', 'Nothing is found here.')),
    );
    // A page that a browser of this machine shows has no token.
    if (token === undefined) app.use(guardAgainstOtherSites([], []));
    app.get('/metrics', async (c) => {
      if (token !== undefined && !isSame(token, c.req.header('authorization'))) {
        throw new SemblanceError('LOGIN_REQUIRED', 'It takes the token of the metrics.');
      }
      const body = await this.registry.metrics();
      return c.body(body, 200, { 'Content-Type': this.registry.contentType });
    });
    return app;
  }

  /** Counts nothing any more. */
  close(): void {
    unsubscribe(INDEX_BUILD, this.built);
    this.registry.clear();
  }

  private counter<T extends string>(name: string, help: string, labelNames: T[]): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram<T extends string>(
    name: string,
    help: string,
    { labels, buckets }: { labels: T[]; buckets: number[] },
  ): Histogram<T> {
    return new Histogram({ name, help, labelNames: labels, buckets, registers: [this.registry] });
  }

  /** @param look sets it, each time it is asked for */
  private gauge<T extends string>(
    name: string,
    help: string,
    labelNames: T[],
    look?: (gauge: Gauge<T>) => void,
  ): Gauge<T> {
    return new Gauge({
      ...{ name, help, labelNames, registers: [this.registry] },
      ...(look && {
        collect() {
          this.reset();
          look(this);
        },
      }),
    });
  }
}

/** @throws SemblanceError USAGE for one that could be guessed */
export function checkToken(token: string | undefined): void {
  if (token === undefined || token.length >= LEAST_TOKEN) return;
  throw new SemblanceError('USAGE', `--metrics-token has ${LEAST_TOKEN} characters at least.`);
}

/** Compared by hashes, in the same time whatever it is. */
function isSame(token: string, header = ''): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(`Bearer ${token}`), hash(header));
}

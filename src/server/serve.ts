import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { AllowedFolders } from '../app/allowed-folders.ts';
import type { OpenIdOptions } from '../app/openid.ts';
import type { ReceiveRequest, Receiver } from '../app/receiving.ts';
import { Semblance, type SemblanceOptions } from '../app/semblance.ts';
import type { Watcher, WatchRequest } from '../app/watching.ts';
import { SemblanceError, systemCode } from '../domain/errors/error.ts';
import type { LogEvent } from '../domain/logger.ts';
import { checkedHost, type Listening } from './addresses.ts';
import { createApp } from './app.ts';
import { keepAuditFor } from './audit-retention.ts';
import type { DicomWebPolicy } from './dicom-web.ts';
import {
  type ConnectionLimits,
  createHttpServer,
  DEFAULT_CONNECTIONS,
  type EndingServer,
} from './http-server.ts';
import type { LoadLimits } from './lanes.ts';
import { checkToken, Metrics } from './metrics.ts';
import { requestEvent } from './observed.ts';
import { VERSION } from './pages.ts';
import type { RequestLimits } from './rate-limits.ts';
import { endingSoon, followTls, readTls, type TlsFiles, type TlsPair } from './tls.ts';

/** How often it is looked for collections that are gone, in milliseconds. */
const TIDY_INTERVAL = 5000;

/** When what is kept in memory is read beforehand: the first requests have the processor for themselves. */
const PREPARE_AFTER = 4000;

const OPEN = 'Others reach this server, and nobody is asked who he is: docs/security.md.';
const PLAIN =
  'Others reach this server by plain HTTP: passwords, keys and images can be read on their way. Serve by TLS: docs/serving.md.';

const ITSELF = { operation: 'serve', outcome: 'done' } as const;
const UNLOGGED = 'It is not written who does what: --no-audit.';

/** Where and how to serve. */
export interface ServeOptions extends SemblanceOptions {
  /** Address to listen on; `127.0.0.1` unless others are to be served. */
  host: string;
  /** Port; 0 for any free one. */
  port: number;
  /** See `AppOptions`. */
  openid?: OpenIdOptions | undefined;
  /** Whether an address may be listened on that other machines reach though there is no user, no key and no provider. */
  insecure: boolean;
  /** Largest upload in bytes. */
  maxUpload: number;
  /** Host names under which others may ask. */
  hosts: readonly string[];
  /** Origins of other pages that may ask the API. */
  origins: readonly string[];
  /** Whether strangers may have PACS contacted and collections changed where others may open the page, too. */
  allowIndexing: boolean;
  /**
   * Folders of this machine that may be indexed by whoever may change a collection; by default those of the user and of
   * what is put in, where nobody else reaches the server, and else none.
   */
  folders?: readonly string[] | undefined;
  load: LoadLimits;
  requests: RequestLimits;
  dicomWeb?: DicomWebPolicy | undefined;
  /** See `AppOptions`. */
  viewerUrl?: string | undefined;
  /** See `AppOptions`. */
  sendTo?: string | undefined;
  /** See `AppOptions`. */
  mcp?: boolean | undefined;
  /** Files of the certificate by which TLS is spoken; read again when they change. By default plain HTTP is spoken. */
  tls?: TlsFiles | undefined;
  /** See `AppOptions`. */
  trustProxy?: readonly string[] | undefined;
  /** Whether it is written who did what; by default it is. */
  audit?: boolean | undefined;
  /** Entries of the audit log that are older than so many days are removed; by default none are. */
  keepAuditDays?: number | undefined;
  connections: ConnectionLimits;
  /** Address of a collector of OpenTelemetry that spans are sent to, by OTLP over HTTP; to none by default. */
  otlpEndpoint?: string | undefined;
  /** Where metrics are told, on a port of their own; nowhere by default. */
  metrics?: MetricsOptions | undefined;
  /** Folders whose new files are indexed. */
  watch?: readonly Omit<WatchRequest, 'folders'>[] | undefined;
  /** What is received beside, by STOW-RS and, where it says so, by DIMSE; nothing is by default. */
  receive?: ReceiveRequest | undefined;
}

/** How metrics are told. */
interface MetricsOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  /** That whoever asks has to give; without it only this machine is answered. */
  token?: string | undefined;
}

/** A server that runs. */
export interface RunningServer {
  /** Addresses of the page; the first is the one to open. */
  urls: [string, ...string[]];
  /** What is not safe about it. */
  warnings: string[];
  /** Address of the metrics, if they are told. */
  metrics: string | null;
  /** Where associations are taken, if any are. */
  dimse: { aet: string; port: number } | null;
  /**
   * Takes no more requests, answers those under way, interrupts tasks and ends.
   * @param limit milliseconds after which requests under way are cut off; at once by default
   */
  close(limit?: number): Promise<void>;
}

/**
 * Starts the server.
 * @throws SemblanceError TLS_INVALID, AUDIT_NOT_WRITTEN, PACS_ADDRESS_INVALID, HOST_NOT_PRIVATE, DATA_NOT_PRIVATE, PORT_IN_USE, PORT_NOT_ALLOWED
 */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { maxUpload, hosts, origins, host, port, load, connections, dicomWeb, viewerUrl } = options;
  const { home, limits, engine, provider, logger, audit = true } = options;
  // A library that most do without.
  const traces =
    options.otlpEndpoint === undefined
      ? undefined
      : new (await import('./traces.ts')).Traces(options.otlpEndpoint);
  const log = (event: LogEvent) => {
    logger?.event?.(event);
    traces?.event(event);
  };
  const told = logger && { warn: (text: string) => logger.warn(text), event: log };
  const semblance = await Semblance.open({ home, limits, engine, provider, logger: told });
  let receiver: Receiver | undefined;
  let unkeep: (() => void) | undefined;
  let listening: Listening;
  const warnings: string[] = [];
  let server: EndingServer;
  const watchers: Watcher[] = [];
  let metrics: Metrics | undefined;
  let telling: Awaited<ReturnType<typeof tellMetrics>> | undefined;
  try {
    checkToken(options.metrics?.token);
    const { sendTo } = options;
    if (sendTo !== undefined) semblance.documents.checkAddress(sendTo);
    const { openid } = options;
    const hasUsers = openid !== undefined || semblance.access.anybody();
    listening = await checkedHost(host, options.insecure || hasUsers);
    const { isPrivate, names } = listening;
    const isOwn = isPrivate && hosts.length === 0 && !options.trustProxy?.length;
    const pair = options.tls && readTls(options.tls);
    const soon = pair && endingSoon(pair);
    if (soon !== undefined) warnings.push(soon);
    if (!isPrivate && !hasUsers) warnings.push(OPEN);
    else if (!isPrivate && pair === undefined) warnings.push(PLAIN);
    semblance.start();
    // Without it nothing would be answered.
    if (audit) {
      const { number } = await semblance.audit.record({ ...ITSELF, event: 'start' });
      const { keepAuditDays: days } = options;
      const warn = (text: string) => logger?.warn(text);
      if (days !== undefined) unkeep = keepAuditFor(semblance.audit, days, number, warn);
    } else {
      semblance.audit.leaveOut();
      warnings.push(UNLOGGED);
    }
    const { receive } = options;
    receiver =
      receive &&
      (await semblance.receiving.start(receive).catch((error) => {
        throw listenError(error, `${receive.dimse?.host}:${receive.dimse?.port}`);
      }));
    const watched = options.folders && new AllowedFolders(options.folders);
    for (const request of options.watch ?? []) {
      watchers.push(await semblance.watching.start({ ...request, folders: watched }));
    }
    if (options.metrics) {
      metrics = new Metrics(semblance);
      telling = await tellMetrics(metrics, options.metrics, pair);
    }
    const app = createApp(semblance, {
      ...{ maxUpload, hosts: [...hosts, ...names], origins, load, dicomWeb, viewerUrl, receiver },
      ...{ sendTo, audit, openid, requests: options.requests },
      watchQueue: metrics && ((name, queue) => metrics?.watchQueue(name, queue)),
      trustProxy: options.trustProxy ?? [],
      mcp: options.mcp ?? false,
      reachable: !isPrivate,
      mustLogIn: !isPrivate && !options.insecure,
      // Under another name it may be others who ask, through a proxy.
      indexing: options.allowIndexing || isOwn,
      folders: options.folders ?? (isOwn && !hasUsers ? ownFolders() : []),
    });
    server = createHttpServer(app.fetch, connections, pair, (observed) => {
      metrics?.observe(observed);
      traces?.observe(observed);
      log(requestEvent(observed));
    });
    await listen(server, listening.address, port);
  } catch (error) {
    await Promise.all(watchers.map((each) => each.close()));
    await telling?.server.end(0);
    metrics?.close();
    await traces?.close();
    await receiver?.close();
    await semblance.close();
    throw listenError(error, `${host}:${port}`);
  }
  const unfollow =
    options.tls &&
    followTls(
      options.tls,
      (pair) => {
        server.use(pair);
        telling?.server.use(pair);
      },
      (text) => logger?.warn(text),
    );
  const tidying = setInterval(() => semblance.tidy(), TIDY_INTERVAL);
  tidying.unref();
  const preparing = setTimeout(() => semblance.prepare(), PREPARE_AFTER);
  preparing.unref();
  const actual = portOf(server);
  const [first = host, ...others] = listening.names.map(
    (name) => `${options.tls ? 'https' : 'http'}://${name}:${actual}/`,
  );
  log({
    ...{ level: 'info', event: 'start', version: VERSION, node: process.version, port: actual },
    tls: options.tls === undefined ? 'no' : 'yes',
  });
  return {
    urls: [first, ...others],
    warnings,
    metrics: telling?.url ?? null,
    dimse: receiver?.state().dimse ?? null,
    async close(limit = 0) {
      unfollow?.();
      unkeep?.();
      clearInterval(tidying);
      clearTimeout(preparing);
      await server.end(limit);
      await telling?.server.end(0);
      metrics?.close();
      await Promise.all(watchers.map((each) => each.close()));
      await receiver?.close();
      // Who stops the server does not wait for a disk to get room.
      if (audit) {
        await semblance.audit.record({ ...ITSELF, event: 'stop' }).catch(() => undefined);
      }
      await semblance.close();
      log({ level: 'info', event: 'stop' });
      await traces?.close();
    },
  };
}

/**
 * Tells metrics on a port of their own: no limit of connections, queue or name of the page stands before it, and who may ask
 * there can ask nothing else.
 */
async function tellMetrics(
  metrics: Metrics,
  { host, port, token }: MetricsOptions,
  pair: TlsPair | undefined,
) {
  const { address, names } = await checkedHost(host, token !== undefined);
  const server = createHttpServer(metrics.app(token).fetch, DEFAULT_CONNECTIONS, pair);
  await listen(server, address, port).catch((error) => {
    throw listenError(error, `${host}:${port}`);
  });
  const url = `${pair ? 'https' : 'http'}://${names[0] ?? host}:${portOf(server)}/metrics`;
  return { server, url };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Where people keep what they want to look at: their own folder, and what is put in. */
function ownFolders(): string[] {
  return [homedir(), '/media', '/run/media', '/mnt', '/Volumes'].filter((each) => existsSync(each));
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      // Without a file descriptor for a connection, the others go on.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

/** The error of a port that cannot be listened on; another one as it is. */
export function listenError(error: unknown, subject: string): unknown {
  switch (systemCode(error)) {
    case 'EADDRINUSE':
      return new SemblanceError('PORT_IN_USE', 'Another program listens there.', { subject });
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new SemblanceError('PORT_NOT_ALLOWED', 'The system refuses it.', { subject });
    default:
      return error;
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { getRequestListener, RequestError } from '@hono/node-server';
import { SemblanceError, systemCode } from '../domain/errors/error.ts';
import { BusyError } from './fair-queue.ts';
import { headProblem, MAX_HEAD_BYTES, MAX_HEADERS } from './head.ts';
import { type ObservedRequest, observe, refusedAs, unreadRequest } from './observed.ts';
import { problemOf, type SentProblem } from './problems.ts';
import type { TlsPair } from './tls.ts';

/** What one server bears of connections. */
export interface ConnectionLimits {
  /** Connections at a time. */
  maxConnections: number;
  /** Connections of one address at a time. */
  maxPerAddress: number;
  /** Milliseconds for a whole request to come. */
  requestTimeout: number;
  /** Milliseconds for address and headers to come. */
  headersTimeout: number;
  /** Milliseconds that an answer may stand without a byte of it being taken. */
  stallTimeout: number;
}

/** What is borne unless something else is asked for. */
export const DEFAULT_CONNECTIONS: ConnectionLimits = {
  maxConnections: 512,
  maxPerAddress: 256,
  requestTimeout: 120_000,
  headersTimeout: 10_000,
  stallTimeout: 60_000,
};

/** Connections beyond the limit that are still heard, to be told so. */
const HEARD_BEYOND = 64;
/** How long these may take, in milliseconds. */
const BEYOND_TIMEOUT = 2000;
/** How often connections are looked at for those that are too slow, in milliseconds. */
const CHECK_INTERVAL = 1000;

/** How often connections are looked at for those whose last answer is given, while the server ends, in milliseconds. */
const END_INTERVAL = 50;

/** Addresses that are answered whatever else is going on. */
const ALWAYS = /^\/(health|ready)(\?|$)/;

/** Methods that are taken somewhere. */
const METHODS = 'GET, HEAD, POST, OPTIONS';

const CLOSE = { Connection: 'close', 'X-Content-Type-Options': 'nosniff' };

/** Answers without the application. */
function send(response: ServerResponse, { status, code, headers, body }: SentProblem): void {
  refusedAs(response.req, code);
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, ...CLOSE, 'Content-Length': length });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Answers a connection that brought no request which can be read, and closes it. */
function sendRaw(socket: Socket, problem: SentProblem): void {
  const { status, headers, body } = problem;
  const lines = Object.entries({
    ...headers,
    ...CLOSE,
    'Content-Length': Buffer.byteLength(body),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
  // What is still being sent is not read to its end.
  setTimeout(() => socket.destroy(), BEYOND_TIMEOUT).unref();
}

/** The answer to a method that is taken nowhere. */
function methodProblem(detail: string): SentProblem {
  const { headers, ...rest } = problemOf(new SemblanceError('METHOD_NOT_ALLOWED', detail));
  return { ...rest, headers: { ...headers, Allow: METHODS } };
}

/** What is wrong with bytes that Node's parser refuses. */
function parseProblem(error: Error & { rawPacket?: Buffer }): SentProblem {
  const start = error.rawPacket?.toString('latin1', 0, 200) ?? '';
  if (systemCode(error) === 'HPE_INVALID_METHOD' && /^[\w-]{1,40} \S/.test(start)) {
    return methodProblem('It is not known.');
  }
  return problemOf(parseError(error));
}

function parseError(error: Error): SemblanceError {
  switch (systemCode(error)) {
    case 'HPE_HEADER_OVERFLOW':
      return new SemblanceError('HEAD_TOO_LARGE', `The limit is ${MAX_HEAD_BYTES / 1024} KiB.`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new SemblanceError('REQUEST_TIMEOUT', 'The request did not come to its end in time.');
    default:
      return new SemblanceError('REQUEST_INVALID', 'It is no HTTP request.');
  }
}

/** Counts connections, by address and all of them. */
class Connections {
  private readonly surplus = new WeakSet<Socket>();
  private readonly byAddress = new Map<string, number>();
  private readonly open = new Set<Socket>();

  constructor(private readonly limits: ConnectionLimits) {}

  add(socket: Socket): void {
    const { remoteAddress: address = '' } = socket;
    const own = (this.byAddress.get(address) ?? 0) + 1;
    this.byAddress.set(address, own);
    this.open.add(socket);
    if (this.open.size > this.limits.maxConnections || own > this.limits.maxPerAddress) {
      this.surplus.add(socket);
      setTimeout(() => socket.destroy(), BEYOND_TIMEOUT).unref();
      if (own > this.limits.maxPerAddress + HEARD_BEYOND) socket.destroy();
    }
    socket.once('close', () => {
      const left = (this.byAddress.get(address) ?? 1) - 1;
      if (left > 0) this.byAddress.set(address, left);
      else this.byAddress.delete(address);
      this.open.delete(socket);
    });
  }

  /** Closes those that have not sent anything yet, as browsers open them in advance. */
  closeSilent(): void {
    for (const socket of this.open) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Whether it came when there were enough. */
  isSurplus(socket: Socket): boolean {
    return this.surplus.has(socket);
  }
}

/** What Node is told of a certificate: versions of TLS from 1.2 on (RFC 9325). */
function tlsOf({ cert, key }: TlsPair) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}

/** A server that ends without cutting off what it is answering. */
export interface EndingServer extends Server {
  /**
   * Takes no more connections, gives the answers under way, and closes each connection after its own.
   * @param limit milliseconds after which the rest are cut off
   */
  end(limit: number): Promise<void>;
  /** Has a TLS server use another certificate, for connections that come from now on. */
  use(pair: TlsPair): void;
}

/**
 * An HTTP server with limits on connections, and on the size and time of requests, that answers whatever
 * it refuses with a problem document.
 * @param fetch the application
 * @param tls by which it is spoken; by default plain HTTP is
 * @param tell is told of each request when its answer has ended
 */
export function createHttpServer(
  fetch: Parameters<typeof getRequestListener>[0],
  limits: ConnectionLimits,
  tls?: TlsPair,
  tell: (observed: ObservedRequest) => void = () => undefined,
): EndingServer {
  const { requestTimeout, headersTimeout, stallTimeout } = limits;
  const handle = getRequestListener(fetch, {
    errorHandler: (error) => {
      const { status, headers, body } = problemOf(
        error instanceof RequestError
          ? new SemblanceError('REQUEST_INVALID', 'Its head cannot be read.', { cause: error })
          : error,
      );
      return new Response(body, { status, headers });
    },
  });
  const scheme = tls ? 'https' : 'http';
  const connections = new Connections(limits);
  const answering = new Set<ServerResponse>();
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const { socket, url = '', method } = request;
    observe(request, response, tell);
    // A connection that breaks off is no error of the server.
    response.on('error', () => undefined);
    answering.add(response);
    response.once('close', () => answering.delete(response));
    response.shouldKeepAlive &&= server.listening;
    if (connections.isSurplus(socket) && !ALWAYS.test(url)) {
      return send(response, problemOf(new BusyError('Too many connections are open.')));
    }
    const problem = headProblem(request);
    if (problem !== undefined) return send(response, problemOf(problem));
    if (url === '*') {
      response.writeHead(204, { Allow: METHODS });
      return response.end();
    }
    if (method === 'TRACE') return send(response, methodProblem('It is not taken anywhere.'));
    // One spelling of each host: what reads it next compares it letter by letter.
    request.headers.host = new URL(`${scheme}://${request.headers.host}/`).host;
    await handle(request, response);
    // All is handed over; now it depends on the other end how long it is held.
    if (!response.writableFinished && !response.destroyed) {
      const stalled = () => socket.destroy();
      socket.setTimeout(stallTimeout, stalled);
      response.once('close', () => {
        socket.off('timeout', stalled);
        socket.setTimeout(0);
      });
    }
  };
  const options = {
    maxHeaderSize: MAX_HEAD_BYTES,
    requestTimeout,
    headersTimeout,
    connectionsCheckingInterval: CHECK_INTERVAL,
    keepAliveTimeout: 5000,
    // Checked with the rest of the head, which has an answer that says what is missing.
    requireHostHeader: false,
  };
  const heard = (request: IncomingMessage, response: ServerResponse) =>
    void listener(request, response);
  const tlsServer =
    tls && createTlsServer({ ...options, ...tlsOf(tls), handshakeTimeout: headersTimeout }, heard);
  const server: Server = tlsServer ?? createServer(options, heard);
  // One more, so that it is seen that there are too many.
  server.maxHeadersCount = MAX_HEADERS + 1;
  server.maxConnections = limits.maxConnections + HEARD_BEYOND;
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => connections.add(socket));
  const refuse = (socket: Socket, problem: SentProblem) => {
    sendRaw(socket, problem);
    tell(unreadRequest(problem.status, problem.code));
  };
  server.on('clientError', (error: Error, socket: Socket) => {
    const answering = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
    // An answer that has begun must not get another one into it.
    const isUnsecured = tls !== undefined && (socket as TLSSocket).getProtocol?.() == null;
    if (!socket.writable || answering?.headersSent || isUnsecured) socket.destroy();
    else refuse(socket, parseProblem(error));
  });
  server.on('connect', (_request, socket: Socket) =>
    refuse(socket, methodProblem('This server is no proxy.')),
  );
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const problem = new SemblanceError('REQUEST_INVALID', 'Its header Expect asks for too much.');
    send(response, { ...problemOf(problem), status: 417 });
  });
  const end = async (limit: number) => {
    const closed = new Promise((resolve) => server.close(resolve));
    connections.closeSilent();
    for (const response of answering) response.shouldKeepAlive = false;
    const idle = setInterval(() => server.closeIdleConnections(), END_INTERVAL);
    const late = setTimeout(() => server.closeAllConnections(), limit);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  };
  return Object.assign(server, {
    end,
    use: (pair: TlsPair) => tlsServer?.setSecureContext(tlsOf(pair)),
  });
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context, MiddlewareHandler } from 'hono';
import type { ErrorCode } from '../domain/errors/registry.ts';
import type { LogEvent } from '../domain/logger.ts';

/** A status that no answer has: the client went before there was one (as nginx writes it). */
const GONE = 499;
/** Ids that a proxy in front gives, and nothing else that somebody could write: 128 bits, hexadecimal. */
const ID = /^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/i;
const PARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
/** Asked for again and again by programs that only look whether all is well. */
const QUIET = ['/health', '/ready'];

/** A request, told by facts that name nobody. */
export interface ObservedRequest {
  /** Its number on the way through several programs: `X-Request-Id`. */
  id: string;
  method: string;
  /** The pattern of its address, `page` for files of the page, null where nothing is found. */
  route: string | null;
  status: number;
  /** From its head to the end of its answer. */
  ms: number;
  /** Of the answer, without its head. */
  bytes: number;
  /** `user 3` or `key 5` by their numbers, `local` where nobody is asked who he is, `stranger`. */
  actor: string;
  code: ErrorCode | null;
  /** `traceparent` as it was sent, if it is hexadecimal digits alone. */
  parent: string | null;
  /** Where in the program an error came from that has no code of its own, without what it says. */
  at: string | null;
}

/** What the application finds out of a request. */
type Found = Pick<ObservedRequest, 'route' | 'actor' | 'code' | 'at'>;

const found = new WeakMap<IncomingMessage, Found>();

declare module 'hono' {
  interface ContextVariableMap {
    /** Pattern of the address that is answered, as the API's description has it. */
    route: string;
  }
}

/** Follows a request, and tells of it when its answer has ended; the answer says its number. */
export function observe(
  request: IncomingMessage,
  response: ServerResponse,
  tell: (observed: ObservedRequest) => void,
): void {
  const begun = performance.now();
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && ID.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  const traced = request.headers.traceparent;
  const parent = typeof traced === 'string' && PARENT.test(traced) ? traced : null;
  const bytes = countBody(response);
  const { method = '' } = request;
  response.once('close', () => {
    const known = found.get(request) ?? NOTHING;
    const status = response.headersSent ? response.statusCode : GONE;
    const ms = Math.round((performance.now() - begun) * 10) / 10;
    tell({ id, method, status, ms, bytes: bytes(), parent, ...known });
  });
}

const NOTHING: Found = { route: null, actor: 'stranger', code: null, at: null };

/** Counts what is written of an answer. */
function countBody(response: ServerResponse): () => number {
  let bytes = 0;
  const counted =
    <T extends (...args: never[]) => unknown>(write: T) =>
    (...args: Parameters<T>) => {
      const [chunk, encoding] = args as unknown[];
      if (typeof chunk === 'string') bytes += Buffer.byteLength(chunk, encoding as BufferEncoding);
      else if (ArrayBuffer.isView(chunk)) bytes += chunk.byteLength;
      return write.apply(response, args);
    };
  response.write = counted(response.write) as typeof response.write;
  response.end = counted(response.end) as typeof response.end;
  return () => (response.req.method === 'HEAD' ? 0 : bytes);
}

/** Notes why the server refuses a request before the application has it. */
export function refusedAs(request: IncomingMessage, code: ErrorCode): void {
  found.set(request, { ...NOTHING, code });
}

/** What could not even be read as a request. */
export function unreadRequest(status: number, code: ErrorCode): ObservedRequest {
  return { ...NOTHING, id: randomUUID(), method: '', status, ms: 0, bytes: 0, parent: null, code };
}

/** Finds out, for whoever observes the server, what is asked for and by whom. */
export const findOut: MiddlewareHandler = async (c, next) => {
  await next();
  const incoming = c.env?.incoming as IncomingMessage | undefined;
  if (incoming === undefined) return;
  const code = c.get('code') ?? null;
  const page = c.res.status < 400 ? 'page' : null;
  const at = code === 'INTERNAL' ? placeOf(c.error) : null;
  found.set(incoming, { route: c.get('route') ?? page, actor: actorNumber(c), code, at });
};

/** The first frame of this program or a library in an error's stack; what the error says may name anything. */
function placeOf({ stack = '' }: Partial<Error> = {}): string | null {
  return (
    /^ {4}at .*?\/((?:src|dist|node_modules)\/[\w@./-]+:\d+:\d+)\)?$/m.exec(stack)?.[1] ?? null
  );
}

function actorNumber(c: Context): string {
  const principal = c.get('principal');
  if (principal !== undefined) return `${principal.kind} ${principal.id}`;
  return c.get('actor')?.kind === 'local' ? 'local' : 'stranger';
}

/** A request as the log has it. */
export function requestEvent({ id, parent: _, ...facts }: ObservedRequest): LogEvent {
  return { level: levelOf(facts), event: 'request', request: id, ...facts };
}

function levelOf({
  status,
  route,
  code,
}: Omit<ObservedRequest, 'id' | 'parent'>): LogEvent['level'] {
  // Of those that are refused for now there may be thousands; the metrics count them.
  if (status >= 500 && code !== 'SERVER_BUSY') return 'error';
  return QUIET.includes(route ?? '') ? 'debug' : 'info';
}

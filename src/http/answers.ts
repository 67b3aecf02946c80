import { EnvHttpProxyAgent, request } from 'undici';
import type { ErrorCode } from '../domain/errors/registry.ts';

/** A server that says nothing for so long (milliseconds) is given up, unless another time is given. */
const SILENCE = 60_000;
/** Statuses that no waiting helps, among those that are the server's own fault. */
const LASTING = new Set([501, 505]);

/** The headers of an answer. */
export type Headers = Record<string, string | string[] | undefined>;
/** What a server answers. */
export type Answer = Awaited<ReturnType<typeof request>>;
/** Proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
export type Agent = EnvHttpProxyAgent;

/** A failure that may be gone at the next try. */
export class PassingError extends Error {
  /** @param wait milliseconds that the server asks to wait @param code what it is when it does not pass */
  constructor(
    message: string,
    readonly wait?: number,
    readonly code?: ErrorCode,
  ) {
    super(message);
  }
}

/** How a server is reached. */
interface AgentOptions {
  /** Milliseconds that it may be silent for. */
  silence?: number;
  /** Requests at a time. */
  connections?: number;
  /** Certificates: the server's authority, and the client's own. */
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer } | undefined;
}

/**
 * Connections to servers, to be destroyed in the end.
 * @throws Error where the environment names a proxy that cannot be one
 */
export function agent({ silence = SILENCE, connections, tls }: AgentOptions = {}): Agent {
  return new EnvHttpProxyAgent({
    ...{ headersTimeout: silence, bodyTimeout: silence },
    ...(connections !== undefined && { connections }),
    ...(tls && { requestTls: tls, connect: tls }),
  });
}

/** A body that is sent, and its Content-Type. */
export interface Sent {
  body: Uint8Array;
  type: string;
}

/** Makes one request, by POST where something is sent; redirects are answers. @throws Error when there is no answer (`reasonOf`) */
export function ask(
  url: string | URL,
  dispatcher: Agent,
  headers: Record<string, string>,
  signal?: AbortSignal,
  sent?: Sent,
): Promise<Answer> {
  return request(url, {
    ...{ dispatcher, headers, ...(signal && { signal }) },
    ...(sent && { method: 'POST' as const, body: sent.body }),
    ...(sent && { headers: { ...headers, 'content-type': sent.type } }),
  });
}

/** Whether a status is that of a server that is busy or being started (RFC 9110, RFC 6585, RFC 8470). */
export function mayPass(status: number): boolean {
  if (status >= 500) return !LASTING.has(status);
  return status === 408 || status === 425 || status === 429;
}

/** A header, the first where it is there several times. */
export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** How long Retry-After asks to wait, in milliseconds: seconds, or a date (RFC 9110 section 10.2.3). */
export function waitOf(headers: Headers): number | undefined {
  const text = header(headers, 'retry-after');
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** What made a connection fail; of several addresses of a name the first failure. */
export function causeOf(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof AggregateError && cause.errors.length > 0 ? cause.errors[0] : cause;
}

/** Why a connection failed. */
export function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : String(cause);
}

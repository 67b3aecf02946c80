import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { SemblanceError } from '../domain/errors/error.ts';
import { isSecure } from './proxies.ts';

const LOCAL = ['localhost', '127.0.0.1', '[::1]'];

/**
 * A host name as names are compared: as addresses have it, without the dot that may end it.
 * @testing
 */
export function canonicalHost(name: string): string {
  const bracketed = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
  const url = `http://${bracketed}/`;
  const { hostname } = URL.canParse(url) ? new URL(url) : { hostname: bracketed.toLowerCase() };
  return hostname.replace(/\.$/, '');
}

/** What pages of other origins may ask for, where they are allowed. */
const API = /^\/(api|dicom-web)\//;

/**
 * An origin (RFC 6454) as browsers send it: scheme, host, and the port where it is not the scheme's own.
 * @throws SemblanceError USAGE for anything else, as `*`, `null` or an address with a path
 */
export function exactOrigin(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin === text && /^https?:/.test(text)) return text;
  const wanted = /^https?:/.test(origin) ? origin : 'https://viewer.example';
  throw new SemblanceError('USAGE', `It is not an origin, such as ${wanted}.`, { subject: text });
}

/**
 * Refuses requests that another site makes through the user's browser: a host name that is not this
 * server's (DNS rebinding), a foreign `Origin`, or `Sec-Fetch-Site: cross-site`.
 * @param hosts host names besides localhost under which the server may be asked; `*` for any
 * @param origins of pages that may ask the API; they are compared letter by letter
 */
export function guardAgainstOtherSites(
  hosts: readonly string[],
  origins: readonly string[],
): MiddlewareHandler {
  const known = new Set([...LOCAL, ...hosts.map(canonicalHost)]);
  const any = hosts.includes('*');
  return async (context, next) => {
    const url = new URL(context.req.url);
    const isKnown = any || known.has(canonicalHost(url.hostname));
    const origin = context.req.header('origin');
    const isAllowed =
      origin !== undefined && origins.includes(origin) && API.test(context.req.path);
    const isForeign =
      (origin !== undefined && !isOwn(origin, context)) ||
      context.req.header('sec-fetch-site') === 'cross-site';
    const foreign = !isKnown || (isForeign && !isAllowed);
    // A link from another page to the page itself is fine; it carries no data either way.
    const isNavigation = context.req.header('sec-fetch-mode') === 'navigate';
    const mayNavigate = isNavigation && context.req.method === 'GET' && isKnown;
    if (foreign && !mayNavigate) {
      throw new SemblanceError('REQUEST_CROSS_SITE', 'The request comes from another site.');
    }
    await next();
  };
}

/** What browsers are to be told so that pages of these origins can read answers of the API; without credentials. */
export function answerTo(origins: readonly string[]): MiddlewareHandler {
  return cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['Authorization', 'If-None-Match'],
    exposeHeaders: [
      ...['ETag', 'Link', 'Retry-After', 'Warning', 'X-Request-Id', 'X-Total-Count'],
      ...['RateLimit', 'RateLimit-Policy'],
    ],
    maxAge: 600,
  });
}

/**
 * Takes requests of the page itself and of programs, which send neither header: no other page, also where its origin may
 * ask the API, has the server write something or contact somebody.
 */
export const onlyOwnPage: MiddlewareHandler = async (context, next) => {
  const site = context.req.header('sec-fetch-site');
  if (!isOwnPage(context) || site === 'none') {
    throw new SemblanceError('REQUEST_CROSS_SITE', 'Only the page of this server may ask for it.');
  }
  await next();
};

/** Whether no other page makes a request: the page itself does, a program, or somebody who wrote the address. */
export function isOwnPage(context: Context): boolean {
  const { req } = context;
  const origin = req.header('origin');
  const site = req.header('sec-fetch-site') ?? 'same-origin';
  const isForeign = origin !== undefined && !isOwn(origin, context);
  return !isForeign && (site === 'same-origin' || site === 'none');
}

/**
 * Whether an origin is this server's. Where it is known to be asked by TLS, the page of the same host that came without it
 * may be anybody's on the way.
 */
function isOwn(origin: string, context: Context): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  // The port that belongs to the scheme is in no address; a proxy in front may speak the other scheme.
  return host === new URL(context.req.url).host && !(isSecure(context) && protocol !== 'https:');
}

import type { MiddlewareHandler } from 'hono';
import { SemblanceError } from '../domain/errors/error.ts';

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

/**
 * Refuses requests that another site makes through the user's browser: a host name that is not this
 * server's (DNS rebinding), a foreign `Origin`, or `Sec-Fetch-Site: cross-site`.
 * @param hosts host names besides localhost under which the server may be asked; `*` for any
 */
export function guardAgainstOtherSites(hosts: readonly string[]): MiddlewareHandler {
  const known = new Set([...LOCAL, ...hosts.map(canonicalHost)]);
  const any = hosts.includes('*');
  return async (context, next) => {
    const url = new URL(context.req.url);
    const isKnown = any || known.has(canonicalHost(url.hostname));
    const origin = context.req.header('origin');
    const foreign =
      !isKnown ||
      (origin !== undefined && !sameHost(origin, url)) ||
      context.req.header('sec-fetch-site') === 'cross-site';
    // A link from another page to the page itself is fine; it carries no data either way.
    const isNavigation = context.req.header('sec-fetch-mode') === 'navigate';
    const mayNavigate = isNavigation && context.req.method === 'GET' && isKnown;
    if (foreign && !mayNavigate) {
      throw new SemblanceError('REQUEST_CROSS_SITE', 'The request comes from another site.');
    }
    await next();
  };
}

function sameHost(origin: string, url: URL): boolean {
  return URL.canParse(origin) && new URL(origin).host === url.host;
}

import type { Context } from 'hono';

/** Whether the client has this version already (RFC 9110, If-None-Match, compared weakly). */
export function etagMatches(context: Context, etag: string): boolean {
  const known = context.req.header('if-none-match');
  if (known === undefined) return false;
  return known.trim() === '*' || (known.match(/"[^"]*"/g)?.includes(etag) ?? false);
}

import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';

/** Whether the client has this version already (RFC 9110, If-None-Match, compared weakly). */
export function etagMatches(context: Context, etag: string): boolean {
  const known = context.req.header('if-none-match');
  if (known === undefined) return false;
  return known.trim() === '*' || (known.match(/"[^"]*"/g)?.includes(etag) ?? false);
}

/** Gives answers of JSON an ETag of their content, so that a program that has it is sent nothing again. */
export const tagJson: MiddlewareHandler = async (c, next) => {
  await next();
  const { res } = c;
  if (c.req.method !== 'GET' || res.status !== 200 || res.headers.has('etag')) return;
  if (!(res.headers.get('content-type') ?? '').startsWith('application/json')) return;
  const body = new Uint8Array(await res.clone().arrayBuffer());
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  res.headers.set('ETag', etag);
  if (!etagMatches(c, etag)) return;
  const headers = new Headers(res.headers);
  for (const name of ['content-type', 'content-length']) headers.delete(name);
  c.res = undefined;
  c.res = new Response(null, { status: 304, headers });
};

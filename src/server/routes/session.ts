import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { SessionSchema } from '../../contract/access.ts';
import { COOKIE, sessionToken } from '../access.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientOf, isSecure } from '../proxies.ts';
import { formBody, json, only, problemsOf, type Services } from './shared.ts';

/** Log in and out by the cookie of a session; programs send a key in its place. */
export function addSessionRoutes(app: OpenAPIHono, services: Services): void {
  const { access, lanes, form, reachable } = services;
  const { service } = access;
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/session',
      operationId: 'getSession',
      tags: ['Access'],
      summary: 'Who asks, what he may do, and whether strangers are answered',
      request: { query: only({}) },
      responses: { 200: json(SessionSchema, 'What is known'), ...problemsOf() },
    }),
    (c) => {
      const principal = c.get('principal');
      const required = access.required();
      const user = principal?.kind === 'user' ? principal.name : null;
      const roles = required ? { ...principal?.roles } : null;
      return c.json({ required, user, roles, open: reachable && !required }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/session',
      operationId: 'logIn',
      tags: ['Access'],
      summary: 'Begins a session, whose cookie the answer sets',
      middleware: [onlyOwnPage, lanes.logins, form] as const,
      request: {
        query: only({}),
        body: formBody({ name: z.string().max(200), password: z.string().max(1000) }),
      },
      responses: {
        200: json(z.object({ user: z.string() }), 'Who is logged in'),
        ...problemsOf('queue', 'form', 'login'),
      },
    }),
    async (c) => {
      const { name, password } = c.req.valid('form');
      // A name that nobody has may be a password that got into the wrong field.
      if (service.isUser(name)) c.get('told').about = name;
      const token = await service.logIn({ name, password, address: clientOf(c) });
      c.get('told').actor = { kind: 'user', name };
      const before = sessionToken(c);
      if (before !== undefined) service.logOut(before);
      const options = { httpOnly: true, sameSite: 'Strict', path: '/' } as const;
      if (isOverTls(c)) setCookie(c, COOKIE, token, { ...options, secure: true, prefix: 'host' });
      else setCookie(c, COOKIE, token, options);
      return c.json({ user: name }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/session/end',
      operationId: 'logOut',
      tags: ['Access'],
      summary: 'Ends the session',
      middleware: [onlyOwnPage] as const,
      request: { query: only({}) },
      responses: { 200: json(z.object({ user: z.null() }), 'It has ended'), ...problemsOf() },
    }),
    (c) => {
      const token = sessionToken(c);
      if (token !== undefined) service.logOut(token);
      deleteCookie(c, COOKIE, { path: '/' });
      deleteCookie(c, COOKIE, { path: '/', secure: true, prefix: 'host' });
      // Pictures may be kept by the browser of whoever sits there next.
      c.header('Clear-Site-Data', '"cache"');
      return c.json({ user: null }, 200);
    },
  );
}

/** Whether the browser speaks TLS, to this server or to a proxy before it: the page's origin says so. */
function isOverTls(c: Context): boolean {
  return isSecure(c) || /^https:/.test(c.req.header('origin') ?? c.req.url);
}

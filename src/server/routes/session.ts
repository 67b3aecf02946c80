import { randomBytes } from 'node:crypto';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setCookie, setSignedCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import type { BegunLogin } from '../../app/openid.ts';
import { ProviderAddressSchema, SessionSchema } from '../../contract/access.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { COOKIE, sessionToken } from '../access.ts';
import { browserOf } from '../browser.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientOf, isSecure } from '../proxies.ts';
import {
  formBody,
  json,
  jsonFields,
  only,
  problemsOf,
  type Services,
  smallJson,
} from './shared.ts';

/** The cookie of a login by a provider that was begun. */
const BEGUN = 'semblance-login';
/** Seconds for which a browser keeps it. */
const BEGUN_AGE = 600;

/** Log in and out by the cookie of a session; programs send a key in its place. */
export function addSessionRoutes(app: OpenAPIHono, services: Services): void {
  const { access, lanes, form, reachable } = services;
  const { service, openid } = access;
  const provider = () => {
    if (openid !== undefined) return openid;
    throw new SemblanceError('OPENID_OFF', 'Nobody can log in so.');
  };
  // What a browser kept from before this process began is of no use to it.
  const key = randomBytes(32);
  /** Lets somebody in who has shown who he is. */
  const letIn = (c: Context, token: string, name: string) => {
    c.get('told').actor = { kind: 'user', name };
    const before = sessionToken(c);
    if (before !== undefined) service.logOut(before);
    setCookie(c, COOKIE, token, cookieOf(c));
  };
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
      const provided = principal?.provider !== undefined;
      const open = reachable && !required;
      return c.json({ required, user, roles, open, provider: openid?.name ?? null, provided }, 200);
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
      const token = await service.logIn({
        ...{ name, password, address: clientOf(c) },
        browser: browserOf(c.req.header('user-agent')),
      });
      letIn(c, token, name);
      return c.json({ user: name }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/session/provider',
      operationId: 'beginOpenId',
      tags: ['Access'],
      summary: 'Where a browser goes to log in by the OpenID Connect provider of the server',
      middleware: [onlyOwnPage, lanes.logins] as const,
      request: { query: only({}) },
      responses: {
        200: json(ProviderAddressSchema, 'The address'),
        ...problemsOf('queue', 'openid'),
      },
    }),
    async (c) => {
      const { url, login } = await provider().begin(pageOf(c));
      const kept = { ...cookieOf(c), maxAge: BEGUN_AGE };
      await setSignedCookie(c, BEGUN, JSON.stringify(login), key, kept);
      return c.json({ url }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/session/provider/answer',
      operationId: 'finishOpenId',
      tags: ['Access'],
      summary:
        'Begins a session, whose cookie the answer sets, with what the provider sent the browser back with',
      middleware: [onlyOwnPage, lanes.logins, smallJson] as const,
      request: {
        query: only({}),
        body: jsonFields({
          query: z
            .string()
            .max(8000)
            .openapi({ description: 'Of the address that it came back to' }),
        }),
      },
      responses: {
        200: json(z.object({ user: z.string() }), 'Who is logged in'),
        ...problemsOf('queue', 'json', 'openid', 'openidAnswer'),
      },
    }),
    async (c) => {
      const options = cookieOf(c);
      const kept = await getSignedCookie(c, key, BEGUN, options.prefix);
      deleteCookie(c, BEGUN, options);
      const login = kept ? (JSON.parse(kept) as BegunLogin) : undefined;
      const { token, name } = await provider().finish(
        login,
        c.req.valid('json').query,
        browserOf(c.req.header('user-agent')),
      );
      letIn(c, token, name);
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
      responses: {
        200: json(
          z.object({ user: z.null(), url: z.string().nullable() }).openapi({
            description:
              'url: where a browser logs out at the provider, too, if it logged in there',
          }),
          'It has ended',
        ),
        ...problemsOf(),
      },
    }),
    async (c) => {
      const token = sessionToken(c);
      if (token !== undefined) service.logOut(token);
      const url = token === undefined ? null : await openid?.logOut(token, pageOf(c));
      deleteCookie(c, COOKIE, { path: '/' });
      deleteCookie(c, COOKIE, { path: '/', secure: true, prefix: 'host' });
      // Pictures may be kept by the browser of whoever sits there next.
      c.header('Clear-Site-Data', '"cache"');
      return c.json({ user: null, url: url ?? null }, 200);
    },
  );
}

/** How cookies are set that no script reads and that no other site has sent; over TLS none but this server sets them. */
function cookieOf(c: Context): CookieOptions {
  const options = { httpOnly: true, sameSite: 'Strict', path: '/' } as const;
  return isOverTls(c) ? { ...options, secure: true, prefix: 'host' } : options;
}

/** Address of the page, as the browser has it. */
function pageOf(c: Context): string {
  return new URL('/', c.req.header('origin') ?? c.req.url).href;
}

/** Whether the browser speaks TLS, to this server or to a proxy before it: the page's origin says so. */
function isOverTls(c: Context): boolean {
  return isSecure(c) || /^https:/.test(c.req.header('origin') ?? c.req.url);
}

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Principal } from '../../app/access.ts';
import {
  ApiKeysSchema,
  NewApiKeySchema,
  OwnSessionsSchema,
  RoleChangeShape,
  UserSchema,
  UsersSchema,
} from '../../contract/access.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { sessionToken } from '../access.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientOf } from '../proxies.ts';
import {
  changesAllowed,
  json,
  jsonFields,
  only,
  problemsOf,
  type Services,
  smallJson,
  whole,
} from './shared.ts';

const name = z.string().min(1).max(64);
const password = z.string().max(1000);
const ofUser = z.object({ user: z.string().openapi({ description: 'Name of the user' }) });
const ofSession = { id: whole(1).openapi({ description: 'Number of the session' }) };
const ofKey = z.object({ id: whole(1).openapi({ description: 'Number of the key' }) });
/** Days that a key holds unless something else is said. */
const DAYS = 90;

/** The name of whoever is logged in. @param what he has and a key has not */
function nameOf(principal: Principal | undefined, what: string): string {
  if (principal?.kind === 'user') return principal.name;
  throw new SemblanceError('LOGIN_REQUIRED', `Who is logged in has ${what}, a key has none.`);
}

/** Nobody locks himself and all others out. */
const keepAdmin = true;

/** Users and keys, for who is admin of every collection; and one's own password. */
export function addPeopleRoutes(app: OpenAPIHono, services: Services): void {
  const { lanes } = services;
  const { service } = services.access;
  const changing = [onlyOwnPage, changesAllowed(services)] as const;
  const user = { 200: json(UserSchema, 'The user'), ...problemsOf('queue', 'people', 'user') };
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/session/password',
      operationId: 'changePassword',
      tags: ['Access'],
      summary: 'Changes the password of who is logged in, and ends his sessions',
      middleware: [onlyOwnPage, lanes.logins, smallJson] as const,
      request: { query: only({}), body: jsonFields({ old: password, password }) },
      responses: {
        200: json(UserSchema, 'The user'),
        ...problemsOf('queue', 'people', 'user', 'login'),
      },
    }),
    async (c) => {
      const name = nameOf(c.get('principal'), 'a password');
      c.get('told').about = name;
      const request = { name, address: clientOf(c), ...c.req.valid('json') };
      return c.json(await service.changePassword(request), 200);
    },
  );
  addSessionLists(app, services);
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/users',
      operationId: 'listUsers',
      tags: ['Access'],
      summary: 'The users and their roles',
      request: { query: only({}) },
      responses: { 200: json(UsersSchema, 'The users'), ...problemsOf() },
    }),
    (c) => c.json({ users: service.users() }, 200),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/users',
      operationId: 'addUser',
      tags: ['Access'],
      summary: 'Adds a user; the first one is admin of every collection',
      middleware: [...changing, lanes.logins, smallJson] as const,
      request: { query: only({}), body: jsonFields({ name, password, ...RoleChangeShape }) },
      responses: user,
    }),
    async (c) => {
      const added = await service.addUser({ ...c.req.valid('json'), keepAdmin });
      c.get('told').about = added.name;
      return c.json(added, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/users/{user}/role',
      operationId: 'setUserRole',
      tags: ['Access'],
      summary: 'Gives a user a role, in every collection or in some, or takes it away',
      middleware: [...changing, smallJson] as const,
      request: { params: ofUser, query: only({}), body: jsonFields(RoleChangeShape) },
      responses: user,
    }),
    (c) => {
      const named = { name: c.req.valid('param').user, keepAdmin };
      return c.json(service.setRole({ ...c.req.valid('json'), ...named }), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/users/{user}/password',
      operationId: 'setUserPassword',
      tags: ['Access'],
      summary: 'Sets the password of another user, and ends his sessions',
      middleware: [...changing, lanes.logins, smallJson] as const,
      request: { params: ofUser, query: only({}), body: jsonFields({ password }) },
      responses: user,
    }),
    async (c) => {
      const named = { name: c.req.valid('param').user };
      const principal = c.get('principal');
      if (principal?.kind === 'user' && principal.name === named.name) {
        const why = 'One changes his own password with the old one: POST /api/session/password.';
        throw new SemblanceError('REQUEST_INVALID', why);
      }
      return c.json(await service.setPassword({ ...c.req.valid('json'), ...named }), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/users/{user}/disabled',
      operationId: 'setUserDisabled',
      tags: ['Access'],
      summary: 'Lets a user log in no more and ends his sessions, or lets him again',
      middleware: [...changing, smallJson] as const,
      request: { params: ofUser, query: only({}), body: jsonFields({ disabled: z.boolean() }) },
      responses: user,
    }),
    (c) => {
      const named = { name: c.req.valid('param').user, keepAdmin };
      return c.json(service.setDisabled({ ...c.req.valid('json'), ...named }), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/users/{user}',
      operationId: 'removeUser',
      tags: ['Access'],
      summary: 'Removes a user, and ends his sessions',
      middleware: [...changing] as const,
      request: { params: ofUser, query: only({}) },
      responses: {
        200: json(z.object({ removed: z.string() }), 'Who was removed'),
        ...problemsOf('people', 'user'),
      },
    }),
    (c) => {
      const { user: removed } = c.req.valid('param');
      service.removeUser({ name: removed, keepAdmin });
      return c.json({ removed }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/keys',
      operationId: 'listKeys',
      tags: ['Access'],
      summary: 'The keys, without their secrets; those that have ended, too',
      request: { query: only({}) },
      responses: { 200: json(ApiKeysSchema, 'The keys'), ...problemsOf() },
    }),
    (c) => c.json({ keys: service.keys() }, 200),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/keys',
      operationId: 'addKey',
      tags: ['Access'],
      summary: 'Makes a key for a program; its secret is told this once',
      middleware: [...changing, smallJson] as const,
      request: {
        query: only({}),
        body: jsonFields({
          ...{ name, ...RoleChangeShape },
          days: z.number().int().min(1).max(366).default(DAYS),
        }),
      },
      responses: { 200: json(NewApiKeySchema, 'The key'), ...problemsOf('people', 'key') },
    }),
    (c) => {
      const added = service.addKey({ ...c.req.valid('json'), keepAdmin });
      c.get('told').about = String(added.id);
      return c.json(added, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/keys/{id}',
      operationId: 'revokeKey',
      tags: ['Access'],
      summary: 'Revokes a key; it holds no more from the next request on',
      middleware: [...changing] as const,
      request: { params: ofKey, query: only({}) },
      responses: {
        200: json(z.object({ revoked: z.number().int() }), 'Which was revoked'),
        ...problemsOf('people', 'key'),
      },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      service.revokeKey({ id });
      return c.json({ revoked: id }, 200);
    },
  );
}

/** Where somebody is logged in, each ended on its own. */
function addSessionLists(app: OpenAPIHono, services: Services): void {
  const { lanes } = services;
  const { service } = services.access;
  const listed = { 200: json(OwnSessionsSchema, 'The sessions that go on') };
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/sessions',
      operationId: 'listSessions',
      tags: ['Access'],
      summary: 'Where whoever asks is logged in; a key is nowhere',
      request: { query: only({}) },
      responses: { ...listed, ...problemsOf() },
    }),
    (c) => {
      const principal = c.get('principal');
      if (principal?.kind !== 'user') return c.json({ sessions: [] }, 200);
      const sessions = service.sessions({ name: principal.name, token: sessionToken(c) });
      return c.json({ sessions }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/sessions/{id}/end',
      operationId: 'endSession',
      tags: ['Access'],
      summary: 'Ends one of one’s own sessions',
      middleware: [onlyOwnPage, lanes.logins, smallJson] as const,
      request: {
        params: z.object(ofSession),
        query: only({}),
        body: jsonFields({
          password: password.optional().openapi({
            description: 'Once more; who logs in by a provider has none here',
          }),
        }),
      },
      responses: { ...listed, ...problemsOf('queue', 'json', 'session', 'login') },
    }),
    async (c) => {
      const name = nameOf(c.get('principal'), 'sessions');
      c.get('told').about = name;
      const { password = '' } = c.req.valid('json');
      const address = clientOf(c);
      await service.endOwnSession({ name, password, address, ...c.req.valid('param') });
      return c.json({ sessions: service.sessions({ name, token: sessionToken(c) }) }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/users/{user}/sessions',
      operationId: 'listUserSessions',
      tags: ['Access'],
      summary: 'Where a user is logged in',
      request: { params: ofUser, query: only({}) },
      responses: { ...listed, ...problemsOf('user') },
    }),
    (c) => {
      const name = c.req.valid('param').user;
      return c.json({ sessions: service.sessions({ name, token: sessionToken(c) }) }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/users/{user}/sessions/{id}/end',
      operationId: 'endUserSession',
      tags: ['Access'],
      summary: 'Ends one session of a user',
      middleware: [onlyOwnPage, changesAllowed(services)] as const,
      request: { params: ofUser.extend(ofSession), query: only({}) },
      responses: { ...listed, ...problemsOf('people', 'user', 'session') },
    }),
    (c) => {
      const { user: name, id } = c.req.valid('param');
      service.endSession({ name, id });
      return c.json({ sessions: service.sessions({ name, token: sessionToken(c) }) }, 200);
    },
  );
}

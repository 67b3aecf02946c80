import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { AccessService, Principal } from '../app/access.ts';
import { actorText, LOCAL } from '../app/audit.ts';
import type { KeptAnswerService } from '../app/kept-answers.ts';
import type { OpenIdService } from '../app/openid.ts';
import type { Receiver } from '../app/receiving.ts';
import type { TaskKind } from '../contract/tasks.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { mayDo, mayDoSomewhere, type Role } from '../domain/roles.ts';
import type { ServerAudit } from './audit.ts';
import { isOwnPage } from './guard.ts';
import { ANSWERED_ONCE, answeredOnce, KEY_HEADER } from './idempotency.ts';
import { type RateLimits, tellQuota } from './rate-limits.ts';

/** The cookie of a session; with TLS its name begins with `__Host-`. */
export const COOKIE = 'semblance';

/**
 * The least role that a route asks for, and where: in the collection of its path or query, in the one that is received
 * into, in any, or in every one. `open`: strangers are answered.
 */
type Rule = 'open' | `${Role} of ${'path' | 'query' | 'received' | 'any' | 'every'}`;

/** Of each route by its operation. A route that has none cannot be added. */
const RULES: Readonly<Record<string, Rule>> = {
  getHealth: 'open',
  getReady: 'open',
  getSession: 'open',
  logIn: 'open',
  beginOpenId: 'open',
  finishOpenId: 'open',
  logOut: 'open',
  listCollections: 'viewer of any',
  createCollection: 'editor of every',
  copyCollection: 'editor of every',
  // Who has a role in it has it elsewhere then, or no longer.
  renameCollection: 'admin of every',
  deleteCollection: 'admin of path',
  changePassword: 'viewer of any',
  listSessions: 'viewer of any',
  endSession: 'viewer of any',
  listUserSessions: 'admin of every',
  endUserSession: 'admin of every',
  listUsers: 'admin of every',
  addUser: 'admin of every',
  setUserRole: 'admin of every',
  setUserPassword: 'admin of every',
  setUserDisabled: 'admin of every',
  removeUser: 'admin of every',
  listKeys: 'admin of every',
  addKey: 'admin of every',
  revokeKey: 'admin of every',
  listWebhooks: 'admin of every',
  addWebhook: 'admin of every',
  removeWebhook: 'admin of every',
  listMissingEmbeddings: 'viewer of path',
  listFacets: 'viewer of path',
  getMap: 'viewer of path',
  listImages: 'viewer of path',
  getImage: 'viewer of path',
  removeImage: 'editor of path',
  giveLabels: 'editor of path',
  forgetLabels: 'editor of path',
  listUnit: 'viewer of path',
  openInViewer: 'viewer of path',
  getThumbnail: 'viewer of path',
  getRendered: 'viewer of path',
  getPixels: 'viewer of path',
  getInstance: 'viewer of path',
  search: 'viewer of path',
  explain: 'viewer of path',
  makeDocument: 'viewer of path',
  // It writes into an archive.
  sendDocuments: 'editor of path',
  findInstance: 'viewer of any',
  previewPicture: 'viewer of any',
  readPixels: 'viewer of any',
  listSimilarInstances: 'viewer of query',
  listSimilarToFile: 'viewer of query',
  storeInstances: 'editor of received',
  storeInstancesOfStudy: 'editor of received',
  testPacs: 'editor of every',
  previewPacs: 'editor of every',
  indexPacs: 'editor of every',
  listTasks: 'viewer of any',
  // Those of a task ask for the role in its collection, too.
  followTasks: 'editor of any',
  beginTask: 'editor of any',
  previewTask: 'editor of any',
  getTask: 'editor of any',
  getTaskFile: 'editor of any',
  pauseTask: 'editor of any',
  cancelTask: 'editor of any',
  resumeTask: 'editor of any',
  listFolders: 'editor of any',
  listEncoders: 'editor of any',
  addImages: 'editor of path',
  leaseWork: 'editor of path',
  getWork: 'editor of path',
  renewWork: 'editor of path',
  finishWork: 'editor of path',
  // Each tool asks for the role in its collection.
  mcp: 'viewer of any',
};

/** Tasks that take more than the role editor in their collection, as the routes do that do the same at once. */
const OF_TASKS: Partial<Readonly<Record<TaskKind, [Role, 'collection' | 'every']>>> = {
  'copy-collection': ['editor', 'every'],
  'rename-collection': ['admin', 'every'],
  'delete-collection': ['admin', 'collection'],
};

/**
 * The role that tasks of a kind take to begin, see, end and go on with them.
 * @param collection theirs; null where they are of none
 * @returns in: undefined where it is asked for in every collection
 */
export function roleOfTask(kind: TaskKind, collection: string | null) {
  const [least, where] = OF_TASKS[kind] ?? (['editor', 'collection'] as const);
  return { least, in: where === 'every' ? undefined : (collection ?? undefined) };
}

declare module 'hono' {
  interface ContextVariableMap {
    /** Who asks; undefined for a stranger. */
    principal: Principal | undefined;
    /** Whether whoever asks has this role at least, in a collection or in every one. */
    may: (least: Role, collection?: string) => boolean;
    /** Whether it is so in any collection. */
    mayAnywhere: (least: Role) => boolean;
  }
}

/** How routes find out who asks, and whether they have to. */
export interface Access {
  service: AccessService;
  /** The provider of OpenID Connect by which one may log in, too. */
  openid: OpenIdService | undefined;
  /** Whether nothing is answered to strangers. */
  required(): boolean;
  /** How much each may ask for; without it, as much as he likes. */
  limits: RateLimits | undefined;
  /** Whether other machines reach the server. */
  reachable: boolean;
}

/** What watches a server, which asks whatever else is going on. */
const UNCOUNTED: ReadonlySet<string> = new Set(['getHealth', 'getReady']);

/**
 * Who may do what on a server: strangers too, until there is a user or a key.
 * @param mustLogIn whether strangers are never answered
 * @param more openid: where there is a provider, strangers are never answered
 */
export function accessOf(
  service: AccessService,
  mustLogIn: boolean,
  more: Partial<Omit<Access, 'service' | 'required'>> = {},
): Access {
  const { openid, limits, reachable = false } = more;
  let required = mustLogIn || openid !== undefined;
  return {
    ...{ service, openid, limits, reachable },
    required() {
      // Who takes away the last user does not open what others reach.
      required ||= service.anybody();
      return required;
    },
  };
}

/** Has every route that is added from now on ask who asks, by `RULES`, and written what came of it. */
export function guardRoutes(
  app: OpenAPIHono,
  access: Access,
  audit: ServerAudit,
  receiver?: Receiver,
  answers?: KeptAnswerService,
): void {
  const add = app.openapi.bind(app) as OpenAPIHono['openapi'];
  app.openapi = ((route: Parameters<typeof add>[0], ...rest: [never]) => {
    const rule = Object.hasOwn(RULES, route.operationId ?? '')
      ? RULES[route.operationId as string]
      : undefined;
    if (rule === undefined) throw new Error(`No rule says who may ask for ${route.path}.`);
    const operation = route.operationId as string;
    const { outer, inner } = audit.around(operation);
    const noted: MiddlewareHandler = (c, next) => {
      c.set('route', route.path);
      return next();
    };
    const limits = UNCOUNTED.has(operation) ? undefined : access.limits;
    const ask = asked({ ...access, limits }, rule, receiver);
    const once = answers && ANSWERED_ONCE.has(operation) ? answeredOnce(answers) : [];
    const middleware = [noted, outer, tellQuota, ask, inner, route.middleware ?? [], once].flat();
    const request = ANSWERED_ONCE.has(operation)
      ? { ...route.request, headers: KEY_HEADER }
      : route.request;
    return add({ ...route, request, middleware } as typeof route, ...rest);
  }) as typeof add;
}

function asked(access: Access, rule: Rule, receiver: Receiver | undefined): MiddlewareHandler {
  const [least, , where] = rule.split(' ') as [Role, 'of', string];
  return async (c, next) => {
    await access.openid?.lookAgain(sessionToken(c) ?? '');
    const { isRequired, principal, in: may, anywhere } = mayNow(c, access);
    c.set('principal', principal);
    if (!isRequired) c.set('actor', LOCAL);
    else if (principal !== undefined)
      c.set('actor', { kind: principal.kind, name: principal.name });
    c.set('may', may);
    c.set('mayAnywhere', anywhere);
    // Whoever is alone on his machine asks for as much as he likes.
    if (isRequired || access.reachable) c.set('quota', await access.limits?.take(c, principal));
    if (isRequired && rule !== 'open') {
      if (principal === undefined) {
        throw new SemblanceError('LOGIN_REQUIRED', 'Nobody is logged in, or no longer.');
      }
      const collection = {
        path: c.req.param('collection'),
        query: c.req.query('collection'),
        received: receiver?.state().collection,
      }[where];
      const isEnough = where === 'any' ? anywhere(least) : may(least, collection);
      if (!isEnough) throw new SemblanceError('ROLE_MISSING', `It takes the role ${least}.`);
    }
    await next();
  };
}

/** Who asks, and what he may do as things are at this moment. */
export function mayNow(c: Context, access: Access) {
  const isRequired = access.required();
  const principal = isRequired ? principalOf(c, access) : undefined;
  const roles = principal?.roles ?? {};
  return {
    isRequired,
    principal,
    in: (least: Role, collection?: string) => !isRequired || mayDo(roles, least, collection),
    anywhere: (least: Role) => !isRequired || mayDoSomewhere(roles, least),
  };
}

/** What a task remembers of who began it: a user by his name, a program by the number of its key. */
export function actorOf(c: Context): string | null {
  const principal = c.get('principal');
  return principal === undefined ? null : actorText(principal);
}

/** Whoever a key or the cookie of a session names. Where a key is given, the cookie counts for nothing. */
function principalOf(c: Context, { service, openid }: Access): Principal | undefined {
  const given = c.req.header('authorization');
  if (given !== undefined) {
    const [, key] = /^Bearer +(\S+)$/i.exec(given) ?? [];
    return key === undefined ? undefined : service.key(key);
  }
  const token = sessionToken(c);
  if (token === undefined) return undefined;
  const principal = service.session(token);
  if (principal?.provider === undefined) return principal;
  // For those that go on without a further request.
  void openid?.lookAgain(token);
  return openid?.holds(token) ? principal : undefined;
}

/**
 * What the cookie of a request holds. Requests that another page makes have none, whatever the browser sends along; and
 * what may change something must say from which page it comes, as browsers do.
 */
export function sessionToken(c: Context): string | undefined {
  const isSafe = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (!isOwnPage(c) || (!isSafe && c.req.header('origin') === undefined)) return undefined;
  return getCookie(c, COOKIE, 'host') ?? getCookie(c, COOKIE);
}

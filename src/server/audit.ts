import type { Context, MiddlewareHandler } from 'hono';
import type { AuditService } from '../app/audit.ts';
import { Recent } from '../app/recent.ts';
import type { AuditActor, AuditEvent, AuditRecord } from '../contract/audit.ts';
import type { SearchResult } from '../contract/shapes.ts';
import type { SemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import { codedError, problemOf } from './problems.ts';
import { clientOf } from './proxies.ts';

/**
 * What a request counts as in the audit log. `view once`: a small picture of a page that an entry of the listing or search
 * names already. Of what counts as nothing, only refusals are written.
 */
type Counts = AuditEvent | 'view once' | 'nothing';

/** Of each operation of the API. A route that has none cannot be added. */
const COUNTS: Readonly<Record<string, Counts>> = {
  // They tell nothing of an image.
  getHealth: 'nothing',
  getReady: 'nothing',
  getSession: 'nothing',
  listCollections: 'nothing',
  listTasks: 'nothing',
  getTask: 'nothing',
  followTasks: 'nothing',
  previewTask: 'nothing',
  listFolders: 'nothing',
  listEncoders: 'nothing',
  listUsers: 'nothing',
  listKeys: 'nothing',
  listSessions: 'nothing',
  listUserSessions: 'nothing',
  // What whoever asks has sent himself, and is not kept.
  previewPicture: 'nothing',
  readPixels: 'nothing',
  // Each call of a tool has an entry of its own.
  mcp: 'nothing',
  // What comes of it is written at its end.
  beginOpenId: 'nothing',
  logIn: 'login',
  finishOpenId: 'login',
  logOut: 'logout',
  changePassword: 'rights',
  endSession: 'rights',
  endUserSession: 'rights',
  addUser: 'rights',
  setUserRole: 'rights',
  setUserPassword: 'rights',
  setUserDisabled: 'rights',
  removeUser: 'rights',
  addKey: 'rights',
  revokeKey: 'rights',
  createCollection: 'change',
  copyCollection: 'change',
  renameCollection: 'change',
  deleteCollection: 'delete',
  listMissingEmbeddings: 'view',
  listFacets: 'view',
  // It shows points; a picture that is opened there has its entry.
  getMap: 'view',
  listImages: 'view',
  getImage: 'view',
  listUnit: 'view',
  openInViewer: 'view',
  getThumbnail: 'view once',
  getRendered: 'view',
  getPixels: 'view',
  getInstance: 'view',
  search: 'search',
  explain: 'search',
  findInstance: 'search',
  listSimilarInstances: 'search',
  listSimilarToFile: 'search',
  makeDocument: 'export',
  sendDocuments: 'send',
  storeInstances: 'receive',
  storeInstancesOfStudy: 'receive',
  testPacs: 'contact',
  previewPacs: 'contact',
  indexPacs: 'change',
  beginTask: 'change',
  addImages: 'receive',
  // Pictures leave for another machine; that their embeddings are stored is of the task that began it.
  getWork: 'export',
  leaseWork: 'nothing',
  renewWork: 'nothing',
  finishWork: 'nothing',
  listWebhooks: 'nothing',
  // What leaves by it is told of each end of a task.
  addWebhook: 'rights',
  removeWebhook: 'rights',
  removeImage: 'delete',
  giveLabels: 'change',
  forgetLabels: 'change',
  getTaskFile: 'export',
  pauseTask: 'change',
  cancelTask: 'change',
  resumeTask: 'change',
};

/** The operations of the table. @testing */
export function operations(): string[] {
  return Object.keys(COUNTS);
}

/** What is written before it is done, too: who asks for it may not see what came of it, or the process may end. */
const ANNOUNCED: ReadonlySet<Counts> = new Set<AuditEvent>([
  ...(['send', 'receive', 'contact', 'change', 'delete', 'rights'] as const),
]);

/** Why somebody may not do what he asked for. */
const REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  ...(['LOGIN_REQUIRED', 'LOGIN_REFUSED', 'LOGIN_LOCKED', 'ROLE_MISSING'] as const),
  ...([
    'OPENID_STATE_INVALID',
    'OPENID_REFUSED',
    'OPENID_TOKEN_INVALID',
    'OPENID_NO_ROLE',
  ] as const),
  ...([
    'RATE_LIMITED',
    'REQUEST_CROSS_SITE',
    'INDEXING_NOT_ALLOWED',
    'CHANGES_NOT_ALLOWED',
  ] as const),
]);
/** Of these, who asks is told nothing, and often comes again at once. */
const REPEATED: ReadonlySet<string> = new Set<ErrorCode>([
  ...(['LOGIN_REQUIRED', 'LOGIN_LOCKED', 'RATE_LIMITED'] as const),
]);
/** Nothing was done. */
const UNDONE: ReadonlySet<string> = new Set<ErrorCode>(['SERVER_BUSY', 'REQUEST_ABANDONED']);

const MINUTE = 60_000;
/** So long is a small picture part of the listing or search that named it, in milliseconds. */
const OF_LISTING = 60 * MINUTE;
/** So many are remembered; the oldest makes room, and is written again. */
const REMEMBERED = 50_000;

/** What a route tells of what it does, beside what its address says. */
interface Told {
  /** Whom it was done to. */
  about?: string | undefined;
  /** Who turned out to ask. */
  actor?: AuditActor;
  collection?: string | undefined;
  /** Numbers of images that are told or shown, by collection. */
  images: Record<string, number[]>;
}

declare module 'hono' {
  interface ContextVariableMap {
    told: Told;
    /** Who asks, as the audit log calls him. */
    actor: AuditActor;
  }
}

/** Says in the audit log which images of a collection an answer tells or shows. */
export function tellImages(c: Context, collection: string, images: Iterable<number>): void {
  const told = c.get('told');
  told.images[collection] = [...new Set([...(told.images[collection] ?? []), ...images])];
}

/** The images that a search was made with, and those that it found. */
export function* imagesOfSearch(
  found: Pick<SearchResult, 'neighbours' | 'copies'> & Partial<SearchResult>,
): Generator<number> {
  for (const { id } of found.parts ?? []) if (id !== null) yield id;
  for (const { image } of found.queryFrames ?? []) if (image !== null) yield image;
  for (const { id } of found.copies) yield id;
  for (const { image, matches } of found.neighbours) {
    yield image.id;
    for (const match of matches ?? []) yield match.image;
  }
  if (found.comparison !== undefined) yield* imagesOfSearch(found.comparison);
}

/** Writes the audit log of a server; where there is none, nothing. */
export class ServerAudit {
  private readonly recent = new Recent(REMEMBERED);

  constructor(private readonly audit: AuditService | undefined) {}

  /**
   * What stands around a route, before and behind the question who asks.
   * @throws Error for an operation that the table does not have
   */
  around(operation: string): { outer: MiddlewareHandler; inner: MiddlewareHandler } {
    const counts = Object.hasOwn(COUNTS, operation) ? COUNTS[operation] : undefined;
    if (counts === undefined) throw new Error(`Nothing says what ${operation} counts as.`);
    const outer: MiddlewareHandler = async (c, next) => {
      const told: Told = { images: {} };
      c.set('told', told);
      c.set('actor', { kind: 'stranger', name: null });
      await next();
      try {
        await this.after(c, operation, counts);
      } catch (error) {
        // Nothing of the answer leaves, not even a cookie.
        const { status, code, headers, body } = problemOf(error);
        c.set('code', code);
        c.res = undefined;
        c.res = new Response(body, { status, headers });
      }
    };
    const inner: MiddlewareHandler = async (c, next) => {
      if (ANNOUNCED.has(counts)) await this.write(c, operation, counts, 'begun');
      await next();
    };
    return { outer, inner };
  }

  /** Writes what a tool of the Model Context Protocol did. @throws SemblanceError AUDIT_NOT_WRITTEN */
  async tool(note: {
    tool: string;
    event: 'search' | 'view';
    actor: AuditActor;
    client: string | null;
    collection: string;
    images: number[];
    error?: SemblanceError;
  }): Promise<void> {
    const { tool, event, actor, client, collection, images, error } = note;
    if (error !== undefined && UNDONE.has(error.code)) return;
    await this.audit?.record({
      ...{ event, operation: `mcp:${tool}`, actor, client, collection },
      ...{ outcome: outcomeOf(error), code: error?.code ?? null },
      images: { [collection]: images },
    });
  }

  private async after(c: Context, operation: string, counts: Counts): Promise<void> {
    if (this.audit === undefined) return;
    const { status } = c.res;
    const error = c.error === undefined ? undefined : codedError(c.error);
    const code = error?.code;
    const refused = code !== undefined && REFUSALS.has(code);
    if (code === 'AUDIT_NOT_WRITTEN') return;
    if (code !== undefined && UNDONE.has(code) && !ANNOUNCED.has(counts)) return;
    if (counts === 'nothing' && !refused) return;
    if (counts === 'view once' && status >= 400 && !refused) return;
    // Who was not logged in does not log out.
    if (counts === 'logout' && c.get('actor').kind !== 'user') return;
    const client = clientOf(c);
    if (code !== undefined && REPEATED.has(code)) {
      const key = JSON.stringify([client, code, operation, c.get('told').about]);
      if (this.recent.has(key, MINUTE)) return;
      this.recent.add(key);
    }
    const seen = this.seen(c);
    if (counts === 'view once' && !refused) {
      if (seen.every((key) => this.recent.has(key, OF_LISTING))) return;
    }
    const outcome = error === undefined && status >= 400 ? 'failed' : outcomeOf(error);
    await this.write(c, operation, counts, outcome, code);
    if (outcome === 'done') for (const key of seen) this.recent.add(key);
  }

  /** What whoever asks is shown, image by image. */
  private seen(c: Context): string[] {
    const { kind, name } = c.get('actor');
    const { images } = this.noteOf(c);
    return Object.entries(images).flatMap(([collection, ids]) =>
      ids.map((id) => JSON.stringify([kind, name, clientOf(c), collection, id])),
    );
  }

  private noteOf(c: Context): Pick<AuditRecord, 'about' | 'collection' | 'images'> {
    const told = c.get('told');
    const inPath = c.req.param('collection');
    const id = c.req.param('id');
    const images = { ...told.images };
    if (inPath !== undefined && id !== undefined && /^[1-9]\d{0,14}$/.test(id)) {
      images[inPath] = [...new Set([Number(id), ...(images[inPath] ?? [])])];
    }
    // What a stranger asks for may be anything.
    const user = c.get('actor').kind === 'stranger' ? undefined : c.req.param('user');
    const numbered = inPath === undefined && /^[1-9]\d{0,14}$/.test(id ?? '') ? id : undefined;
    return {
      collection: told.collection ?? inPath ?? c.req.query('collection') ?? null,
      about: told.about ?? user ?? numbered ?? null,
      images,
    };
  }

  private async write(
    c: Context,
    operation: string,
    counts: Counts,
    outcome: AuditRecord['outcome'],
    code?: ErrorCode,
  ): Promise<void> {
    const events: Partial<Record<Counts, AuditEvent>> = { nothing: 'access', 'view once': 'view' };
    await this.audit?.record({
      ...{ event: events[counts] ?? (counts as AuditEvent), operation, outcome },
      ...{ code: code ?? null, actor: c.get('told').actor ?? c.get('actor') },
      ...{ client: clientOf(c) || null, ...this.noteOf(c) },
    });
  }
}

function outcomeOf(error: SemblanceError | undefined): AuditRecord['outcome'] {
  if (error === undefined) return 'done';
  return REFUSALS.has(error.code) ? 'refused' : 'failed';
}

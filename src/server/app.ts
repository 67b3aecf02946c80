import { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { secureHeaders } from 'hono/secure-headers';
import { AllowedFolders } from '../app/allowed-folders.ts';
import { type OpenIdOptions, OpenIdService } from '../app/openid.ts';
import type { Receiver } from '../app/receiving.ts';
import type { Semblance } from '../app/semblance.ts';
import { issuesText } from '../contract/issues.ts';
import { SemblanceError } from '../domain/errors/error.ts';

import { accessOf, guardRoutes } from './access.ts';
import { ServerAudit } from './audit.ts';
import { bodyLimits, formBody, jsonBody } from './body.ts';
import { type DicomWebPolicy, requireDicomWeb } from './dicom-web.ts';
import { tagJson } from './etag.ts';
import type { FairQueue } from './fair-queue.ts';
import { answerTo, exactOrigin, guardAgainstOtherSites } from './guard.ts';
import { DEFAULT_LOAD, type LoadLimits, makeLanes } from './lanes.ts';
import { findOut } from './observed.ts';
import { addPages, notFoundPage, wantsPage } from './pages.ts';
import { problemOf, problemResponse } from './problems.ts';
import { knowAsker, TrustedProxies } from './proxies.ts';
import { DEFAULT_REQUESTS, RateLimits, type RequestLimits } from './rate-limits.ts';
import { addCollectionRoutes } from './routes/collections.ts';
import { addDicomWebRoutes } from './routes/dicom-web.ts';
import { addDocumentRoutes } from './routes/documents.ts';
import { addExplainRoutes } from './routes/explain.ts';
import { addImageRoutes } from './routes/images.ts';
import { addInstanceRoutes } from './routes/instances.ts';
import { addMcpRoute } from './routes/mcp.ts';
import { addPacsRoutes } from './routes/pacs.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { addPreviewRoutes } from './routes/preview.ts';
import { addSearchRoutes } from './routes/search.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addStateRoutes } from './routes/state.ts';
import { addStowRoutes } from './routes/stow.ts';
import { addTaskRoutes } from './routes/tasks.ts';
import { addWebhookRoutes } from './routes/webhooks.ts';
import { addWorkRoutes } from './routes/work.ts';
import { versionRoutes } from './versioned.ts';
import { parseViewerUrl } from './viewer-url.ts';

/** Largest JSON of a request, in bytes. */
const LARGEST_JSON = 1e6;

/** How a server behaves. */
export interface AppOptions {
  /** Largest upload in bytes. */
  maxUpload: number;
  /** Host names besides localhost under which the server may be asked; `*` for any. */
  hosts?: readonly string[];
  /** Origins of other pages that may ask the API, as `https://viewer.example`. */
  origins?: readonly string[];
  /** Whether strangers may have PACS contacted and collections changed; not by default. */
  indexing?: boolean;
  /** Folders of this machine that may be indexed by whoever may change a collection; none by default. */
  folders?: readonly string[];
  /** Template of addresses in a viewer, as `parseViewerUrl` reads it; whoever opens one is told UIDs. */
  viewerUrl?: string | undefined;
  /** Whether other machines reach it, which whoever opens the page is told where nobody is asked who he is. */
  reachable?: boolean;
  /** Whether strangers are answered nothing, also as long as there is no user and no key. */
  mustLogIn?: boolean;
  /** A provider of OpenID Connect by which one may log in, too; with one, strangers are answered nothing. */
  openid?: OpenIdOptions | undefined;
  /** How much is done at a time. */
  load?: LoadLimits;
  /** How many requests are answered in a minute, where it is asked who asks or others reach it. */
  requests?: RequestLimits;
  /** Is shown the queues of requests. */
  watchQueue?: ((name: string, queue: FairQueue) => void) | undefined;
  /** Whether UIDs of studies are given away, and names, numbers and dates of patients too; nothing by default. */
  dicomWeb?: DicomWebPolicy | undefined;
  /** Address of the PACS that documents of searches are sent to; without it, they are sent to none. */
  sendTo?: string | undefined;
  /** Takes objects that are sent; without it, none are taken. */
  receiver?: Receiver | undefined;
  /** Whether assistants are answered at `/mcp`; not by default. */
  mcp?: boolean;
  /** Addresses of proxies that are believed when they say who asks, and whether by TLS. */
  trustProxy?: readonly string[];
  /** Whether it is written who did what, before it is answered; by default it is. */
  audit?: boolean;
}

/**
 * The HTTP API and the page. Only images of a collection can be read through it, by their number.
 * @throws SemblanceError USAGE for an origin, proxy or issuer that is none, PATH_NOT_FOUND for a folder that is not there
 */
export function createApp(semblance: Semblance, options: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: async (result, context) => {
      if (result.success) return;
      const form = result.target === 'form' ? await context.req.bodyCache.formData : undefined;
      const given = (name: string) =>
        (form ? form.getAll(name) : (context.req.queries(name) ?? [])).length;
      const text = issuesText(result.error, (name) => given(name) > 1);
      throw new SemblanceError('REQUEST_INVALID', text);
    },
  });
  app.onError((error, context) => problemResponse(context, error));
  app.notFound((context) =>
    wantsPage(context)
      ? notFoundPage(context)
      : problemResponse(context, new SemblanceError('ROUTE_NOT_FOUND', 'Nothing is found here.')),
  );
  const contentSecurityPolicy = {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:', 'data:'],
    styleSrc: ["'self'"],
    frameAncestors: ["'none'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
  };
  const headers = {
    crossOriginResourcePolicy: 'same-origin',
    referrerPolicy: 'no-referrer',
    xFrameOptions: 'DENY',
    // `knowAsker` says so over TLS.
    strictTransportSecurity: false,
  };
  const forApiPage = secureHeaders({
    ...headers,
    // The API page writes style attributes.
    contentSecurityPolicy: { ...contentSecurityPolicy, styleSrc: ["'self'", "'unsafe-inline'"] },
  });
  const forPage = secureHeaders({ ...headers, contentSecurityPolicy });
  app.use(findOut);
  app.use((context, next) =>
    context.req.path.startsWith('/docs/') ? forApiPage(context, next) : forPage(context, next),
  );
  app.use(knowAsker(new TrustedProxies(options.trustProxy ?? [])));
  const origins = (options.origins ?? []).map(exactOrigin);
  app.use(guardAgainstOtherSites(options.hosts ?? [], origins));
  if (origins.length > 0) {
    for (const path of ['/api/*', '/dicom-web/*']) app.use(path, answerTo(origins));
  }
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const headers = { Allow: [...methods, 'OPTIONS'].join(', ') };
        if (context.req.method === 'OPTIONS') return context.body(null, 204, headers);
        const problem = problemOf(
          new SemblanceError('METHOD_NOT_ALLOWED', `It takes ${headers.Allow}.`),
        );
        context.set('code', problem.code);
        return context.body(problem.body, 405, { ...problem.headers, ...headers });
      },
    }),
  );
  // Patients' data are kept nowhere on their way; answers that may be kept say so themselves. What is data is no page.
  for (const path of ['/api/*', '/dicom-web/*']) {
    app.use(path, async (context, next) => {
      await next();
      const { headers } = context.res;
      if (!headers.has('cache-control')) context.header('Cache-Control', 'no-store');
      const isData = /^application\/([\w.-]+\+)?json/.test(headers.get('content-type') ?? '');
      if (isData && !headers.has('content-disposition')) {
        context.header('Content-Disposition', 'attachment; filename="api.json"');
      }
    });
  }
  app.use('/api/*', tagJson);

  const openid = options.openid && new OpenIdService(options.openid, semblance.access);
  const services = {
    semblance,
    access: accessOf(semblance.access, options.mustLogIn ?? false, {
      ...{ openid, reachable: options.reachable ?? false },
      limits: new RateLimits(options.requests ?? DEFAULT_REQUESTS),
    }),
    audit: new ServerAudit(options.audit === false ? undefined : semblance.audit),
    reachable: options.reachable ?? false,
    lanes: makeLanes(options.load ?? DEFAULT_LOAD, options.watchQueue),
    maxUpload: options.maxUpload,
    form: formBody(bodyLimits(options.maxUpload)),
    body: jsonBody(bodyLimits(LARGEST_JSON)),
    folders: new AllowedFolders(options.folders ?? []),
    indexing: options.indexing ?? false,
    dicomWeb: options.dicomWeb,
    viewer: options.viewerUrl === undefined ? undefined : parseViewerUrl(options.viewerUrl),
    sendTo: options.sendTo,
    receiver: options.receiver,
  };
  versionRoutes(app);
  guardRoutes(app, services.access, services.audit, options.receiver, semblance.answers);
  // What comes in gives nothing away.
  addStowRoutes(app, services);
  app.use('/dicom-web/*', requireDicomWeb(options.dicomWeb));
  addStateRoutes(app, services);
  addSessionRoutes(app, services);
  addPeopleRoutes(app, services);
  addCollectionRoutes(app, services);
  addImageRoutes(app, services);
  addInstanceRoutes(app, services);
  addSearchRoutes(app, services);
  addDocumentRoutes(app, services);
  addExplainRoutes(app, services);
  addPreviewRoutes(app, services);
  addPacsRoutes(app, services);
  addTaskRoutes(app, services);
  addWorkRoutes(app, services);
  addWebhookRoutes(app, services);
  addDicomWebRoutes(app, services);
  if (options.mcp) addMcpRoute(app, services);
  addPages(app);
  return app;
}

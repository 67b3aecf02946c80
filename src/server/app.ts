import { OpenAPIHono, z } from '@hono/zod-openapi';
import { secureHeaders } from 'hono/secure-headers';
import { SemblanceError } from '../errors/error.ts';
import type { Catalogue } from './catalogue.ts';
import { guardAgainstOtherSites } from './guard.ts';
import { addPages, notFoundPage, wantsPage } from './pages.ts';
import { problemResponse } from './problems.ts';
import { addCollectionRoutes } from './routes/collections.ts';
import { addExplainRoutes } from './routes/explain.ts';
import { addImageRoutes } from './routes/images.ts';
import { addPreviewRoute } from './routes/preview.ts';
import { addSearchRoutes } from './routes/search.ts';
import { addStateRoutes } from './routes/state.ts';

/** How a server behaves. */
export interface AppOptions {
  /** Largest upload in bytes. */
  maxUpload: number;
  /** Host names besides localhost under which the server may be asked; `*` for any. */
  hosts?: readonly string[];
}

/**
 * The HTTP API and the page. Only images of a collection can be read through it, by their number.
 */
export function createApp(catalogue: Catalogue, options: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) {
        throw new SemblanceError('REQUEST_INVALID', z.prettifyError(result.error));
      }
    },
  });
  app.onError((error, context) => problemResponse(context, error));
  app.notFound((context) =>
    wantsPage(context)
      ? notFoundPage(context)
      : problemResponse(context, new SemblanceError('ROUTE_NOT_FOUND', 'Nothing is found here.')),
  );
  app.use(guardAgainstOtherSites(options.hosts ?? []));
  const contentSecurityPolicy = {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:', 'data:'],
    styleSrc: ["'self'"],
    frameAncestors: ["'none'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
  };
  const headers = { crossOriginResourcePolicy: 'same-origin', referrerPolicy: 'no-referrer' };
  app.use(
    '/docs/*',
    secureHeaders({
      ...headers,
      // The API page writes style attributes.
      contentSecurityPolicy: { ...contentSecurityPolicy, styleSrc: ["'self'", "'unsafe-inline'"] },
    }),
  );
  app.use(async (context, next) => {
    if (context.req.path.startsWith('/docs/')) return next();
    return secureHeaders({ ...headers, contentSecurityPolicy })(context, next);
  });

  addStateRoutes(app, catalogue);
  addCollectionRoutes(app, catalogue);
  addImageRoutes(app, catalogue);
  addSearchRoutes(app, catalogue, options.maxUpload);
  addExplainRoutes(app, catalogue, options.maxUpload);
  addPreviewRoute(app, catalogue, options.maxUpload);
  addPages(app);
  return app;
}

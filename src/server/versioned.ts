import type { OpenAPIHono } from '@hono/zod-openapi';

/** The path of the API's version: what is below it stays as it is described until the version changes. */
const VERSION = '/api/v1/';

/**
 * Has every route of `/api/` that is added from now on answer below the version, as the description tells, and without it:
 * for pages of an earlier program that are still open.
 */
export function versionRoutes(app: OpenAPIHono): void {
  const add = app.openapi.bind(app) as OpenAPIHono['openapi'];
  app.openapi = ((route: Parameters<typeof add>[0], ...rest: [never]) => {
    if (!route.path.startsWith('/api/')) return add(route, ...rest);
    add({ ...route, path: route.path.replace('/api/', VERSION) }, ...rest);
    return add({ ...route, hide: true }, ...rest);
  }) as typeof add;
}

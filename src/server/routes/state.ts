import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { json, only, problemsOf, type Services } from './shared.ts';

/** Whether the process and its collections answer. */
export function addStateRoutes(app: OpenAPIHono, { semblance }: Services): void {
  const state = z.object({ status: z.string() });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      operationId: 'getHealth',
      tags: ['State'],
      summary: 'Whether the process answers',
      request: { query: only({}) },
      responses: { 200: json(state, 'It does'), ...problemsOf() },
    }),
    (c) => c.json({ status: 'ok' }, 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/ready',
      operationId: 'getReady',
      tags: ['State'],
      summary: 'Whether every collection can be opened',
      request: { query: only({}) },
      responses: { 200: json(state, 'All can'), ...problemsOf('collection') },
    }),
    (c) => {
      semblance.collections.openAll();
      return c.json({ status: 'ready' }, 200);
    },
  );
}

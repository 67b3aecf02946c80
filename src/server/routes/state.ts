import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import * as schemas from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { json, only, problemsOf, type Services } from './shared.ts';

/** Whether the process and its collections answer. */
export function addStateRoutes(app: OpenAPIHono, { semblance }: Services): void {
  /** @param isTold whether whoever asks may know the names of all collections */
  const openAll = (isTold: boolean) => {
    try {
      return semblance.collections.openAll();
    } catch (error) {
      if (isTold || !(error instanceof SemblanceError)) throw error;
      throw new SemblanceError(error.code, 'No collection can be opened.');
    }
  };
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
      summary: 'Whether the collections are answered, and which of them cannot be opened',
      request: { query: only({}) },
      responses: {
        200: json(schemas.ReadySchema, 'They are, but for those with a problem'),
        ...problemsOf('collection'),
      },
    }),
    (c) => {
      const may = c.get('may');
      const problems = openAll(may('viewer')).filter(({ name }) => may('viewer', name));
      return c.json({ status: 'ready' as const, problems }, 200);
    },
  );
}

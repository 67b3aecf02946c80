import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { NewWebhookSchema, WebhookMessageSchema, WebhooksSchema } from '../../contract/webhooks.ts';
import { onlyOwnPage } from '../guard.ts';
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

/** Whom is told of tasks that have ended. */
export function addWebhookRoutes(app: OpenAPIHono, services: Services): void {
  const { webhooks } = services.semblance;
  app.openAPIRegistry.registerWebhook({
    method: 'post',
    path: 'taskEnded',
    summary: 'What an address of a webhook is sent when a task has ended',
    request: { body: { content: { 'application/json': { schema: WebhookMessageSchema } } } },
    responses: { 200: { description: 'Any answer of 200 to 299: it was told' } },
  });
  const changing = [onlyOwnPage, changesAllowed(services)] as const;
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/webhooks',
      operationId: 'listWebhooks',
      tags: ['Tasks'],
      summary: 'Whom is told of tasks that have ended, without what messages are signed by',
      middleware: [changesAllowed(services)] as const,
      request: { query: only({}) },
      responses: { 200: json(WebhooksSchema, 'The webhooks'), ...problemsOf('people') },
    }),
    (c) => c.json({ webhooks: webhooks.list() }, 200),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/webhooks',
      operationId: 'addWebhook',
      tags: ['Tasks'],
      summary:
        'Has an address told of each task that ends, by a POST of a WebhookMessage that is signed as Standard Webhooks has it',
      middleware: [...changing, smallJson] as const,
      request: { query: only({}), body: jsonFields({ url: z.string().min(1).max(2000) }) },
      responses: {
        200: json(NewWebhookSchema, 'It, with its secret'),
        ...problemsOf('people', 'webhook'),
      },
    }),
    (c) => {
      const added = webhooks.add(c.req.valid('json'));
      c.get('told').about = String(added.id);
      return c.json(added, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/webhooks/{id}',
      operationId: 'removeWebhook',
      tags: ['Tasks'],
      summary: 'Tells an address nothing any more, also not what waits',
      middleware: [...changing] as const,
      request: { params: z.object({ id: whole(1) }), query: only({}) },
      responses: {
        200: json(z.object({ removed: z.number().int() }), 'Which was removed'),
        ...problemsOf('people', 'webhook'),
      },
    }),
    (c) => {
      const { id } = c.req.valid('param');
      webhooks.remove({ id });
      return c.json({ removed: id }, 200);
    },
  );
}

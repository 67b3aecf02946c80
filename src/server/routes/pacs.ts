import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { PacsPreviewSchema, PacsTestSchema } from '../../contract/pacs.ts';
import { TaskSchema } from '../../contract/tasks.ts';
import { actorOf } from '../access.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientSignal } from '../lanes.ts';
import {
  formBody,
  json,
  only,
  problemsOf,
  type Services,
  secretFields,
  secretsApart,
  writingAllowed,
} from './shared.ts';

/** Whoever waits for an answer is told after so many seconds how far it was counted. */
const PREVIEW_SECONDS = 30;

const archive = {
  address: z.string().min(1).max(2000).openapi({
    description:
      'dicomweb+https://host/path or dimse://TITLE@host:port, with attributes of studies behind a question mark as QIDO-RS takes them',
  }),
  ...secretFields,
};
const collection = z.string().min(1).max(64);
/** PACS that are tried, counted, and indexed in the background, for the page alone. */
export function addPacsRoutes(app: OpenAPIHono, services: Services): void {
  const { semblance, lanes, form } = services;
  const own = [onlyOwnPage, writingAllowed(services)] as const;
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/pacs/test',
      operationId: 'testPacs',
      tags: ['PACS'],
      summary: 'Whether a PACS answers and lets one in, and else why not',
      middleware: [...own, form, lanes.pacs] as const,
      request: { query: only({}), body: formBody(archive) },
      responses: {
        200: json(PacsTestSchema, 'It does'),
        ...problemsOf('queue', 'form', 'writing', 'pacs'),
      },
    }),
    async (c) => {
      const asked = secretsApart(c.req.valid('form'));
      return c.json(await semblance.pacs.test({ signal: clientSignal(c) }, asked), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/pacs/preview',
      operationId: 'previewPacs',
      tags: ['PACS'],
      summary: `What indexing would take, counted for up to ${PREVIEW_SECONDS} seconds`,
      middleware: [...own, form, lanes.pacs] as const,
      request: {
        query: only({}),
        body: formBody({
          ...archive,
          collection: collection.optional().openapi({
            description: 'What is known already is told of this one; it need not be there',
          }),
        }),
      },
      responses: {
        200: json(PacsPreviewSchema, 'What was counted'),
        ...problemsOf('queue', 'form', 'writing', 'pacs'),
      },
    }),
    async (c) => {
      const asked = { ...secretsApart(c.req.valid('form')), maxSeconds: PREVIEW_SECONDS };
      c.get('told').collection = asked.collection;
      return c.json(await semblance.pacs.preview({ signal: clientSignal(c) }, asked), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/pacs/index',
      operationId: 'indexPacs',
      tags: ['PACS'],
      summary: 'Begins to index a PACS in the background; the same once more is the same task',
      middleware: [...own, form, lanes.pacs] as const,
      request: {
        query: only({}),
        body: formBody({
          ...archive,
          collection: collection.openapi({ description: 'It is made when it is absent' }),
        }),
      },
      responses: {
        200: json(TaskSchema, 'The task'),
        ...problemsOf('queue', 'form', 'writing', 'pacs'),
      },
    }),
    (c) => {
      const asked = secretsApart(c.req.valid('form'));
      const task = semblance.tasks.beginPacs(asked, { actor: actorOf(c) });
      Object.assign(c.get('told'), { collection: asked.collection, about: String(task.id) });
      return c.json(task, 200);
    },
  );
}

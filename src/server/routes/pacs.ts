import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { PacsRequest } from '../../app/pacs.ts';
import { PacsPreviewSchema, PacsTestSchema } from '../../contract/pacs.ts';
import { TaskSchema, TasksSchema } from '../../contract/tasks.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientSignal } from '../lanes.ts';
import { formBody, json, only, problemsOf, type Services, whole } from './shared.ts';

/** Whoever waits for an answer is told after so many seconds how far it was counted. */
const PREVIEW_SECONDS = 30;

const secret = z.string().min(1).max(4000).optional();
const secrets = {
  user: secret.openapi({ description: 'Kept in memory alone, and told to this PACS alone' }),
  password: secret,
  token: secret.openapi({ description: 'A bearer token, in place of user and password' }),
};
const archive = {
  address: z.string().min(1).max(2000).openapi({
    description:
      'dicomweb+https://host/path or dimse://TITLE@host:port, with attributes of studies behind a question mark as QIDO-RS takes them',
  }),
  ...secrets,
};
const collection = z.string().min(1).max(64);
const ofTask = z.object({ id: whole(1).openapi({ description: 'Number of the task' }) });

type PacsSecrets = NonNullable<PacsRequest['secrets']>;

/** What came in a form, with the secrets apart. */
function apart<T extends PacsSecrets>(form: T) {
  const { user, password, token, ...rest } = form;
  return { ...rest, secrets: { user, password, token } };
}

/** PACS that are tried, counted, and indexed in the background, for the page alone. */
export function addPacsRoutes(app: OpenAPIHono, services: Services): void {
  const { semblance, lanes, form, indexing } = services;
  const allowed: MiddlewareHandler = async (_, next) => {
    if (!indexing) {
      throw new SemblanceError('INDEXING_NOT_ALLOWED', 'This server was not started with it.');
    }
    await next();
  };
  const own = [onlyOwnPage, allowed] as const;
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
        ...problemsOf('queue', 'form', 'pacs'),
      },
    }),
    async (c) => {
      const asked = apart(c.req.valid('form'));
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
        ...problemsOf('queue', 'form', 'pacs'),
      },
    }),
    async (c) => {
      const asked = { ...apart(c.req.valid('form')), maxSeconds: PREVIEW_SECONDS };
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
        ...problemsOf('queue', 'form', 'pacs'),
      },
    }),
    (c) => {
      const asked = apart(c.req.valid('form'));
      const task = semblance.tasks.begin(asked);
      Object.assign(c.get('told'), { collection: asked.collection, about: String(task.id) });
      return c.json(task, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks',
      operationId: 'listTasks',
      tags: ['PACS'],
      summary:
        'What is done in the background, and whether this server takes anything to do from whoever asks',
      request: { query: only({}) },
      responses: { 200: json(TasksSchema, 'The tasks'), ...problemsOf() },
    }),
    (c) => {
      const isAllowed = indexing && c.get('may')('editor');
      return c.json({ allowed: isAllowed, tasks: isAllowed ? semblance.tasks.list() : [] }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/{id}',
      operationId: 'getTask',
      tags: ['PACS'],
      summary: 'How far a task is, and what came of it; to be asked each second or so',
      middleware: [allowed] as const,
      request: { params: ofTask, query: only({}) },
      responses: { 200: json(TaskSchema, 'The task'), ...problemsOf('task') },
    }),
    (c) => c.json(semblance.tasks.get(c.req.valid('param')), 200),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/cancel',
      operationId: 'cancelTask',
      tags: ['PACS'],
      summary: 'Ends a task after what it has in hand; what is written stays',
      middleware: [...own] as const,
      request: { params: ofTask, query: only({}) },
      responses: { 200: json(TaskSchema, 'The task'), ...problemsOf('task') },
    }),
    (c) => c.json(semblance.tasks.cancel(c.req.valid('param')), 200),
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/resume',
      operationId: 'resumeTask',
      tags: ['PACS'],
      summary: 'Goes on with a task that ended before its end',
      middleware: [...own, form] as const,
      request: { params: ofTask, query: only({}), body: formBody(secrets) },
      responses: { 200: json(TaskSchema, 'The task'), ...problemsOf('form', 'task') },
    }),
    (c) => {
      const { secrets: told } = apart(c.req.valid('form'));
      return c.json(semblance.tasks.resume({ ...c.req.valid('param'), secrets: told }), 200);
    },
  );
}

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Beginner } from '../../app/tasks.ts';
import { EncoderChoicesSchema } from '../../contract/encoders.ts';
import { ErrorSchema } from '../../contract/errors.ts';
import {
  FolderListingSchema,
  TakingSchema,
  type Task,
  type TaskKind,
  TaskPreviewSchema,
  type TaskRequest,
  TaskRequestSchema,
  TaskSchema,
  TasksSchema,
} from '../../contract/tasks.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { Role } from '../../domain/roles.ts';
import { actorOf, mayNow, roleOfTask } from '../access.ts';
import { bytesOf } from '../body.ts';
import { BusyError } from '../fair-queue.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientSignal } from '../lanes.ts';
import {
  binary,
  formBody,
  inCollection,
  json,
  jsonBodyOf,
  mayBeChanged,
  only,
  problemsOf,
  refuseReceiving,
  type Services,
  secretFields,
  secretsApart,
  uploadedFile,
  whole,
  writingAllowed,
} from './shared.ts';

/** Whoever waits for an answer is told within so many seconds. */
const PREVIEW_SECONDS = 60;
/** How often it is looked whether a task has changed, in milliseconds. */
const LOOK = 500;
/** Pages and programs that are told of changes at a time. */
const LISTENERS = 64;
/** After so many milliseconds without one, a line is sent that keeps the connection. */
const SILENCE = 15_000;

const ofTask = z.object({ id: whole(1).openapi({ description: 'Number of the task' }) });

/** What is done in the background: begun, told of, ended and gone on with. */
export function addTaskRoutes(app: OpenAPIHono, services: Services): void {
  const { semblance, access, lanes, form, body, folders, maxUpload } = services;
  const { tasks } = semblance;
  const allowed = writingAllowed(services);
  const own = [onlyOwnPage, allowed] as const;
  const by = (c: Context): Beginner => ({ actor: actorOf(c), folders });
  /** @throws SemblanceError ROLE_MISSING, where the task is of a collection that is not his */
  const require = (c: Context, kind: TaskKind, collection: string | null) => {
    const role = roleOfTask(kind, collection);
    if (c.get('may')(role.least, role.in)) return;
    throw new SemblanceError('ROLE_MISSING', `It takes the role ${role.least}.`);
  };
  /** @throws SemblanceError COLLECTION_BUSY where the collection would go that is received into */
  const keepReceiving = (kind: TaskKind, collection: string | null) => {
    if (collection === null || !/^(rename|delete)-collection$/.test(kind)) return;
    refuseReceiving(services, collection);
  };
  const requested = (c: Context, request: TaskRequest): TaskRequest => {
    const collection = 'collection' in request ? request.collection : null;
    require(c, request.kind, collection);
    keepReceiving(request.kind, collection);
    return request;
  };
  const found = (c: Context, { id }: { id: number }): Task => {
    const task = tasks.get({ id });
    require(c, task.kind, task.collection);
    tell(c, task);
    return task;
  };
  /** Says in the audit log which task it is. */
  const tell = (c: Context, { id, collection }: Task) =>
    Object.assign(c.get('told'), {
      ...{ about: String(id), collection: collection ?? undefined },
    });
  const shown = (may: (least: Role, collection?: string) => boolean, all = tasks.list()) => ({
    allowed: mayBeChanged(services),
    folders: folders.any,
    upload: maxUpload,
    tasks: all.filter(({ kind, collection }) => {
      const role = roleOfTask(kind, collection);
      return may(role.least, role.in);
    }),
  });
  let looked = { at: Number.NEGATIVE_INFINITY, all: [] as Task[] };
  /** The tasks, read once for all who are told of them. */
  const lately = () => {
    const at = performance.now();
    if (at - looked.at >= LOOK / 2) looked = { at, all: tasks.list() };
    return looked.all;
  };

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks',
      operationId: 'listTasks',
      tags: ['Tasks'],
      summary:
        'What is done in the background, and whether this server takes anything to do from whoever asks',
      request: { query: only({}) },
      responses: { 200: json(TasksSchema, 'The tasks'), ...problemsOf() },
    }),
    (c) => {
      const isAllowed = mayBeChanged(services) && c.get('mayAnywhere')('editor');
      const nothing = { allowed: false, folders: false, upload: maxUpload, tasks: [] };
      if (!isAllowed) return c.json(nothing, 200);
      return c.json(shown(c.get('may')), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks',
      operationId: 'beginTask',
      tags: ['Tasks'],
      summary: 'Begins something in the background; the same once more is the same task',
      middleware: [...own, body] as const,
      request: { query: only({}), body: jsonBodyOf(TaskRequestSchema) },
      responses: {
        200: json(TaskSchema, 'The task'),
        ...problemsOf('json', 'writing', 'collection', 'change', 'encoder', 'folder'),
      },
    }),
    (c) => {
      const task = tasks.begin(requested(c, c.req.valid('json')), by(c));
      tell(c, task);
      return c.json(task, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/preview',
      operationId: 'previewTask',
      tags: ['Tasks'],
      summary: `What a task would do, found within ${PREVIEW_SECONDS} seconds; nothing is changed`,
      middleware: [...own, body, lanes.pacs] as const,
      request: { query: only({}), body: jsonBodyOf(TaskRequestSchema) },
      responses: {
        200: json(TaskPreviewSchema, 'What it would do'),
        ...problemsOf(
          ...(['queue', 'json', 'writing', 'collection', 'change', 'encoder'] as const),
          ...(['folder', 'filter'] as const),
        ),
      },
    }),
    async (c) => {
      const request = requested(c, c.req.valid('json'));
      const timeout = AbortSignal.timeout(PREVIEW_SECONDS * 1000);
      const signal = AbortSignal.any([clientSignal(c), timeout]);
      const preview = await tasks.preview({ signal }, request, by(c)).catch((error) => {
        if (!timeout.aborted) throw error;
        const why = `It takes more than ${PREVIEW_SECONDS} seconds to find out.`;
        throw new SemblanceError('REQUEST_TIMEOUT', why);
      });
      return c.json(preview, 200);
    },
  );
  let listeners = 0;
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/events',
      operationId: 'followTasks',
      tags: ['Tasks'],
      summary:
        'Server-sent events: `tasks` with the list as GET /api/tasks has it, at once and whenever it changes',
      middleware: [allowed] as const,
      request: { query: only({}) },
      responses: {
        200: {
          description: 'Events until the connection ends',
          content: { 'text/event-stream': { schema: z.string() } },
        },
        ...problemsOf('queue', 'writing'),
      },
    }),
    (c) => {
      if (listeners >= LISTENERS) throw new BusyError('Many pages follow the tasks already.');
      listeners += 1;
      return streamSSE(c, async (stream) => {
        let last = '';
        let sent = performance.now();
        try {
          while (!stream.aborted && !stream.closed) {
            const may = mayNow(c, access);
            if (!may.anywhere('editor')) break;
            const data = JSON.stringify(shown(may.in, lately()));
            const now = performance.now();
            if (data !== last) await stream.writeSSE({ event: 'tasks', data });
            else if (now - sent > SILENCE) await stream.write(': still here\n\n');
            if (data !== last || now - sent > SILENCE) sent = now;
            last = data;
            await stream.sleep(LOOK);
          }
        } finally {
          listeners -= 1;
        }
      }) as never;
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/{id}',
      operationId: 'getTask',
      tags: ['Tasks'],
      summary: 'How far a task is, and what came of it',
      middleware: [allowed] as const,
      request: { params: ofTask, query: only({}) },
      responses: { 200: json(TaskSchema, 'The task'), ...problemsOf('writing', 'task') },
    }),
    (c) => c.json(found(c, c.req.valid('param')), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks/{id}/file',
      operationId: 'getTaskFile',
      tags: ['Tasks'],
      summary: 'A file that a task made, by its name in the result',
      middleware: [allowed] as const,
      request: { params: ofTask, query: only({ name: z.string().min(1).max(1000) }) },
      responses: {
        200: binary('application/octet-stream', 'The file'),
        ...problemsOf('writing', 'task', 'taskFile'),
      },
    }),
    (c) => {
      const { id } = found(c, c.req.valid('param'));
      const { name } = c.req.valid('query');
      const { path, bytes } = tasks.file({ id, name });
      const called = basename(name).replaceAll(/[^\w.-]/g, '_');
      return c.body(Readable.toWeb(createReadStream(path)) as ReadableStream, 200, {
        'Content-Type': 'application/octet-stream',
        'Content-Length': String(bytes),
        // What somebody put into a report runs nowhere.
        'Content-Disposition': `attachment; filename="${called}"`,
      }) as never;
    },
  );
  for (const [what, operationId, summary] of [
    ['pause', 'pauseTask', 'Ends a task for now, after what it has in hand'],
    ['cancel', 'cancelTask', 'Ends a task after what it has in hand; what is written stays'],
  ] as const) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/api/tasks/{id}/${what}`,
        operationId,
        tags: ['Tasks'],
        summary,
        middleware: [...own] as const,
        request: { params: ofTask, query: only({}) },
        responses: { 200: json(TaskSchema, 'The task'), ...problemsOf('writing', 'task') },
      }),
      (c) => c.json(tasks[what](found(c, c.req.valid('param'))), 200),
    );
  }
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tasks/{id}/resume',
      operationId: 'resumeTask',
      tags: ['Tasks'],
      summary: 'Goes on with a task that ended before its end',
      middleware: [...own, form] as const,
      request: { params: ofTask, query: only({}), body: formBody(secretFields) },
      responses: { 200: json(TaskSchema, 'The task'), ...problemsOf('form', 'writing', 'task') },
    }),
    (c) => {
      const { secrets } = secretsApart(c.req.valid('form'));
      const { id, kind, collection } = found(c, c.req.valid('param'));
      keepReceiving(kind, collection);
      return c.json(tasks.resume({ id, secrets }), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/folders',
      operationId: 'listFolders',
      tags: ['Tasks'],
      summary: 'Folders of the server’s machine that may be indexed, and what lies in one',
      middleware: [allowed] as const,
      request: {
        query: only({
          path: z.string().min(1).max(4000).optional().openapi({
            description: 'Without it, those that the server was started with',
          }),
        }),
      },
      responses: {
        200: json(FolderListingSchema, 'What is there'),
        ...problemsOf('writing', 'folder'),
      },
    }),
    (c) => c.json(folders.list(c.req.valid('query').path), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/encoders',
      operationId: 'listEncoders',
      tags: ['Tasks'],
      summary: 'What images can be encoded with here, and the published models that can be added',
      middleware: [allowed] as const,
      request: { query: only({}) },
      responses: {
        200: json(EncoderChoicesSchema, 'What there is'),
        ...problemsOf('writing'),
      },
    }),
    async (c) => {
      const { encoders } = await semblance.encoders.list();
      const { models } = semblance.models.list();
      return c.json(
        {
          encoders: encoders.map(({ name, title, dimension, text }) => ({
            ...{ name, title, dimension, text: text !== undefined },
          })),
          models: models.map(({ name, title, licence, gated, installed }) => ({
            ...{ name, title, licence, gated, installed },
          })),
        },
        200,
      );
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/images',
      operationId: 'addImages',
      tags: ['Tasks'],
      summary:
        'Takes files (pictures, DICOM, ZIP archives of them), keeps them, and begins to index them',
      middleware: [...own, form] as const,
      request: {
        params: inCollection,
        query: only({}),
        body: formBody({
          file: z.union([uploadedFile, z.array(uploadedFile)]).openapi({
            type: 'array',
            items: { type: 'string', format: 'binary' },
            description: 'One or more; their names are kept nowhere',
          }),
          ...TakingSchema.shape,
        }),
      },
      responses: {
        200: json(
          z.object({
            task: TaskSchema.nullable().openapi({
              description: 'Null where no file is one that is read',
            }),
            refused: z
              .array(ErrorSchema)
              .openapi({ description: 'Files that are not read, and why' }),
          }),
          'The task',
        ),
        ...problemsOf('form', 'writing', 'upload', 'encoder'),
      },
    }),
    async (c) => {
      const { file, ...taking } = c.req.valid('form');
      const files: { name: string; content: Uint8Array }[] = [];
      for (const each of [file].flat()) {
        files.push({ name: each.name, content: await bytesOf(each) });
      }
      const request = { ...c.req.valid('param'), ...taking, files };
      const { task = null, refused } = await tasks.beginFiles(request, by(c));
      if (task !== null) tell(c, task);
      return c.json({ task, refused }, 200);
    },
  );
}

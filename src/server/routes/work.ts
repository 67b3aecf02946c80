import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { FinishedWorkSchema, LeasedWorkSchema, LeaseRequestSchema } from '../../contract/work.ts';
import { bytesOf } from '../body.ts';
import { onlyOwnPage } from '../guard.ts';
import {
  binary,
  formBody,
  inCollection,
  json,
  jsonBodyOf,
  only,
  problemsOf,
  type Services,
  uploadedFile,
  writingAllowed,
} from './shared.ts';

const ofWork = inCollection.extend({
  id: z.uuid().openapi({ description: 'Number of the leased work' }),
});

/** Images that workers on other machines encode. */
export function addWorkRoutes(app: OpenAPIHono, services: Services): void {
  const { semblance, form, body, lanes } = services;
  const { sharedWork } = semblance;
  const own = [onlyOwnPage, writingAllowed(services)] as const;

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/work',
      operationId: 'leaseWork',
      tags: ['Tasks'],
      summary: 'Leases preprocessed pictures that wait to be encoded, without names, to a worker',
      middleware: [...own, body, lanes.pictures] as const,
      request: { params: inCollection, query: only({}), body: jsonBodyOf(LeaseRequestSchema) },
      responses: {
        200: json(LeasedWorkSchema, 'What is to be encoded'),
        ...problemsOf('queue', 'json', 'writing', 'collection', 'encoder'),
      },
    }),
    async (c) =>
      c.json(await sharedWork.lease({ ...c.req.valid('param'), ...c.req.valid('json') }), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/work/{id}',
      operationId: 'getWork',
      tags: ['Tasks'],
      summary:
        'The preprocessed pictures of leased work: 32-bit floats, little-endian, one after the other',
      middleware: [...own] as const,
      request: { params: ofWork, query: only({}) },
      responses: {
        200: binary('application/octet-stream', 'As the encoder takes them'),
        ...problemsOf('writing', 'collection', 'work'),
      },
    }),
    async (c) => {
      const tensors = await sharedWork.tensors(c.req.valid('param'));
      return c.body(tensors as Uint8Array<ArrayBuffer>, 200, {
        'Content-Type': 'application/octet-stream',
      }) as never;
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/work/{id}/renew',
      operationId: 'renewWork',
      tags: ['Tasks'],
      summary: 'Says that a worker is still at it',
      middleware: [...own] as const,
      request: { params: ofWork, query: only({}) },
      responses: {
        204: { description: 'Its lease begins anew' },
        ...problemsOf('writing', 'collection', 'work'),
      },
    }),
    async (c) => {
      await sharedWork.renew(c.req.valid('param'));
      return c.body(null, 204);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/work/{id}',
      operationId: 'finishWork',
      tags: ['Tasks'],
      summary: 'Stores the embeddings of leased work, as long as its lease is held',
      middleware: [...own, form] as const,
      request: {
        params: ofWork,
        query: only({}),
        body: formBody({
          embeddings: uploadedFile.openapi({
            type: 'string',
            format: 'binary',
            description:
              '32-bit floats, little-endian, in the order of the pictures; NaN of one that could not be encoded',
          }),
        }),
      },
      responses: {
        200: json(FinishedWorkSchema, 'What came of it'),
        ...problemsOf('form', 'writing', 'collection', 'work', 'encoder'),
      },
    }),
    async (c) => {
      const embeddings = await bytesOf(c.req.valid('form').embeddings);
      return c.json(await sharedWork.finish({ ...c.req.valid('param'), embeddings }), 200);
    },
  );
}

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeletionSchema } from '../../contract/collections.ts';
import { CollectionMapSchema } from '../../contract/map.ts';
import * as schemas from '../../contract/shapes.ts';
import { tellImages } from '../audit.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientSignal } from '../lanes.ts';
import {
  changesAllowed,
  filterFields,
  inCollection,
  json,
  jsonFields,
  only,
  pageFields,
  problemsOf,
  refuseReceiving,
  type Services,
  smallJson,
  tellNext,
} from './shared.ts';

const name = z.string().min(1).max(64);

/** What collections there are and what they hold. */
export function addCollectionRoutes(app: OpenAPIHono, services: Services): void {
  const { semblance, lanes, viewer, dicomWeb, sendTo } = services;
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections',
      operationId: 'listCollections',
      tags: ['Collections'],
      summary: 'The collections',
      middleware: [lanes.searches] as const,
      request: { query: only({}) },
      responses: {
        200: json(schemas.CollectionsSchema, 'All collections'),
        ...problemsOf('queue'),
      },
    }),
    (c) => {
      const opens = {
        ...(viewer !== undefined && { viewer: true }),
        ...(dicomWeb?.personal && { documents: true }),
        ...(sendTo !== undefined && { sends: true }),
      };
      const shown = semblance.collections.list().filter(({ name }) => c.get('may')('viewer', name));
      const collections = shown.map((each) => ({ ...each, ...opens }));
      return c.json({ collections }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/missing-embeddings',
      operationId: 'listMissingEmbeddings',
      tags: ['Collections'],
      summary: 'Images without an embedding of an encoder, or of any of several that are fused',
      middleware: [lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({ encoder: schemas.EncodersSchema.optional(), ...pageFields }),
      },
      responses: {
        200: json(schemas.MissingEmbeddingsSchema, 'A page of them'),
        ...problemsOf('queue', 'collection', 'encoder'),
      },
    }),
    async (c) => {
      const asked = { ...c.req.valid('param'), ...c.req.valid('query') };
      const images = await semblance.collections.missingEmbeddings(asked);
      tellImages(
        c,
        asked.collection,
        images.map(({ id }) => id),
      );
      tellNext(c, images, asked.limit);
      return c.json({ images }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/facets',
      operationId: 'listFacets',
      tags: ['Collections'],
      summary: 'Values of the fields with their counts under a filter',
      middleware: [lanes.searches] as const,
      request: { params: inCollection, query: only(filterFields) },
      responses: {
        200: json(schemas.FacetsSchema, 'The fields'),
        ...problemsOf('queue', 'collection', 'filter'),
      },
    }),
    async (c) => {
      const asked = { ...c.req.valid('param'), ...c.req.valid('query') };
      const facets = await semblance.collections.facets({ signal: clientSignal(c) }, asked);
      return c.json({ facets }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/map',
      operationId: 'getMap',
      tags: ['Collections'],
      summary: 'The images in the plane, as the task `map` laid them out',
      middleware: [lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({
          encoder: z.string().min(1).max(100).optional(),
          field: z.string().min(1).max(200).optional().openapi({
            description: 'What images are grouped by: `label` by default, or a metadata field',
          }),
        }),
      },
      responses: {
        200: json(CollectionMapSchema, 'The map'),
        ...problemsOf('queue', 'collection', 'encoder', 'map'),
      },
    }),
    async (c) => {
      const asked = { ...c.req.valid('param'), ...c.req.valid('query') };
      return c.json(await semblance.maps.stored({ signal: clientSignal(c) }, asked), 200);
    },
  );
  addChanges(app, services);
}

/** Collections are made, copied, renamed and removed. */
function addChanges(app: OpenAPIHono, services: Services): void {
  const { semblance, lanes } = services;
  const changing = [onlyOwnPage, changesAllowed(services), lanes.changes] as const;
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections',
      operationId: 'createCollection',
      tags: ['Collections'],
      summary: 'Makes an empty collection',
      middleware: [...changing, smallJson] as const,
      request: { query: only({}), body: jsonFields({ name }) },
      responses: {
        200: json(schemas.CollectionSchema, 'The collection'),
        ...problemsOf('queue', 'json', 'collection', 'change'),
      },
    }),
    async (c) => {
      const { name: collection } = c.req.valid('json');
      c.get('told').collection = collection;
      return c.json(await semblance.collections.create({ collection }), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/copy',
      operationId: 'copyCollection',
      tags: ['Collections'],
      summary: 'Copies a collection as it is; it ends when nobody waits for it any more',
      middleware: [...changing, smallJson] as const,
      request: { params: inCollection, query: only({}), body: jsonFields({ to: name }) },
      responses: {
        200: json(schemas.CollectionSchema, 'The copy'),
        ...problemsOf('queue', 'json', 'collection', 'change'),
      },
    }),
    async (c) => {
      const asked = { ...c.req.valid('param'), ...c.req.valid('json') };
      const call = { signal: clientSignal(c) };
      const made = await semblance.collections.copy(call, asked);
      c.get('told').about = made.name;
      return c.json(made, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/rename',
      operationId: 'renameCollection',
      tags: ['Collections'],
      summary: 'Gives a collection another name, with roles in it and what was received for it',
      middleware: [...changing, smallJson] as const,
      request: { params: inCollection, query: only({}), body: jsonFields({ to: name }) },
      responses: {
        200: json(schemas.CollectionSchema, 'The collection'),
        ...problemsOf('queue', 'json', 'collection', 'change'),
      },
    }),
    async (c) => {
      const asked = { ...c.req.valid('param'), ...c.req.valid('json') };
      refuseReceiving(services, asked.collection);
      const call = { signal: clientSignal(c) };
      const made = await semblance.collections.rename(call, asked);
      c.get('told').about = made.name;
      return c.json(made, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/collections/{collection}',
      operationId: 'deleteCollection',
      tags: ['Collections'],
      summary: 'Removes a collection with roles in it and what was received for it',
      middleware: [...changing] as const,
      request: {
        params: inCollection,
        query: only({
          confirm: name.openapi({ description: 'Name of the collection once more' }),
        }),
      },
      responses: {
        200: json(DeletionSchema, 'What was removed'),
        ...problemsOf('queue', 'collection', 'change'),
      },
    }),
    async (c) => {
      const asked = { ...c.req.valid('param'), ...c.req.valid('query') };
      refuseReceiving(services, asked.collection);
      return c.json(await semblance.collections.delete(asked), 200);
    },
  );
}

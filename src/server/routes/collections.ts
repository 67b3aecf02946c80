import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as schemas from '../../contract/shapes.ts';
import { clientSignal } from '../lanes.ts';
import {
  filterFields,
  inCollection,
  json,
  only,
  pageFields,
  problemsOf,
  type Services,
} from './shared.ts';

/** What collections there are and what they hold. */
export function addCollectionRoutes(
  app: OpenAPIHono,
  { semblance, lanes, viewer, dicomWeb, sendTo }: Services,
): void {
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
      return c.json({ images: await semblance.collections.missingEmbeddings(asked) }, 200);
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
}

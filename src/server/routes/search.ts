import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { SemblanceError } from '../../errors/error.ts';
import { parseFilter } from '../../store/filter.ts';
import type { Catalogue } from '../catalogue.ts';
import * as schemas from '../schemas.ts';
import { inCollection, json, ofImage, problems, searchFields, toResult } from './shared.ts';

/**
 * Search by id and by upload.
 * @param maxUpload largest upload in bytes
 */
export function addSearchRoutes(app: OpenAPIHono, catalogue: Catalogue, maxUpload: number): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/similar',
      summary: 'The images most similar to one of the collection',
      request: { params: ofImage, query: z.object(searchFields) },
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
    }),
    async (c) => {
      const { collection, id } = c.req.valid('param');
      const { k, encoder, filter, excludePatient } = c.req.valid('query');
      const searcher = catalogue.searcher(collection, encoder);
      const request = { k, filter: parseFilter(filter), excludePatient };
      const answer = await searcher.byId(id, request);
      return c.json(toResult(collection, searcher.encoder.name, answer), 200);
    },
  );

  const limit = bodyLimit({
    maxSize: maxUpload,
    onError: () => {
      throw new SemblanceError(
        'UPLOAD_TOO_LARGE',
        `The limit is ${Math.round(maxUpload / 1e6)} MB.`,
      );
    },
  });
  const file = z.instanceof(File).openapi({ type: 'string', format: 'binary' });
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/search',
      summary: 'The images most similar to an uploaded picture, which is not kept',
      middleware: [limit] as const,
      request: {
        params: inCollection,
        body: {
          required: true,
          content: {
            'multipart/form-data': { schema: z.object({ file, ...searchFields }) },
          },
        },
      },
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const { file: upload, k, encoder, filter, excludePatient } = c.req.valid('form');
      const searcher = catalogue.searcher(collection, encoder);
      const request = { k, filter: parseFilter(filter), excludePatient };
      const answer = await searcher.byPicture(new Uint8Array(await upload.arrayBuffer()), request);
      return c.json(toResult(collection, searcher.encoder.name, answer), 200);
    },
  );
}

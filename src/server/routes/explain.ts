import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { SemblanceError } from '../../errors/error.ts';
import { DEFAULT_GRID, explain, MAX_GRID, preparedBy } from '../../explain/explain.ts';
import { METHODS } from '../../explain/explanation.ts';
import { registeredFile } from '../../store/registered-bytes.ts';
import type { Catalogue } from '../catalogue.ts';
import * as schemas from '../schemas.ts';
import { inCollection, json, problems, uploadedFile, uploadLimit } from './shared.ts';

/**
 * Maps of what a query and a result share.
 * @param maxUpload largest upload in bytes
 */
export function addExplainRoutes(app: OpenAPIHono, catalogue: Catalogue, maxUpload: number): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/explain',
      summary:
        'What makes an image like a query to an encoder, place by place: an aid, not a diagnosis',
      middleware: [uploadLimit(maxUpload)] as const,
      request: {
        params: inCollection,
        body: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: z.object({
                result: z.coerce.number().int().positive().openapi({ description: 'Image id' }),
                query: z.coerce.number().int().positive().optional().openapi({
                  description: 'Image id of the query, when it is one of the collection',
                }),
                file: uploadedFile.optional().openapi({
                  description: 'The query otherwise; it is not kept',
                }),
                encoder: z.string().min(1).optional(),
                method: z.enum(METHODS).optional().openapi({
                  description: 'By default tokens where the encoder has them, else occlusion',
                }),
                grid: z.coerce.number().int().min(2).max(MAX_GRID).default(DEFAULT_GRID).openapi({
                  description: 'Covered places of a side of each picture',
                }),
              }),
            },
          },
        },
      },
      responses: { 200: json(schemas.ExplanationSchema, 'The maps'), ...problems },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const { result, query, file, encoder, method, grid } = c.req.valid('form');
      const store = catalogue.store(collection);
      const { space } = catalogue.searcher(collection, encoder);
      if ((query === undefined) === (file === undefined)) {
        throw new SemblanceError('REQUEST_INVALID', 'Give either the id of the query or its file.');
      }
      const asked = file
        ? { bytes: new Uint8Array(await file.arrayBuffer()) }
        : registeredFile(store, query as number);
      const { signal } = c.req.raw;
      const pictures = preparedBy(catalogue.pictures, asked, registeredFile(store, result), signal);
      return c.json(await explain(space, pictures, { method, grid, signal }), 200);
    },
  );
}

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import * as schemas from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { DEFAULT_GRID, MAX_GRID, METHODS } from '../../domain/explanation.ts';
import { tellImages } from '../audit.ts';
import { bytesOf } from '../body.ts';
import { clientSignal } from '../lanes.ts';
import {
  formBody,
  inCollection,
  json,
  only,
  problemsOf,
  type Services,
  uploadedFile,
  uploadedFrame,
  whole,
} from './shared.ts';

/** Maps of what a query and a result share. */
export function addExplainRoutes(app: OpenAPIHono, { semblance, lanes, form }: Services): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/explain',
      operationId: 'explain',
      tags: ['Search'],
      summary:
        'What makes an image like a query to an encoder, place by place: an aid, not a diagnosis',
      middleware: [form, lanes.explanations] as const,
      request: {
        params: inCollection,
        query: only({}),
        body: formBody({
          result: whole(1).openapi({ description: 'Image id' }),
          query: whole(1).optional().openapi({
            description: 'Image id of the query, when it is one of the collection',
          }),
          file: uploadedFile.optional().openapi({
            description: 'The query otherwise; it is not kept',
          }),
          frame: uploadedFrame,
          encoder: z.string().min(1).optional(),
          method: z.enum(METHODS).optional().openapi({
            description: 'By default tokens where the encoder has them, else occlusion',
          }),
          grid: whole(2, MAX_GRID).default(DEFAULT_GRID).openapi({
            description: 'Covered places of a side of each picture',
          }),
        }),
      },
      responses: {
        200: json(schemas.ExplanationSchema, 'The maps'),
        ...problemsOf('queue', 'form', 'collection', 'file', 'picture', 'encoder', 'search'),
      },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const { query, file, frame, ...asked } = c.req.valid('form');
      if ((query === undefined) === (file === undefined)) {
        throw new SemblanceError('REQUEST_INVALID', 'Give either the id of the query or its file.');
      }
      const signal = clientSignal(c);
      tellImages(c, collection, [asked.result, ...(query === undefined ? [] : [query])]);
      const explanation = await semblance.explain.explain(
        { signal },
        {
          collection,
          query: file ? { bytes: await bytesOf(file), frame } : (query as number),
          ...asked,
        },
      );
      return c.json(explanation, 200);
    },
  );
}

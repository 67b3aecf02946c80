import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { issuesText } from '../../contract/issues.ts';
import * as schemas from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { bytesOf } from '../body.ts';
import { clientSignal } from '../lanes.ts';
import {
  uploadedFile as file,
  formBody,
  inCollection,
  json,
  only,
  problemsOf,
  type Services,
} from './shared.ts';

/** So long may a query be as JSON: a filter and texts of the greatest length. */
const QUERY_LIMIT = 3_000_000;

/** The search: by images of the collection, by pictures, by texts, and by several of them. */
export function addSearchRoutes(app: OpenAPIHono, { semblance, lanes, form }: Services): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/search',
      operationId: 'search',
      tags: ['Search'],
      summary:
        'The images most similar to one of the collection, to a picture, which is not kept, to a text, or to several of them, with regions and marks of results',
      middleware: [form, lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({}),
        body: formBody({
          query: z.string().max(QUERY_LIMIT).openapi({
            description: 'The query as JSON: see the schema Query',
            example: '{"parts":[{"image":12},{"image":40,"role":"less"}],"k":10}',
          }),
          file: z
            .union([file, z.array(file)])
            .default([])
            .transform((value) => (Array.isArray(value) ? value : [value]))
            .openapi({
              type: 'array',
              items: { type: 'string', format: 'binary' },
              description: 'The pictures that parts of the query name by number',
            }),
        }),
      },
      responses: {
        200: json(schemas.SearchResultSchema, 'The neighbours'),
        ...problemsOf(
          'queue',
          'form',
          'collection',
          'filter',
          'file',
          'picture',
          'encoder',
          'search',
        ),
      },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const { query, file: uploads } = c.req.valid('form');
      const files: Uint8Array[] = [];
      for (const upload of uploads) files.push(await bytesOf(upload));
      const asked = { collection, files, ...readQuery(query) };
      return c.json(await semblance.search.search({ signal: clientSignal(c) }, asked), 200);
    },
  );
  // A clone has the registry's methods also where the shapes were loaded before the registry.
  app.openAPIRegistry.register('Query', schemas.QuerySchema.clone());
}

function readQuery(text: string): z.output<typeof schemas.QuerySchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SemblanceError('REQUEST_INVALID', 'The query is not JSON.', { subject: 'query' });
  }
  const read = schemas.QuerySchema.safeParse(value);
  if (read.success) return read.data;
  const isFilterTooLong = read.error.issues.some(
    ({ code, path }) => code === 'too_big' && path.length === 1 && path[0] === 'filter',
  );
  const code = isFilterTooLong ? 'FILTER_TOO_LARGE' : 'REQUEST_INVALID';
  throw new SemblanceError(code, issuesText(read.error), { subject: 'query' });
}

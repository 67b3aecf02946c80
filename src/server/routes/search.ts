import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { issuesText } from '../../contract/issues.ts';
import * as schemas from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { imagesOfSearch, tellImages } from '../audit.ts';
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

/** The form of a search. */
export const searchFields = {
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
};

/** What a search may meet. */
export const SEARCH_PROBLEMS = [
  'queue',
  'form',
  'collection',
  'filter',
  'file',
  'picture',
  'encoder',
  'search',
] as const;

/**
 * The search that a form asks for.
 * @throws SemblanceError REQUEST_INVALID, FILTER_TOO_LARGE
 */
export async function searchOf(
  { collection }: { collection: string },
  { query, file: uploads }: { query: string; file: readonly File[] },
) {
  const files: Uint8Array[] = [];
  for (const upload of uploads) files.push(await bytesOf(upload));
  return { collection, files, ...readQuery(query) };
}

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
        body: formBody(searchFields),
      },
      responses: {
        200: json(schemas.SearchResultSchema, 'The neighbours'),
        ...problemsOf(...SEARCH_PROBLEMS),
      },
    }),
    async (c) => {
      const asked = await searchOf(c.req.valid('param'), c.req.valid('form'));
      const found = await semblance.search.search({ signal: clientSignal(c) }, asked);
      tellImages(c, asked.collection, imagesOfSearch(found));
      return c.json(found, 200);
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

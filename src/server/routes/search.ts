import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import * as schemas from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { partsOf, type QueryPart } from '../../domain/query.ts';
import type { SearchRequest } from '../../search/searcher.ts';
import { bytesOf } from '../body.ts';
import { issuesText } from '../issues.ts';
import { clientSignal } from '../lanes.ts';
import type { OpenCollection } from '../open-collection.ts';
import {
  besideFields,
  uploadedFile as file,
  filterOf,
  inCollection,
  json,
  ofImage,
  only,
  problemsOf,
  type Services,
  searchFields,
  searchText,
  toResult,
} from './shared.ts';

/** So long may a query be as JSON: a filter and texts of the greatest length. */
const QUERY_LIMIT = 3_000_000;

/** What every way of searching takes, as parsed. */
type SearchFields = z.infer<z.ZodObject<typeof searchFields>> & {
  text?: string | undefined;
  textWeight?: number;
};

/** Search by id, by upload, by text, and by several of them. */
export function addSearchRoutes(app: OpenAPIHono, { catalogue, lanes, form }: Services): void {
  async function search(
    opened: OpenCollection,
    collection: string,
    parts: readonly QueryPart[],
    { encoder, compare }: { encoder?: string | undefined; compare?: string | undefined },
    request: SearchRequest,
  ) {
    const needsText = parts.some(({ kind }) => kind === 'text');
    const searcher = opened.searcher(encoder, needsText);
    const answer = await searcher.search(parts, request);
    const { name } = searcher.space;
    if (compare === undefined) return toResult(collection, name, answer);
    const other = opened.searcher(compare, needsText);
    const beside = { encoder: other.space.name, answer: await other.search(parts, request) };
    return toResult(collection, name, answer, beside);
  }
  function searchOne(
    collection: string,
    pictures: readonly QueryPart[],
    fields: SearchFields,
    signal: AbortSignal,
  ) {
    const { text, textWeight, k, exclude, groupBy, diversify } = fields;
    return catalogue.use(collection, (opened) => {
      const filter = filterOf(opened.store, fields);
      const request = { k, filter, exclude, groupBy, diversify, signal };
      return search(opened, collection, partsOf(pictures, text, textWeight), fields, request);
    });
  }

  const withText = { ...searchFields, ...besideFields };
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/similar',
      operationId: 'searchByImage',
      tags: ['Search'],
      summary: 'The images most similar to one of the collection, and to a text if one is given',
      middleware: [lanes.searches] as const,
      request: { params: ofImage, query: only(withText) },
      responses: {
        200: json(schemas.SearchResultSchema, 'The neighbours'),
        ...problemsOf('queue', 'collection', 'filter', 'file', 'encoder', 'search'),
      },
    }),
    async (c) => {
      const { collection, id } = c.req.valid('param');
      const signal = clientSignal(c);
      const part = { kind: 'image', id } as const;
      return c.json(await searchOne(collection, [part], c.req.valid('query'), signal), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/search',
      operationId: 'searchByText',
      tags: ['Search'],
      summary: 'The images that fit a text best',
      middleware: [lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({ ...searchFields, text: searchText }),
      },
      responses: {
        200: json(schemas.SearchResultSchema, 'The neighbours'),
        ...problemsOf('queue', 'collection', 'filter', 'encoder', 'search'),
      },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const signal = clientSignal(c);
      return c.json(await searchOne(collection, [], c.req.valid('query'), signal), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/search',
      operationId: 'searchByUpload',
      tags: ['Search'],
      summary:
        'The images most similar to an uploaded picture, which is not kept, to a text, or both',
      middleware: [form, lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({}),
        body: {
          required: true,
          content: {
            'multipart/form-data': { schema: only({ file: file.optional(), ...withText }) },
          },
        },
      },
      responses: {
        200: json(schemas.SearchResultSchema, 'The neighbours'),
        ...problemsOf('queue', 'form', 'collection', 'filter', 'picture', 'encoder', 'search'),
      },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const { file: upload, ...fields } = c.req.valid('form');
      const pictures = upload === undefined ? [] : [await pictureOf(upload)];
      return c.json(await searchOne(collection, pictures, fields, clientSignal(c)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/query',
      operationId: 'searchByQuery',
      tags: ['Search'],
      summary:
        'Search with several pictures, texts, regions and marks of results; pictures are not kept',
      middleware: [form, lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({}),
        body: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: only({
                query: z.string().max(QUERY_LIMIT).openapi({
                  description: 'The query as JSON: see the schema Query',
                  example: '{"parts":[{"image":12},{"image":40,"role":"less"}],"k":10}',
                }),
                file: z
                  .union([file, z.array(file)])
                  .default([])
                  .transform((value) => (Array.isArray(value) ? value : [value]))
                  .openapi({ type: 'array', items: { type: 'string', format: 'binary' } }),
              }),
            },
          },
        },
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
      const { query, file: files } = c.req.valid('form');
      const { parts: written, where, encoder, compare, ...request } = readQuery(query);
      const parts: QueryPart[] = [];
      for (const part of written) {
        const { role, weight } = part;
        if ('text' in part) parts.push({ kind: 'text', text: part.text, role, weight });
        else if ('image' in part) {
          parts.push({ kind: 'image', id: part.image, region: part.region, role, weight });
        } else {
          const upload = files[part.file];
          if (upload === undefined) {
            throw new SemblanceError('REQUEST_INVALID', `There is no file ${part.file}.`);
          }
          parts.push({ ...(await pictureOf(upload)), region: part.region, role, weight });
        }
      }
      const signal = clientSignal(c);
      const result = await catalogue.use(collection, (opened) => {
        const filter = opened.store.fields.where(where);
        const asked = { ...request, filter, signal };
        return search(opened, collection, parts, { encoder, compare }, asked);
      });
      return c.json(result, 200);
    },
  );
  app.openAPIRegistry.register('Query', schemas.QuerySchema);
}

async function pictureOf(upload: File) {
  return { kind: 'picture', bytes: await bytesOf(upload) } as const;
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
  throw new SemblanceError('REQUEST_INVALID', issuesText(read.error), { subject: 'query' });
}

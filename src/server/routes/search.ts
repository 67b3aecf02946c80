import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { SemblanceError } from '../../errors/error.ts';
import { partsOf, type QueryPart } from '../../search/query.ts';
import type { SearchRequest } from '../../search/searcher.ts';
import type { Catalogue } from '../catalogue.ts';
import * as schemas from '../schemas.ts';
import {
  besideFields,
  uploadedFile as file,
  filterOf,
  inCollection,
  json,
  ofImage,
  problems,
  searchFields,
  searchText,
  toComparison,
  toResult,
  uploadLimit,
} from './shared.ts';

/** What every way of searching takes, as parsed. */
type SearchFields = z.infer<z.ZodObject<typeof searchFields>> & {
  text?: string | undefined;
  textWeight?: number;
};

/**
 * Search by id, by upload, by text, and by several of them.
 * @param maxUpload largest upload in bytes
 */
export function addSearchRoutes(app: OpenAPIHono, catalogue: Catalogue, maxUpload: number): void {
  async function search(
    collection: string,
    parts: readonly QueryPart[],
    { encoder, compare }: { encoder?: string | undefined; compare?: string | undefined },
    request: SearchRequest,
  ) {
    const needsText = parts.some(({ kind }) => kind === 'text');
    const searcher = catalogue.searcher(collection, encoder, needsText);
    const answer = await searcher.search(parts, request);
    if (compare === undefined) return toResult(collection, searcher.space.name, answer, null);
    const other = catalogue.searcher(collection, compare, needsText);
    const comparison = toComparison(other.space.name, answer, await other.search(parts, request));
    return toResult(collection, searcher.space.name, answer, comparison);
  }
  function searchOne(
    collection: string,
    pictures: readonly QueryPart[],
    fields: SearchFields,
    signal: AbortSignal,
  ) {
    const { text, textWeight, k, exclude, groupBy, diversify } = fields;
    const filter = filterOf(catalogue.store(collection), fields);
    const request = { k, filter, exclude, groupBy, diversify, signal };
    return search(collection, partsOf(pictures, text, textWeight), fields, request);
  }

  const withText = { ...searchFields, ...besideFields };
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/similar',
      summary: 'The images most similar to one of the collection, and to a text if one is given',
      request: { params: ofImage, query: z.object(withText) },
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
    }),
    async (c) => {
      const { collection, id } = c.req.valid('param');
      return c.json(
        await searchOne(
          collection,
          [{ kind: 'image', id }],
          c.req.valid('query'),
          c.req.raw.signal,
        ),
        200,
      );
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/search',
      summary: 'The images that fit a text best',
      request: {
        params: inCollection,
        query: z.object({ ...searchFields, text: searchText }),
      },
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      return c.json(await searchOne(collection, [], c.req.valid('query'), c.req.raw.signal), 200);
    },
  );

  const limit = uploadLimit(maxUpload);
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/search',
      summary:
        'The images most similar to an uploaded picture, which is not kept, to a text, or both',
      middleware: [limit] as const,
      request: {
        params: inCollection,
        body: {
          required: true,
          content: {
            'multipart/form-data': { schema: z.object({ file: file.optional(), ...withText }) },
          },
        },
      },
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const { file: upload, ...fields } = c.req.valid('form');
      const pictures = upload === undefined ? [] : [await pictureOf(upload)];
      return c.json(await searchOne(collection, pictures, fields, c.req.raw.signal), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/query',
      summary:
        'Search with several pictures, texts, regions and marks of results; pictures are not kept',
      middleware: [limit] as const,
      request: {
        params: inCollection,
        body: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: z.object({
                query: z.string().openapi({
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
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
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
      const filter = catalogue.store(collection).fields.where(where);
      const encoders = { encoder, compare };
      return c.json(
        await search(collection, parts, encoders, { ...request, filter, signal: c.req.raw.signal }),
        200,
      );
    },
  );
  app.openAPIRegistry.register('Query', schemas.QuerySchema);
}

async function pictureOf(upload: File) {
  return { kind: 'picture', bytes: new Uint8Array(await upload.arrayBuffer()) } as const;
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
  throw new SemblanceError('REQUEST_INVALID', z.prettifyError(read.error), { subject: 'query' });
}

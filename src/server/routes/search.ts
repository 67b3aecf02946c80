import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { SemblanceError } from '../../errors/error.ts';
import { partsOf, type QueryPart } from '../../search/query.ts';
import type { Catalogue } from '../catalogue.ts';
import * as schemas from '../schemas.ts';
import {
  besideFields,
  filterOf,
  inCollection,
  json,
  ofImage,
  problems,
  searchFields,
  searchText,
  toResult,
} from './shared.ts';

/** What every way of searching takes, as parsed. */
interface SearchFields {
  k: number;
  encoder?: string | undefined;
  filter: string[];
  where: string;
  excludePatient: boolean;
  text?: string | undefined;
  textWeight?: number;
}

/**
 * Search by id, by upload and by text.
 * @param maxUpload largest upload in bytes
 */
export function addSearchRoutes(app: OpenAPIHono, catalogue: Catalogue, maxUpload: number): void {
  async function search(collection: string, picture: QueryPart | undefined, fields: SearchFields) {
    const { k, encoder, excludePatient, text, textWeight } = fields;
    const searcher = catalogue.searcher(collection, encoder, text !== undefined);
    const request = { k, filter: filterOf(catalogue.store(collection), fields), excludePatient };
    const answer = await searcher.search(partsOf(picture, text, textWeight), request);
    return toResult(collection, searcher.space.name, answer);
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
      return c.json(await search(collection, { kind: 'image', id }, c.req.valid('query')), 200);
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
      return c.json(await search(collection, undefined, c.req.valid('query')), 200);
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
      const picture: QueryPart | undefined = upload && {
        kind: 'picture',
        bytes: new Uint8Array(await upload.arrayBuffer()),
      };
      return c.json(await search(collection, picture, fields), 200);
    },
  );
}

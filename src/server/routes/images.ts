import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import * as schemas from '../../contract/shapes.ts';
import { registeredFile } from '../../store/registered-bytes.ts';
import { etagMatches } from '../etag.ts';
import { clientSignal } from '../lanes.ts';
import { PictureCache } from '../picture-cache.ts';
import {
  binary,
  filterFields,
  filterOf,
  inCollection,
  json,
  ofImage,
  only,
  pageFields,
  problemsOf,
  type Services,
  toImage,
  whole,
} from './shared.ts';

/** What a picture is answered with, and how long it can be kept. */
type PictureHeaders = Record<'Cache-Control' | 'ETag', string>;

/** Images, their thumbnails and their pixels. */
export function addImageRoutes(app: OpenAPIHono, { catalogue, lanes }: Services): void {
  const { pictures } = catalogue;
  const thumbnails = new PictureCache();

  const fileOf = ({ collection, id }: z.infer<typeof ofImage>) =>
    registeredFile(catalogue.store(collection), id);
  /**
   * Answers with a picture of an image, or that the client has it already.
   * @param form which picture of the image it is
   * @param version content that was asked for; an address that names the present one can be kept
   */
  async function picture(
    c: Context,
    { collection, id }: z.infer<typeof ofImage>,
    form: string,
    version: string | undefined,
    make: (headers: PictureHeaders, contentHash: string) => Promise<Response>,
  ): Promise<Response> {
    const { contentHash } = catalogue.store(collection).images.get(id);
    const headers: PictureHeaders = {
      'Cache-Control':
        version === contentHash ? 'private, max-age=86400, immutable' : 'private, no-cache',
      ETag: `"${contentHash}-${form}"`,
    };
    return etagMatches(c, headers.ETag) ? c.body(null, 304, headers) : make(headers, contentHash);
  }
  const version = z.string().optional().openapi({ description: 'Content hash, for caching' });
  const unchanged = { 304: { description: 'The client has it already (If-None-Match)' } } as const;

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images',
      operationId: 'listImages',
      tags: ['Images'],
      summary: 'A page of the images that match a filter',
      middleware: [lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({ ...filterFields, ...pageFields }),
      },
      responses: {
        200: json(schemas.ImagesSchema, 'The page'),
        ...problemsOf('queue', 'collection', 'filter'),
      },
    }),
    async (c) => {
      const store = catalogue.store(c.req.valid('param').collection);
      const { offset, limit, ...query } = c.req.valid('query');
      const page = await store.snapshot(async (state) => {
        const filter = filterOf(state, query);
        const images = state.images.page({ filter, offset, limit }).map(toImage);
        return { total: state.images.count(filter), offset, images };
      });
      return c.json(page, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}',
      operationId: 'getImage',
      tags: ['Images'],
      summary: 'One image',
      request: { params: ofImage, query: only({}) },
      responses: {
        200: json(schemas.ImageSchema, 'The image'),
        ...problemsOf('collection', 'record'),
      },
    }),
    (c) => {
      const { collection, id } = c.req.valid('param');
      return c.json(toImage(catalogue.store(collection).images.get(id)), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/thumbnail',
      operationId: 'getThumbnail',
      tags: ['Images'],
      summary: 'A small WebP',
      middleware: [lanes.pictures] as const,
      request: {
        params: ofImage,
        query: only({ edge: whole(16, 1024).default(256), v: version }),
      },
      responses: {
        200: binary('image/webp', 'The thumbnail'),
        ...unchanged,
        ...problemsOf('queue', 'collection', 'file', 'picture'),
      },
    }),
    (c) => {
      const image = c.req.valid('param');
      const { edge, v } = c.req.valid('query');
      return picture(c, image, `thumbnail-${edge}`, v, async (headers, contentHash) => {
        const source = fileOf(image);
        const body = await thumbnails.get(`${contentHash} ${edge}`, source.path, () =>
          pictures.thumbnail(source, edge, clientSignal(c)),
        );
        return c.body(body, 200, { 'Content-Type': 'image/webp', ...headers });
      });
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/rendered',
      operationId: 'getRendered',
      tags: ['Images'],
      summary: 'An 8-bit PNG in full size, as the encoder sees the image before resizing',
      middleware: [lanes.pictures] as const,
      request: { params: ofImage, query: only({ v: version }) },
      responses: {
        200: binary('image/png', 'The picture'),
        ...unchanged,
        ...problemsOf('queue', 'collection', 'file', 'picture'),
      },
    }),
    (c) => {
      const image = c.req.valid('param');
      return picture(c, image, 'rendered', c.req.valid('query').v, async (headers) => {
        const body = await pictures.png(fileOf(image), clientSignal(c));
        return c.body(body as Uint8Array<ArrayBuffer>, 200, {
          'Content-Type': 'image/png',
          ...headers,
        });
      });
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/pixels',
      operationId: 'getPixels',
      tags: ['Images'],
      summary:
        'Samples in their own depth, little-endian; X-Width, X-Height, X-Channels, X-Bits, and the window to show them with, X-Window-Low and X-Window-High',
      middleware: [lanes.pictures] as const,
      request: { params: ofImage, query: only({ v: version }) },
      responses: {
        200: binary('application/octet-stream', 'The samples'),
        ...unchanged,
        ...problemsOf('queue', 'collection', 'file', 'picture'),
      },
    }),
    (c) => {
      const image = c.req.valid('param');
      return picture(c, image, 'pixels', c.req.valid('query').v, async (headers) => {
        const pixels = await pictures.samples(fileOf(image), clientSignal(c));
        const { width, height, channels, bits, bytes } = pixels;
        return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
          'Content-Type': 'application/octet-stream',
          'X-Width': String(width),
          'X-Height': String(height),
          'X-Channels': String(channels),
          'X-Bits': String(bits),
          'X-Window-Low': String(pixels.windowLow),
          'X-Window-High': String(pixels.windowHigh),
          ...headers,
        });
      });
    },
  );
}

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { registeredFile } from '../../store/registered-bytes.ts';
import type { Catalogue } from '../catalogue.ts';
import * as schemas from '../schemas.ts';
import {
  binary,
  filterFields,
  filterOf,
  inCollection,
  json,
  ofImage,
  problems,
  toImage,
} from './shared.ts';

/** Images, their thumbnails and their pixels. */
export function addImageRoutes(app: OpenAPIHono, catalogue: Catalogue): void {
  const { pictures } = catalogue;

  const fileOf = ({ collection, id }: z.infer<typeof ofImage>) =>
    registeredFile(catalogue.store(collection), id);
  /** An address that names the content (`v`) can be kept for ever. */
  const caching = (version: string | undefined) => ({
    'Cache-Control':
      version === undefined ? 'private, no-cache' : 'private, max-age=31536000, immutable',
  });
  const version = z.string().optional().openapi({ description: 'Content hash, for caching' });

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images',
      summary: 'A page of the images that match a filter',
      request: {
        params: inCollection,
        query: z.object({
          ...filterFields,
          offset: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(500).default(100),
        }),
      },
      responses: { 200: json(schemas.ImagesSchema, 'The page'), ...problems },
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
      summary: 'One image',
      request: { params: ofImage },
      responses: { 200: json(schemas.ImageSchema, 'The image'), ...problems },
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
      summary: 'A small WebP',
      request: {
        params: ofImage,
        query: z.object({
          edge: z.coerce.number().int().min(16).max(1024).default(256),
          v: version,
        }),
      },
      responses: { 200: binary('image/webp', 'The thumbnail'), ...problems },
    }),
    async (c) => {
      const { edge, v } = c.req.valid('query');
      const { signal } = c.req.raw;
      const body = await pictures.thumbnail(fileOf(c.req.valid('param')), edge, signal);
      return c.body(body as Uint8Array<ArrayBuffer>, 200, {
        'Content-Type': 'image/webp',
        ...caching(v),
      });
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/rendered',
      summary: 'An 8-bit PNG in full size, as the encoder sees the image before resizing',
      request: { params: ofImage, query: z.object({ v: version }) },
      responses: { 200: binary('image/png', 'The picture'), ...problems },
    }),
    async (c) => {
      const body = await pictures.png(fileOf(c.req.valid('param')), c.req.raw.signal);
      const headers = { 'Content-Type': 'image/png', ...caching(c.req.valid('query').v) };
      return c.body(body as Uint8Array<ArrayBuffer>, 200, headers);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/pixels',
      summary:
        'Samples in their own depth, little-endian; X-Width, X-Height, X-Channels, X-Bits, and the window to show them with, X-Window-Low and X-Window-High',
      request: { params: ofImage, query: z.object({ v: version }) },
      responses: { 200: binary('application/octet-stream', 'The samples'), ...problems },
    }),
    async (c) => {
      const file = fileOf(c.req.valid('param'));
      const pixels = await pictures.samples(file, c.req.raw.signal);
      const { width, height, channels, bits, bytes } = pixels;
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
        'Content-Type': 'application/octet-stream',
        'X-Width': String(width),
        'X-Height': String(height),
        'X-Channels': String(channels),
        'X-Bits': String(bits),
        'X-Window-Low': String(pixels.windowLow),
        'X-Window-High': String(pixels.windowHigh),
        ...caching(c.req.valid('query').v),
      });
    },
  );
}

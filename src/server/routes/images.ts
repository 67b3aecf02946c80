import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { RemovalSchema } from '../../contract/collections.ts';
import * as schemas from '../../contract/shapes.ts';
import { pictureVersion } from '../../domain/burned-in.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { UNIT_LEVELS } from '../../domain/levels.ts';
import { tellImages } from '../audit.ts';
import { etagMatches } from '../etag.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientSignal } from '../lanes.ts';
import {
  binary,
  filterFields,
  inCollection,
  json,
  jsonFields,
  ofImage,
  only,
  pageFields,
  problemsOf,
  SAMPLES,
  type Services,
  samplesAnswer,
  tellNext,
  whole,
  writingAllowed,
} from './shared.ts';

/** What a picture is answered with, and how long it can be kept. */
type PictureHeaders = Record<'Cache-Control' | 'ETag', string>;

/** Images, their thumbnails and their pixels. */
export function addImageRoutes(app: OpenAPIHono, services: Services): void {
  const { semblance, lanes, viewer } = services;
  const { collections, pictures } = semblance;

  /**
   * Answers with a picture of an image, or that the client has it already.
   * @param form which picture of the image it is
   * @param version content that was asked for; an address that names the present one can be kept
   */
  async function picture(
    c: Context,
    image: z.infer<typeof ofImage>,
    form: string,
    version: string | undefined,
    make: (headers: PictureHeaders) => Promise<Response>,
  ): Promise<Response> {
    const shown = pictureVersion(collections.image(image));
    const headers: PictureHeaders = {
      'Cache-Control':
        version === shown ? 'private, max-age=86400, immutable' : 'private, no-cache',
      ETag: `"${shown}-${form}"`,
    };
    return etagMatches(c, headers.ETag) ? c.body(null, 304, headers) : make(headers);
  }
  const version = z
    .string()
    .optional()
    .openapi({ description: 'Content hash, and what of it is masked, for caching' });
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
      const asked = { ...c.req.valid('param'), ...c.req.valid('query') };
      const page = await collections.images({ signal: clientSignal(c) }, asked);
      tellImages(
        c,
        asked.collection,
        page.images.map(({ id }) => id),
      );
      tellNext(c, page.images, asked.limit);
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
        200: json(schemas.ImageDetailsSchema, 'The image'),
        ...problemsOf('collection', 'record'),
      },
    }),
    (c) => c.json(collections.imageDetails(c.req.valid('param')), 200),
  );
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/collections/{collection}/images/{id}',
      operationId: 'removeImage',
      tags: ['Images'],
      summary:
        'Takes an image out of the collection, with all that is stored of it; its file stays, unless it was received',
      middleware: [onlyOwnPage, writingAllowed(services)] as const,
      request: { params: ofImage, query: only({}) },
      responses: {
        200: json(RemovalSchema, 'What was removed'),
        ...problemsOf('writing', 'collection', 'record'),
      },
    }),
    async (c) => {
      const { collection, id } = c.req.valid('param');
      return c.json(await collections.remove({ collection, ids: [id] }), 200);
    },
  );
  const labelling = {
    path: '/api/collections/{collection}/images/{id}/labels',
    tags: ['Images'],
    responses: {
      200: json(schemas.ImageSchema, 'The image'),
      ...problemsOf('json', 'writing', 'collection', 'record'),
    },
  };
  app.openapi(
    createRoute({
      ...labelling,
      method: 'put',
      operationId: 'giveLabels',
      summary:
        'Gives an image labels in place of those of its folder or table; they stay when it is indexed again',
      middleware: [onlyOwnPage, writingAllowed(services), services.body] as const,
      request: {
        params: ofImage,
        query: only({}),
        body: jsonFields({ labels: schemas.GivenLabelsSchema }),
      },
    }),
    async (c) => {
      const request = { ...c.req.valid('param'), ...c.req.valid('json') };
      return c.json(await collections.giveLabels(request), 200);
    },
  );
  app.openapi(
    createRoute({
      ...labelling,
      method: 'delete',
      operationId: 'forgetLabels',
      summary:
        'Forgets labels that were given: the next indexing reads those of folder or table again',
      middleware: [onlyOwnPage, writingAllowed(services)] as const,
      request: { params: ofImage, query: only({}) },
    }),
    async (c) =>
      c.json(await collections.giveLabels({ ...c.req.valid('param'), labels: null }), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/unit',
      operationId: 'listUnit',
      tags: ['Images'],
      summary: 'A page of the images of the same series or study, in their spatial order',
      middleware: [lanes.searches] as const,
      request: {
        params: ofImage,
        query: only({
          level: z.enum(UNIT_LEVELS).default('series').openapi({ description: 'Which of them' }),
          offset: whole(0)
            .default(0)
            .openapi({ description: 'Images to leave out before the first' }),
          limit: whole(1, 500).default(100).openapi({ description: 'Images of a page' }),
        }),
      },
      responses: {
        200: json(schemas.UnitImagesSchema, 'The page'),
        ...problemsOf('queue', 'collection', 'record'),
      },
    }),
    (c) => {
      const image = c.req.valid('param');
      const page = collections.unit({ ...image, ...c.req.valid('query') });
      tellImages(
        c,
        image.collection,
        page.images.map(({ id }) => id),
      );
      return c.json(page, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/viewer',
      operationId: 'openInViewer',
      tags: ['Images'],
      summary: 'The way to the image in the viewer that the server was told of',
      middleware: [lanes.searches] as const,
      request: { params: ofImage, query: only({}) },
      responses: {
        302: {
          description: 'There it is',
          headers: {
            Location: { schema: { type: 'string' }, description: 'Its address, made of UIDs' },
          },
        },
        ...problemsOf('queue', 'collection', 'file', 'viewer'),
      },
    }),
    async (c) => {
      if (viewer === undefined) {
        throw new SemblanceError('VIEWER_UNKNOWN', 'The server was started without --viewer-url.');
      }
      const image = c.req.valid('param');
      const { uids } = await semblance.instances.locate({ signal: clientSignal(c) }, image);
      return c.redirect(viewer(uids), 302);
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
        query: only({
          edge: whole(16, 1024)
            .default(256)
            .openapi({ description: 'Longer side of the small picture, in pixels' }),
          v: version,
        }),
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
      return picture(c, image, `thumbnail-${edge}`, v, async (headers) => {
        const body = await pictures.thumbnail({ signal: clientSignal(c) }, { ...image, edge });
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
        const body = await pictures.rendered({ signal: clientSignal(c) }, image);
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
      summary: SAMPLES,
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
      return picture(c, image, 'values', c.req.valid('query').v, async (headers) => {
        const pixels = await pictures.samples({ signal: clientSignal(c) }, image);
        return samplesAnswer(c, pixels, headers);
      });
    },
  );
}

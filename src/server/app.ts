import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { SemblanceError } from '../errors/error.ts';
import { decodeImage, decodeStoredPixels } from '../images/decode.ts';
import { contentHash, readImageFile } from '../images/read.ts';
import { renderPng, renderThumbnail } from '../images/render.ts';
import type { SearchAnswer } from '../search/searcher.ts';
import { parseFilter } from '../store/filter.ts';
import type { ImageRecord } from '../store/records.ts';
import type { Catalogue } from './catalogue.ts';
import { guardAgainstOtherSites } from './guard.ts';
import { problemResponse } from './problems.ts';
import * as schemas from './schemas.ts';

/** How a server behaves. */
export interface AppOptions {
  /** Largest upload in bytes. */
  maxUpload: number;
  /** Host names besides localhost under which the server may be asked; `*` for any. */
  hosts?: readonly string[];
}

/** Folder of the built page: beside the compiled program, or below `dist` when run from source. */
const WEB_FOLDER = [
  fileURLToPath(new URL('../web/', import.meta.url)),
  fileURLToPath(new URL('../../dist/web/', import.meta.url)),
].find((folder) => existsSync(join(folder, 'index.html')));

const list = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const filterParameter = list.openapi({
  type: 'array',
  items: { type: 'string' },
  description: 'field=value; a repeated field allows any of its values, all fields must match',
});
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const searchFields = {
  k: z.coerce.number().int().min(1).max(1000).default(24),
  encoder: z.string().min(1).optional(),
  filter: filterParameter,
  excludePatient: flag,
};

const inCollection = z.object({ collection: z.string() });
const ofImage = inCollection.extend({ id: z.coerce.number().int().positive() });

function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } } as const;
}

const problems = {
  default: {
    description: 'A problem document',
    content: { 'application/problem+json': { schema: schemas.ProblemSchema } },
  },
} as const;

const binary = (type: string, description: string) =>
  ({
    description,
    content: { [type]: { schema: z.string().openapi({ format: 'binary' }) } },
  }) as const;

function toImage({ bytes: _, ...record }: ImageRecord): schemas.Image {
  return {
    ...record,
    labels: [...record.labels],
    metadata: { ...record.metadata },
    facts: Object.fromEntries(Object.entries(record.facts)) as schemas.Image['facts'],
  };
}

function toResult(collection: string, encoder: string, answer: SearchAnswer): schemas.SearchResult {
  return {
    collection,
    encoder,
    ...answer,
    query: answer.query && toImage(answer.query),
    neighbours: answer.neighbours.map((n) => ({ ...n, image: toImage(n.image) })),
  };
}

/**
 * The HTTP API and the page. Only images of a collection can be read through it, by their number.
 */
export function createApp(catalogue: Catalogue, options: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) {
        throw new SemblanceError('REQUEST_INVALID', z.prettifyError(result.error));
      }
    },
  });
  app.onError((error, context) => problemResponse(context, error));
  app.notFound((context) =>
    problemResponse(context, new SemblanceError('ROUTE_NOT_FOUND', 'Nothing is found here.')),
  );
  app.use(guardAgainstOtherSites(options.hosts ?? []));
  const contentSecurityPolicy = {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:', 'data:'],
    styleSrc: ["'self'"],
    frameAncestors: ["'none'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
  };
  const headers = { crossOriginResourcePolicy: 'same-origin', referrerPolicy: 'no-referrer' };
  app.use(
    '/docs/*',
    secureHeaders({
      ...headers,
      // The API page writes style attributes.
      contentSecurityPolicy: { ...contentSecurityPolicy, styleSrc: ["'self'", "'unsafe-inline'"] },
    }),
  );
  app.use(async (context, next) => {
    if (context.req.path.startsWith('/docs/')) return next();
    return secureHeaders({ ...headers, contentSecurityPolicy })(context, next);
  });

  addStateRoutes(app, catalogue);
  addCollectionRoutes(app, catalogue);
  addImageRoutes(app, catalogue);
  addSearchRoutes(app, catalogue, options);
  addPages(app);
  return app;
}

function addStateRoutes(app: OpenAPIHono, catalogue: Catalogue): void {
  const state = z.object({ status: z.string() });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      summary: 'Whether the process answers',
      responses: { 200: json(state, 'It does') },
    }),
    (c) => c.json({ status: 'ok' }, 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/ready',
      summary: 'Whether every collection can be opened',
      responses: { 200: json(state, 'All can'), ...problems },
    }),
    (c) => {
      for (const name of catalogue.names()) catalogue.store(name).generation();
      return c.json({ status: 'ready' }, 200);
    },
  );
}

function addCollectionRoutes(app: OpenAPIHono, catalogue: Catalogue): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections',
      summary: 'The collections',
      responses: { 200: json(schemas.CollectionsSchema, 'All collections'), ...problems },
    }),
    (c) => {
      const collections = catalogue.names().map((name) => {
        const store = catalogue.store(name);
        // An encoder whose settings changed has several rows: the one searched with is shown.
        const names = new Set(
          store
            .encoders()
            .filter((e) => e.embeddings > 0)
            .map((e) => e.name),
        );
        const encoders = [...names].map((encoder) => {
          const { encoder: stored } = catalogue.searcher(name, encoder);
          const definition = JSON.parse(stored.definition);
          return {
            name: stored.name,
            title: definition.title as string,
            dimension: stored.dimension,
            embeddings: stored.embeddings,
            available: 'builtin' in definition.model || existsSync(definition.model.file),
          };
        });
        return { name, images: store.count(), encoders };
      });
      return c.json({ collections }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/facets',
      summary: 'Values of the fields with their counts under a filter',
      request: { params: inCollection, query: z.object({ filter: filterParameter }) },
      responses: { 200: json(schemas.FacetsSchema, 'The fields'), ...problems },
    }),
    (c) => {
      const store = catalogue.store(c.req.valid('param').collection);
      return c.json({ facets: store.facets(parseFilter(c.req.valid('query').filter)) }, 200);
    },
  );
}

function addImageRoutes(app: OpenAPIHono, catalogue: Catalogue): void {
  const { limits } = catalogue;

  /** The file's bytes, only while they are those that were indexed. */
  async function registeredBytes({ collection, id }: z.infer<typeof ofImage>): Promise<Uint8Array> {
    const store = catalogue.store(collection);
    const { contentHash: expected } = store.image(id);
    const bytes = await readImageFile(store.filePath(id));
    if (contentHash(bytes) !== expected) {
      throw new SemblanceError('IMAGE_CHANGED', 'The file is not the one that was indexed.');
    }
    return bytes;
  }
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
          filter: filterParameter,
          offset: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(500).default(100),
        }),
      },
      responses: { 200: json(schemas.ImagesSchema, 'The page'), ...problems },
    }),
    (c) => {
      const store = catalogue.store(c.req.valid('param').collection);
      const { offset, limit, ...query } = c.req.valid('query');
      const filter = parseFilter(query.filter);
      const images = store.images({ filter, offset, limit }).map(toImage);
      return c.json({ total: store.count(filter), offset, images }, 200);
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
      return c.json(toImage(catalogue.store(collection).image(id)), 200);
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
      const pixels = await decodeImage(await registeredBytes(c.req.valid('param')), limits);
      const body = await renderThumbnail(pixels, edge);
      return c.body(Buffer.from(body), 200, { 'Content-Type': 'image/webp', ...caching(v) });
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
      const pixels = await decodeImage(await registeredBytes(c.req.valid('param')), limits);
      const body = await renderPng(pixels);
      const headers = { 'Content-Type': 'image/png', ...caching(c.req.valid('query').v) };
      return c.body(Buffer.from(body), 200, headers);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/pixels',
      summary: 'Samples in their own depth, little-endian; X-Width, X-Height, X-Channels, X-Bits',
      request: { params: ofImage, query: z.object({ v: version }) },
      responses: { 200: binary('application/octet-stream', 'The samples'), ...problems },
    }),
    async (c) => {
      const bytes = await registeredBytes(c.req.valid('param'));
      const { width, height, channels, bits, data } = await decodeStoredPixels(bytes, limits);
      const body = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
      return c.body(body, 200, {
        'Content-Type': 'application/octet-stream',
        'X-Width': String(width),
        'X-Height': String(height),
        'X-Channels': String(channels),
        'X-Bits': String(bits),
        ...caching(c.req.valid('query').v),
      });
    },
  );
}

function addSearchRoutes(app: OpenAPIHono, catalogue: Catalogue, options: AppOptions): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/similar',
      summary: 'The images most similar to one of the collection',
      request: { params: ofImage, query: z.object(searchFields) },
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
    }),
    async (c) => {
      const { collection, id } = c.req.valid('param');
      const { k, encoder, filter, excludePatient } = c.req.valid('query');
      const searcher = catalogue.searcher(collection, encoder);
      const request = { k, filter: parseFilter(filter), excludePatient };
      const answer = await searcher.byId(id, request);
      return c.json(toResult(collection, searcher.encoder.name, answer), 200);
    },
  );

  const limit = bodyLimit({
    maxSize: options.maxUpload,
    onError: () => {
      throw new SemblanceError(
        'UPLOAD_TOO_LARGE',
        `The limit is ${Math.round(options.maxUpload / 1e6)} MB.`,
      );
    },
  });
  const file = z.instanceof(File).openapi({ type: 'string', format: 'binary' });
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/search',
      summary: 'The images most similar to an uploaded picture, which is not kept',
      middleware: [limit] as const,
      request: {
        params: inCollection,
        body: {
          required: true,
          content: {
            'multipart/form-data': { schema: z.object({ file, ...searchFields }) },
          },
        },
      },
      responses: { 200: json(schemas.SearchResultSchema, 'The neighbours'), ...problems },
    }),
    async (c) => {
      const { collection } = c.req.valid('param');
      const { file: upload, k, encoder, filter, excludePatient } = c.req.valid('form');
      const searcher = catalogue.searcher(collection, encoder);
      const request = { k, filter: parseFilter(filter), excludePatient };
      const answer = await searcher.byPicture(new Uint8Array(await upload.arrayBuffer()), request);
      return c.json(toResult(collection, searcher.encoder.name, answer), 200);
    },
  );
}

/** A page that loads the interface of swagger-ui from this server, never from elsewhere. */
const API_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Semblance API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body></html>`;
const API_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui' });`;

function addPages(app: OpenAPIHono): void {
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Semblance', version: '0.1.0', license: { name: 'Apache-2.0' } },
  });
  app.get('/docs/', (c) => c.html(API_PAGE));
  app.get('/docs', (c) => c.redirect('/docs/'));
  app.get('/docs/start.js', (c) => c.body(API_SCRIPT, 200, { 'Content-Type': 'text/javascript' }));
  const swaggerUi = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const asset of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    app.get(`/docs/${asset}`, serveStatic({ root: swaggerUi, path: asset }));
  }
  if (WEB_FOLDER !== undefined) app.get('*', serveStatic({ root: WEB_FOLDER }));
}

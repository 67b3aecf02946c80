import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { decodeImage } from '../../images/decode.ts';
import { renderPng } from '../../images/render.ts';
import type { Catalogue } from '../catalogue.ts';
import { binary, problems, uploadedFile, uploadLimit } from './shared.ts';

/** Longest side of a preview: beyond what screens show, and a canvas of it stays small. */
const MAX_EDGE = 4096;

/**
 * A picture before it is searched with, for browsers that cannot show its format.
 * @param maxUpload largest upload in bytes
 */
export function addPreviewRoute(app: OpenAPIHono, { limits }: Catalogue, maxUpload: number): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/preview',
      summary:
        'An uploaded picture, which is not kept, as an 8-bit PNG as the encoders see it; X-Width and X-Height of the picture itself, X-Facts: what decoding did, as JSON',
      middleware: [uploadLimit(maxUpload)] as const,
      request: {
        body: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: z.object({
                file: uploadedFile,
                edge: z.coerce.number().int().min(16).max(MAX_EDGE).default(MAX_EDGE).openapi({
                  description: 'Longest side at the most; smaller pictures are not enlarged',
                }),
              }),
            },
          },
        },
      },
      responses: { 200: binary('image/png', 'The picture'), ...problems },
    }),
    async (c) => {
      const { file, edge } = c.req.valid('form');
      const pixels = await decodeImage(new Uint8Array(await file.arrayBuffer()), limits);
      const body = await renderPng(pixels, edge);
      return c.body(Buffer.from(body), 200, {
        'Content-Type': 'image/png',
        'Cache-Control': 'no-store',
        'X-Width': String(pixels.width),
        'X-Height': String(pixels.height),
        'X-Facts': JSON.stringify(pixels.facts),
      });
    },
  );
}

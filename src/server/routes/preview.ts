import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { PixelValuesSchema } from '../../contract/dicom.ts';
import { bytesOf } from '../body.ts';
import { clientSignal } from '../lanes.ts';
import {
  binary,
  formBody,
  only,
  problemsOf,
  SAMPLES,
  type Services,
  samplesAnswer,
  uploadedFile,
  uploadedFrame,
  whole,
} from './shared.ts';

/** Longest side of a preview: beyond what screens show, and a canvas of it stays small. */
const MAX_EDGE = 4096;

/** A picture before it is searched with: as the encoders see it, and its samples. */
export function addPreviewRoutes(app: OpenAPIHono, { semblance, lanes, form }: Services): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/preview',
      operationId: 'previewPicture',
      tags: ['Pictures'],
      summary:
        'An uploaded picture, which is not kept, as an 8-bit PNG as the encoders see it; X-Width and X-Height of the picture itself, X-Decoding: what decoding did, as JSON',
      middleware: [form, lanes.pictures] as const,
      request: {
        query: only({}),
        body: formBody({
          file: uploadedFile,
          frame: uploadedFrame,
          edge: whole(16, MAX_EDGE).default(MAX_EDGE).openapi({
            description: 'Longest side at the most; smaller pictures are not enlarged',
          }),
        }),
      },
      responses: {
        200: binary('image/png', 'The picture'),
        ...problemsOf('queue', 'form', 'picture'),
      },
    }),
    async (c) => {
      const { file, frame, edge } = c.req.valid('form');
      const picture = { bytes: await bytesOf(file), frame, edge };
      const preview = await semblance.pictures.preview({ signal: clientSignal(c) }, picture);
      return c.body(preview.bytes as Uint8Array<ArrayBuffer>, 200, {
        'Content-Type': 'image/png',
        'X-Width': String(preview.width),
        'X-Height': String(preview.height),
        'X-Decoding': JSON.stringify(preview.decoding),
      });
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/pixels',
      operationId: 'readPixels',
      tags: ['Pictures'],
      summary: `Of an uploaded picture, which is not kept: ${SAMPLES}`,
      middleware: [form, lanes.pictures] as const,
      request: { query: only({}), body: formBody({ file: uploadedFile, frame: uploadedFrame }) },
      responses: {
        200: binary('application/octet-stream', 'The samples'),
        ...problemsOf('queue', 'form', 'picture'),
      },
    }),
    async (c) => {
      const { file, frame } = c.req.valid('form');
      const picture = { bytes: await bytesOf(file), frame };
      const signal = clientSignal(c);
      return samplesAnswer(c, await semblance.pictures.ownSamples({ signal }, picture));
    },
  );
  app.openAPIRegistry.register('PixelValues', PixelValuesSchema.clone());
}

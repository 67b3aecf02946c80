import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { SemblanceError } from '../../domain/errors/error.ts';
import { bodyLimits, piecesOf } from '../body.ts';
import { onlyOwnPage } from '../guard.ts';
import { only, problemsOf, type Services } from './shared.ts';

const DICOM_JSON = 'application/dicom+json';
const instances = {
  required: true,
  content: {
    'multipart/related': {
      schema: z.string().openapi({
        format: 'binary',
        description: 'DICOM files, each a part; type="application/dicom"',
      }),
    },
  },
} as const;
const answer = (description: string) => ({
  description,
  content: { [DICOM_JSON]: { schema: z.record(z.string(), z.unknown()) } },
});
const responses = {
  200: answer('All are kept: a data set with the Referenced SOP Sequence'),
  202: answer('Some are kept, others not: the Failed SOP Sequence says which, with the reasons'),
  409: answer('None is kept'),
  ...problemsOf('form', 'receiving'),
};

/** Instances that are stored here (STOW-RS, PS3.18 section 10.5), where the server receives any. */
export function addStowRoutes(app: OpenAPIHono, { receiver }: Services): void {
  const store = async (c: Context, study?: string): Promise<Response> => {
    if (receiver === undefined) {
      throw new SemblanceError('RECEIVING_OFF', 'This server takes no instances.');
    }
    if (/\S/.test(c.req.header('content-encoding') ?? '')) {
      throw new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', 'The body must not be compressed.');
    }
    c.get('told').collection = receiver.state().collection;
    const pieces = piecesOf(c.req.raw, bodyLimits(0));
    const { status, answer } = await receiver.store(c.req.header('content-type'), pieces, study);
    return c.body(JSON.stringify(answer), status, {
      'Content-Type': DICOM_JSON,
      'Cache-Control': 'no-store',
    });
  };
  app.openapi(
    createRoute({
      method: 'post',
      path: '/dicom-web/studies',
      middleware: onlyOwnPage,
      operationId: 'storeInstances',
      tags: ['DICOMweb'],
      summary: 'Store instances (STOW-RS); they are indexed in the background',
      request: { query: only({}), body: instances },
      responses,
    }),
    (c) => store(c) as never,
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/dicom-web/studies/{study}',
      middleware: onlyOwnPage,
      operationId: 'storeInstancesOfStudy',
      tags: ['DICOMweb'],
      summary: 'Store instances of one study (STOW-RS)',
      request: {
        params: z.object({
          study: z
            .string()
            .regex(/^[0-9.]{1,64}$/)
            .openapi({ description: 'Study Instance UID' }),
        }),
        query: only({}),
        body: instances,
      },
      responses,
    }),
    (c) => store(c, c.req.param('study')) as never,
  );
}

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { InstanceImagesSchema, InstanceUidsSchema } from '../../contract/instances.ts';
import { tellImages } from '../audit.ts';
import { requireDicomWeb } from '../dicom-web.ts';
import { clientSignal } from '../lanes.ts';
import { formBody, json, ofImage, only, problemsOf, type Services, whole } from './shared.ts';

/** From what an archive calls an image to the image, and back. */
export function addInstanceRoutes(
  app: OpenAPIHono,
  { semblance, lanes, form, dicomWeb }: Services,
): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/instances',
      operationId: 'findInstance',
      tags: ['Images'],
      summary: 'The images of an instance of DICOM, whose UID stands in the body and in no address',
      middleware: [form, lanes.searches] as const,
      request: {
        query: only({}),
        body: formBody({
          instance: z
            .string()
            .regex(/^[0-9.]{1,64}$/, 'is no UID')
            .openapi({ description: 'SOP Instance UID' }),
          frame: whole(1).optional().openapi({
            description: 'Which frame of it, from 1; by default the first that a collection has',
          }),
        }),
      },
      responses: {
        200: json(InstanceImagesSchema, 'One image of each collection that has it'),
        ...problemsOf('queue', 'form'),
      },
    }),
    (c) => {
      const { images } = semblance.instances.find(c.req.valid('form'));
      const may = c.get('may');
      const shown = images.filter((each) => may('viewer', each.collection));
      for (const { collection, image } of shown) tellImages(c, collection, [image.id]);
      return c.json({ images: shown }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/collections/{collection}/images/{id}/instance',
      operationId: 'getInstance',
      tags: ['Images'],
      summary:
        'What the archive calls what an image shows; told by a server with --dicom-web alone',
      middleware: [requireDicomWeb(dicomWeb), lanes.pictures] as const,
      request: { params: ofImage, query: only({}) },
      responses: {
        200: json(InstanceUidsSchema, 'Its UIDs'),
        ...problemsOf('queue', 'collection', 'file', 'picture', 'instance'),
      },
    }),
    async (c) => {
      const image = c.req.valid('param');
      const { uids } = await semblance.instances.locate({ signal: clientSignal(c) }, image);
      return c.json({ ...uids, frame: semblance.collections.image(image).frame }, 200);
    },
  );
}

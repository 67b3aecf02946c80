import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { MOST_SIMILAR, type SimilarRequest } from '../../app/instances.ts';
import * as schemas from '../../contract/shapes.ts';
import { SEARCH_LEVELS } from '../../domain/levels.ts';
import { tellImages } from '../audit.ts';
import { bytesOf } from '../body.ts';
import { clientSignal } from '../lanes.ts';
import {
  filterFields,
  formBody,
  only,
  problemsOf,
  type Services,
  uploadedFile,
  uploadedFrame,
  warningOf,
  whole,
} from './shared.ts';

/** Similar instances for programs that speak DICOMweb. */
export function addDicomWebRoutes(
  app: OpenAPIHono,
  { semblance, lanes, form, dicomWeb }: Services,
): void {
  const query = {
    collection: z.string().openapi({ description: 'Name of the collection' }),
    encoder: schemas.EncodersSchema.optional(),
    level: z.enum(SEARCH_LEVELS).default('image').openapi({
      description: 'What is found: instances, by each of their frames, or series or studies',
    }),
    limit: whole(1, MOST_SIMILAR)
      .default(schemas.DEFAULT_K)
      .openapi({ description: 'Results of a page' }),
    offset: whole(0).default(0).openapi({ description: 'Results to leave out before the first' }),
    ...filterFields,
  };
  const responses = {
    200: {
      description:
        'A page of the results, the most similar first, as QIDO-RS answers: with X-Total-Count where it is known, and a Warning where there are more. Similarity is (0099,1001), rank (0099,1002), and where it is calibrated probability (0099,1003), of the private creator SEMBLANCE',
      content: {
        'application/dicom+json': {
          schema: z.array(
            z.record(
              z.string(),
              z.object({ vr: z.string(), Value: z.array(z.unknown()).optional() }),
            ),
          ),
        },
      },
    },
    ...problemsOf('queue', 'instance', 'collection', 'filter', 'file', 'encoder', 'search'),
  };

  async function answer(c: Context, asked: Omit<SimilarRequest, 'personal'>) {
    const personal = dicomWeb?.personal ?? false;
    const found = await semblance.instances.similar(
      { signal: clientSignal(c) },
      { ...asked, personal },
    );
    const { results, images, total, more, failed, failure, undescribed } = found;
    tellImages(c, asked.collection, images);
    const left =
      total === undefined ? 'There are' : `There are ${total - asked.offset - asked.limit}`;
    const warnings = [
      ...(more ? [`${left} additional results that can be requested`] : []),
      ...(failed > 0
        ? [`${failed} results are left out that could not be read (${failure?.code})`]
        : []),
      ...(undescribed > 0
        ? [`${undescribed} results have their UIDs alone: their archive does not answer`]
        : []),
    ];
    return c.json(results, 200, {
      'Content-Type': 'application/dicom+json',
      ...(total !== undefined && { 'X-Total-Count': String(total) }),
      ...warningOf(warnings),
    });
  }

  const uid = (what: string) => z.string().openapi({ description: `${what} Instance UID` });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/dicom-web/studies/{study}/series/{series}/instances/{instance}/similar',
      operationId: 'listSimilarInstances',
      tags: ['DICOMweb'],
      summary: 'What is most similar to an instance of a collection, as DICOM JSON',
      middleware: [lanes.searches] as const,
      request: {
        params: z.object({ study: uid('Study'), series: uid('Series'), instance: uid('SOP') }),
        query: only({
          ...query,
          frame: whole(1).optional().openapi({
            description:
              'Which frame is searched with, from 1; the first in the collection by default',
          }),
        }),
      },
      responses,
    }),
    (c) => {
      const { frame, ...asked } = c.req.valid('query');
      return answer(c, { ...asked, query: { ...c.req.valid('param'), frame } });
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/dicom-web/similar',
      operationId: 'listSimilarToFile',
      tags: ['DICOMweb'],
      summary:
        'What is most similar to a picture or a DICOM object, which is not kept, as DICOM JSON',
      middleware: [form, lanes.searches] as const,
      request: {
        query: only(query),
        body: formBody({ file: uploadedFile, frame: uploadedFrame }),
      },
      responses: {
        ...responses,
        ...problemsOf(
          'form',
          'picture',
          'queue',
          'instance',
          'collection',
          'filter',
          'file',
          'encoder',
          'search',
        ),
      },
    }),
    async (c) => {
      const { file, frame } = c.req.valid('form');
      return answer(c, { ...c.req.valid('query'), query: { bytes: await bytesOf(file), frame } });
    },
  );
}

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  DOCUMENT_KINDS,
  type DocumentKind,
  SentDocumentsSchema,
} from '../../contract/documents.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { imagesOfSearch, tellImages } from '../audit.ts';
import { requirePatients } from '../dicom-web.ts';
import { onlyOwnPage } from '../guard.ts';
import { clientSignal } from '../lanes.ts';
import { SEARCH_PROBLEMS, searchFields, searchOf } from './search.ts';
import {
  binary,
  formBody,
  inCollection,
  json,
  only,
  problemsOf,
  type Services,
  warningOf,
} from './shared.ts';

/** The result of a search as documents of DICOM. */
export function addDocumentRoutes(
  app: OpenAPIHono,
  { semblance, lanes, form, dicomWeb, sendTo }: Services,
): void {
  async function documentsOf(
    c: Context,
    asked: Awaited<ReturnType<typeof searchOf>>,
    kinds: readonly DocumentKind[],
  ) {
    const call = { signal: clientSignal(c) };
    const answer = await semblance.search.search(call, asked);
    tellImages(c, asked.collection, imagesOfSearch(answer));
    const [bytes] = asked.files;
    return semblance.documents.make(call, { answer, ...(bytes && { query: { bytes } }), kinds });
  }
  const kind = z.enum(DOCUMENT_KINDS);
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/documents',
      operationId: 'makeDocument',
      tags: ['Search'],
      summary:
        'The result of a search as a Key Object Selection or a report of DICOM, which name the patient of the query; of a server with `--dicom-web patients` alone',
      middleware: [requirePatients(dicomWeb), form, lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({}),
        body: formBody({ ...searchFields, kind }),
      },
      responses: {
        200: binary(
          'application/dicom',
          'The document; a Warning tells how many results it does not refer to',
        ),
        ...problemsOf(...SEARCH_PROBLEMS, 'document'),
      },
    }),
    async (c) => {
      const asked = c.req.valid('form');
      const search = await searchOf(c.req.valid('param'), asked);
      const { documents, leftOut } = await documentsOf(c, search, [asked.kind]);
      const [document] = documents;
      return c.body(document?.file as Uint8Array<ArrayBuffer>, 200, {
        'Content-Type': 'application/dicom',
        'Content-Disposition': `attachment; filename="${asked.kind}.dcm"`,
        ...warningOf(leftOut.map((each) => `Not referred to: ${each.count} (${each.kind})`)),
      }) as never;
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/collections/{collection}/documents/send',
      operationId: 'sendDocuments',
      tags: ['Search'],
      summary: 'Send these documents to the archive that the server was told of with `--send-to`',
      middleware: [onlyOwnPage, form, lanes.searches] as const,
      request: {
        params: inCollection,
        query: only({}),
        body: formBody({
          ...searchFields,
          kind: kind.optional().openapi({ description: 'One of them; both by default' }),
        }),
      },
      responses: {
        200: json(SentDocumentsSchema, 'The archive has them'),
        ...problemsOf(...SEARCH_PROBLEMS, 'sending'),
      },
    }),
    async (c) => {
      if (sendTo === undefined) {
        throw new SemblanceError('SENDING_OFF', 'The server was started without --send-to.');
      }
      const asked = c.req.valid('form');
      const kinds = asked.kind ? [asked.kind] : [...DOCUMENT_KINDS];
      const search = await searchOf(c.req.valid('param'), asked);
      const { documents, references, leftOut } = await documentsOf(c, search, kinds);
      await semblance.documents.send({ signal: clientSignal(c) }, { documents, to: sendTo });
      return c.json({ kinds, references, leftOut }, 200);
    },
  );
}

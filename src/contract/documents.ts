import { z } from 'zod';

/** What a document of a search can be: a Key Object Selection, or a text report. */
export const DOCUMENT_KINDS = ['key-objects', 'report'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

const count = z.number().int();

/** Documents of a search that were sent to an archive. */
export const SentDocumentsSchema = z
  .object({
    kinds: z.array(z.enum(DOCUMENT_KINDS)),
    references: count.meta({ description: 'Results that they refer to' }),
    leftOut: z
      .array(z.object({ kind: z.string(), count, examples: z.array(z.string()) }))
      .meta({ description: 'Results that they do not refer to, by reason' }),
  })
  .meta({ id: 'SentDocuments' });

import { z } from 'zod';

const count = z.number().int();

/** What a PACS answered when it was tried. */
export const PacsTestSchema = z
  .object({
    pacs: z.string().meta({ description: 'Its address, without what limits it to some studies' }),
    kind: z.enum(['dicomweb', 'dimse']),
    milliseconds: z.number().meta({ description: 'How long it took to answer' }),
    hasStudies: z.boolean().nullable().meta({
      description: 'Whether it has a study that the address means; null where that was not asked',
    }),
    encrypted: z.boolean().meta({ description: 'Whether nobody on the way can read along' }),
  })
  .meta({ id: 'PacsTest' });

/** Why it was not counted any further. */
export const PREVIEW_STOPS = ['studies', 'time'] as const;

/** What indexing a PACS would take, as far as it was counted. */
export const PacsPreviewSchema = z
  .object({
    pacs: z.string().meta({ description: 'Its address, without what limits it to some studies' }),
    studies: count,
    series: count.meta({ description: 'Of the studies of which the PACS says how many' }),
    instances: count.meta({ description: 'Of the studies of which the PACS says how many' }),
    untold: z
      .object({ series: count, instances: count })
      .meta({ description: 'Of how many studies the PACS does not say how many there are' }),
    modalities: z
      .array(z.object({ modality: z.string(), studies: count }))
      .meta({ description: 'The most frequent first; a study may be of several' }),
    dates: z
      .object({ first: z.string(), last: z.string() })
      .nullable()
      .meta({ description: 'Days of the first and the last study, as 2024-01-31' }),
    undated: count.meta({ description: 'Studies of which the PACS says no day' }),
    known: z
      .object({ studies: count, images: count })
      .meta({ description: 'Of these studies, what the collection has already' }),
    examples: z
      .array(
        z.object({
          patient: z.string().nullable(),
          study: z.string(),
          year: z.string().nullable(),
          modalities: z.array(z.string()),
          instances: count.nullable(),
          known: count,
        }),
      )
      .meta({ description: 'The first ones, by pseudonyms; known: images in the collection' }),
    stopped: z.enum(PREVIEW_STOPS).nullable().meta({
      description: 'Why there may be more than was counted: enough studies, or time; null: all',
    }),
  })
  .meta({ id: 'PacsPreview' });

export type PacsTest = z.infer<typeof PacsTestSchema>;
export type PacsPreview = z.infer<typeof PacsPreviewSchema>;

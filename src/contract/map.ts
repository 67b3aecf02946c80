import { z } from 'zod';

const count = z.number().int();
const places = z
  .array(z.number())
  .meta({ description: 'x and y of each image, one after the other, of five digits' });

/** The images of a collection in the plane: what an encoder finds alike lies together. */
export const CollectionMapSchema = z
  .object({
    collection: z.string(),
    encoder: z.string(),
    made: z.string().meta({ description: 'When, as ISO 8601' }),
    points: count.meta({ description: 'Images that are laid out and are there still' }),
    of: count.meta({
      description: 'Images that the encoder had seen then; more than `points`: it is a sample',
    }),
    embeddings: count.meta({ description: 'Images that the encoder has seen by now' }),
    gone: count.meta({ description: 'Images that were laid out and are no longer there' }),
    stale: z
      .boolean()
      .meta({ description: 'Whether embeddings have changed since: make it again' }),
    explained: z
      .array(z.number())
      .meta({ description: 'Shares of the variance that the two axes of `pca` explain' }),
    field: z.string().meta({ description: 'What the groups are by' }),
    values: z.array(z.object({ value: z.string(), count })).meta({
      description: 'The groups with most images; several labels of an image are one group',
    }),
    ids: z.array(count).meta({ description: 'Numbers of the images' }),
    groups: z.array(count).meta({
      description: 'Of each image the place of its group in `values`; -1: another value; -2: none',
    }),
    umap: places,
    pca: places,
  })
  .meta({ id: 'CollectionMap' });

export type CollectionMap = z.infer<typeof CollectionMapSchema>;

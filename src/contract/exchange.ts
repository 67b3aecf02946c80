import { z } from 'zod';
import { ErrorSchema } from './errors.ts';
import { TableReportSchema } from './tables.ts';

/** Embeddings that were written to a file. */
export const ExportedEmbeddingsSchema = z.object({
  file: z.string(),
  format: z.string(),
  encoder: z.string(),
  embeddings: z.number().int(),
  dimension: z.number().int(),
  excluded: z.array(ErrorSchema),
});

/** Embeddings of another program that were put into a collection. */
export const ImportedEmbeddingsSchema = z.object({
  collection: z.string(),
  encoder: z.string(),
  dimension: z.number().int(),
  imported: z.number().int().meta({ description: 'Images written with their embedding' }),
  complete: z.boolean().meta({ description: 'False when it was ended before; run it again' }),
  unused: z.array(z.string()).meta({ description: 'Paths that the data set does not name' }),
  tables: z.array(TableReportSchema),
  excluded: z.array(ErrorSchema),
});

/** Images that were written without what tells whom they are of. */
export const ExportedImagesSchema = z.object({
  collection: z.string(),
  folder: z.string(),
  /** Images that were asked for, and files that were written: an object of several frames is one. */
  images: z.number().int(),
  files: z.number().int(),
  leftOut: z.array(
    z.object({ kind: z.string(), count: z.number().int(), examples: z.array(z.string()) }),
  ),
  warnings: z.array(ErrorSchema),
  failures: z.array(ErrorSchema),
  /** False when it was ended before. */
  complete: z.boolean(),
});

export type ExportedImages = z.infer<typeof ExportedImagesSchema>;
export type ExportedEmbeddings = z.infer<typeof ExportedEmbeddingsSchema>;
export type ImportedEmbeddings = z.infer<typeof ImportedEmbeddingsSchema>;

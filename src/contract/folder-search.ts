import { z } from 'zod';
import { ErrorSchema } from './errors.ts';
import { SearchQuerySchema, SearchResultSchema } from './shapes.ts';

/** What every picture of a folder is searched with, each alone. */
export const FolderQuerySchema = SearchQuerySchema.omit({
  parts: true,
  compare: true,
  feedback: true,
  level: true,
});

/** What one picture of a folder came to: an answer or an error. */
export const PictureSearchSchema = z.object({
  /** Path in the folder. */
  picture: z.string(),
  result: SearchResultSchema.optional(),
  error: ErrorSchema.optional(),
});

const count = z.number().int();

/** What a search with each picture of a folder came to. */
export const FolderSearchSchema = z.object({
  collection: z.string(),
  encoder: z.string(),
  folder: z.string(),
  /** Pictures of the folder. */
  pictures: count,
  /** Pictures that were searched with, those of an interrupted run that this one went on with too. */
  searched: count,
  /** Of these, pictures that the collection has itself. */
  inCollection: count,
  /** Pictures that could not be searched with. */
  failed: count,
  /** Whether no picture is left; one that was interrupted is not complete. */
  complete: z.boolean(),
  /** The CSV that was written. */
  csv: z.string().nullable(),
  /** Files of the folder that are no pictures, by kind. */
  leftOut: z.array(z.object({ kind: z.string(), count, examples: z.array(z.string()) })),
  failures: z.array(ErrorSchema),
});

export type FolderQuery = z.input<typeof FolderQuerySchema>;
export type PictureSearch = z.infer<typeof PictureSearchSchema>;
export type FolderSearch = z.infer<typeof FolderSearchSchema>;

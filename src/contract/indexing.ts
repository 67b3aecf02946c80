import { z } from 'zod';
import { BURNED_IN, BURNED_IN_STATES } from '../domain/burned-in.ts';
import { ErrorSchema } from './errors.ts';

const count = z.number().int();

/** How long a worker keeps the images it has taken, in milliseconds; it renews that three times as often. */
export const DEFAULT_LEASE = 30_000;

/** How a table was read. */
const TableReadingSchema = z.object({
  file: z.string(),
  /** Rows below the header, and images that they name. */
  rows: count,
  images: count,
  /** Images that have a label. */
  labelled: count,
  separator: z.string(),
  encoding: z.string(),
  /** Columns that are labels, and columns that only describe. */
  labels: z.array(z.string()),
  descriptions: z.array(z.string()),
  /** What is left out, guessed or doubtful: one sentence each. */
  notes: z.array(z.string()),
  /** Rows that are used, but not with all they say. */
  problems: z.array(ErrorSchema),
});

/** What became of the images that were to be indexed. */
export const IndexingSchema = z.object({
  collection: z.string(),
  encoder: z.string(),
  total: count,
  done: count,
  /** Newly encoded. */
  added: count,
  /** Known at a path whose file is gone. */
  renamed: count,
  /** Encoded again, since an earlier version read other pixels from the same file. */
  reread: count,
  /** Known already. */
  unchanged: count,
  failed: count,
  /** False when it was ended before. */
  complete: z.boolean(),
  /** Images that were removed because their files are gone. */
  removed: count,
  /** Images that stay because it cannot be told whether their files are gone. */
  unclear: count,
  /** The encoder that answers when none is named; null while the collection is empty. */
  default: z.string().nullable(),
  /** Whether that is this one. */
  isDefault: z.boolean(),
  /** Images without an embedding of this one. */
  missingEmbeddings: count,
  /** Entries of the folder that are no pictures, by kind, with the first paths. */
  leftOut: z.array(z.object({ kind: z.string(), count, examples: z.array(z.string()) })),
  /** Folders that were entered through a link. */
  linked: z.array(z.object({ path: z.string(), target: z.string() })),
  /** What is known of text that is burned into the collection's images. */
  burnedIn: z.object({
    policy: z.enum(BURNED_IN),
    /** By what is known, with the first paths. */
    images: z.array(
      z.object({ state: z.enum(BURNED_IN_STATES), count, examples: z.array(z.string()) }),
    ),
    /** Images that were not looked at; with `auto` and `off`, those of modalities that often have text. */
    notLookedAt: count,
  }),
  table: TableReadingSchema.optional(),
  /** What is to be known of what was indexed. */
  warnings: z.array(ErrorSchema),
  /** Files that were skipped. */
  failures: z.array(ErrorSchema),
});

/** What a worker did. */
export const WorkSchema = z.object({
  collection: z.string(),
  /** Images that it ended, failed ones too. */
  finished: count,
  /** Results that came after their images had been given to another worker, and were thrown away. */
  late: count,
});

export type Indexing = z.infer<typeof IndexingSchema>;
export type TableReading = z.infer<typeof TableReadingSchema>;
export type Work = z.infer<typeof WorkSchema>;

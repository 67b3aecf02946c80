import { z } from 'zod';
import { BURNED_IN } from '../domain/burned-in.ts';
import { DATES, IDENTITIES } from '../domain/identity.ts';
import { ErrorSchema } from './errors.ts';

const count = z.number().int();

const collection = z.string().min(1).max(64).meta({ description: 'Name of the collection' });
const text = (description: string) => z.string().min(1).max(4000).meta({ description });
/** A name; what could be a file of the machine is none. */
const named = (description: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a name has letters, digits, dots and lines')
    .refine((name) => !/\.json$/i.test(name), 'a name is asked for, not a file')
    .meta({ description });
const encoder = named(
  'Name of an encoder; by default that of the collection, or the one without weights',
).optional();
const selected = {
  filter: z
    .array(text('field=value'))
    .max(100)
    .optional()
    .meta({ description: 'A repeated field allows any of its values, all fields must match' }),
  where: text('A query of the search language; it applies beside `filter`').optional(),
};

/** How pictures are taken into a collection, from now on. */
export const TakingSchema = z.strictObject({
  encoder,
  window: text('Which window deep pictures are seen in').max(200).optional(),
  frames: text('Which frames of DICOM objects are taken').max(200).optional(),
  identity: z.enum(IDENTITIES).optional().meta({ description: 'What is kept of whom they are of' }),
  dates: z.enum(DATES).optional().meta({ description: 'What is kept of when they were made' }),
  burnedIn: z
    .enum(BURNED_IN)
    .optional()
    .meta({ description: 'What is done about text that is burned into pictures' }),
});

const IndexSchema = z.strictObject({
  kind: z.literal('index'),
  collection: collection.meta({ description: 'It is made when it is absent' }),
  path: text('A folder, CSV, ZIP archive or DICOMDIR on the machine of the server'),
  ...TakingSchema.shape,
  all: z.boolean().optional().meta({
    description: 'Takes hidden files and what systems leave behind, too',
  }),
  prune: z.boolean().optional().meta({
    description: 'Then remove the images of this folder whose files are gone',
  }),
});
const PruneSchema = z.strictObject({ kind: z.literal('prune'), collection });
const RemoveSchema = z
  .strictObject({
    kind: z.literal('remove'),
    collection,
    ...selected,
    paths: z
      .array(text('A file or folder'))
      .max(1000)
      .optional()
      .meta({ description: 'Files and folders, as the collection lists them' }),
  })
  .refine(
    ({ filter = [], where, paths = [] }) => filter.length + paths.length > 0 || where !== undefined,
    'say which images: filter, where or paths',
  );
/** Who encodes. */
const shared = z.boolean().optional().meta({
  description:
    'Workers that ask this server encode the images, on other machines too: it waits for them, and encodes none itself',
});
const EncodeSchema = z.strictObject({
  kind: z.literal('encode'),
  collection,
  encoder: named('Name of the encoder that all images of the collection are encoded with'),
  window: TakingSchema.shape.window,
  shared,
  use: z.boolean().optional().meta({
    description: 'Then make it the one that answers, if every image has an embedding of it',
  }),
});
const CalibrateSchema = z.strictObject({
  kind: z.literal('calibrate'),
  collection,
  encoder,
  error: z.number().gt(0).lt(1).optional().meta({
    description: 'Errors among good matches at the most; 0.1 by default',
  }),
  field: text('What is shared: label by default, or a metadata field').max(200).optional(),
});
const AdaptSchema = z.strictObject({
  kind: z.literal('adapt'),
  collection,
  encoder,
  name: named('Name of the adapted encoder'),
  field: CalibrateSchema.shape.field,
  force: z.boolean().optional().meta({ description: 'Save and use it also when it is not better' }),
});
const MapSchema = z.strictObject({
  kind: z.literal('map'),
  collection,
  encoder,
  points: count.min(3).max(50_000).optional().meta({
    description: 'Images at the most, 10,000 by default; of more, a random sample',
  }),
});
const ExportSchema = z.strictObject({
  kind: z.literal('export'),
  collection,
  encoder,
  format: z.enum(['h5', 'index', 'npy', 'csv', 'parquet']),
  normalise: z.boolean().optional().meta({ description: 'Scales embeddings to length 1' }),
  ...selected,
});
const BenchmarkSchema = z.strictObject({
  kind: z.literal('benchmark'),
  configuration: text(
    'A configuration file on the machine of the server; its paths are relative to it',
  ),
});
const AddEncoderSchema = z
  .strictObject({
    kind: z.literal('add-encoder'),
    name: named('A model of the catalogue, or the name of one that is built like it'),
    like: named(
      'The model of the catalogue that it is built like; `from` has its files',
    ).optional(),
    from: text(
      'Folder of its official files, or the weights’ file, on the machine of the server; without it they are fetched from the hub',
    ).optional(),
    precision: z.enum(['fp32', 'int8']).optional(),
  })
  .refine(({ like, from }) => like === undefined || from !== undefined, 'like needs from');

/** Of what becomes of a collection as a whole. */
const to = collection.meta({ description: 'Name that nothing has yet' });
const CopySchema = z.strictObject({ kind: z.literal('copy-collection'), collection, to });
const RenameSchema = z.strictObject({ kind: z.literal('rename-collection'), collection, to });
const DeleteSchema = z.strictObject({
  kind: z.literal('delete-collection'),
  collection,
  confirm: collection
    .optional()
    .meta({ description: 'The name of the collection once more; a preview needs none' }),
});

/** What is to be done in the background. PACS and uploaded files have requests of their own. */
export const TaskRequestSchema = z
  .discriminatedUnion('kind', [
    IndexSchema,
    PruneSchema,
    RemoveSchema,
    EncodeSchema,
    CalibrateSchema,
    AdaptSchema,
    MapSchema,
    ExportSchema,
    BenchmarkSchema,
    AddEncoderSchema,
    CopySchema,
    RenameSchema,
    DeleteSchema,
  ])
  .meta({ id: 'TaskRequest' });

/** What is done in the background. */
export const TASK_KINDS = [
  'index',
  'index-pacs',
  'index-files',
  'prune',
  'remove',
  'encode',
  'calibrate',
  'adapt',
  'map',
  'export',
  'benchmark',
  'add-encoder',
  'copy-collection',
  'rename-collection',
  'delete-collection',
] as const;

/** How a task stands: those that are paused, interrupted, cancelled or failed can be resumed. */
export const TASK_STATES = [
  'waiting',
  'running',
  'paused',
  'interrupted',
  'cancelled',
  'failed',
  'done',
] as const;

/** How far a task is. */
const TaskProgressSchema = z.object({
  unit: z.string().meta({
    description:
      'What is counted: files that are found, images that are indexed, queries, fits, embeddings, bytes',
  }),
  done: count,
  total: count.nullable(),
  share: z.number().nullable().meta({
    description:
      'Of the whole task, where it has several parts and what they take is known: 0 to 1',
  }),
  studies: z
    .object({ done: count, total: count })
    .nullable()
    .meta({ description: 'Studies that are through, once all are listed' }),
  skipped: count,
  reasons: z
    .array(ErrorSchema.pick({ code: true, title: true }).extend({ count }))
    .meta({ description: 'Why some were skipped' }),
  perSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
});

const LeftOutSchema = z
  .array(z.object({ kind: z.string(), count }))
  .meta({ description: 'What is no picture, by kind' });

/** A file that a task made. */
const TaskFileSchema = z.object({ name: z.string(), bytes: count });

/** What came of a task. */
const TaskResultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('indexed'),
    encoder: z.string(),
    total: count,
    added: count,
    unchanged: count.meta({ description: 'Known already' }),
    changed: count.meta({ description: 'Known, and read again or found at another place' }),
    failed: count,
    removed: count.meta({ description: 'Their files are gone' }),
    unclear: count.meta({ description: 'Nobody can tell whether their files are gone' }),
    missingEmbeddings: count.meta({ description: 'Images without an embedding of this encoder' }),
    isDefault: z.boolean().meta({ description: 'Whether it is the encoder that answers' }),
    failures: z
      .array(ErrorSchema)
      .meta({ description: 'The first that were skipped, with reasons' }),
    files: z
      .array(TaskFileSchema)
      .optional()
      .meta({ description: 'A table of all that were skipped, where some were' }),
    leftOut: LeftOutSchema,
    warnings: z.array(ErrorSchema),
    notes: z.array(z.string()).meta({ description: 'What was guessed in reading a table' }),
  }),
  z.object({ kind: z.literal('removed'), removed: count, unclear: count }),
  z.object({
    kind: z.literal('calibrated'),
    encoder: z.string(),
    field: z.string(),
    queries: count,
    error: z.number(),
    coverage: z.number().nullable().meta({
      description: 'Share of queries that have a good match; null where none can be guaranteed',
    }),
  }),
  z.object({
    kind: z.literal('adapted'),
    encoder: z.string(),
    name: z.string(),
    better: z.boolean(),
    saved: z.boolean(),
    used: z.boolean(),
  }),
  z.object({
    kind: z.literal('mapped'),
    encoder: z.string(),
    points: count,
    of: count.meta({ description: 'More than `points`: it is a sample' }),
  }),
  z.object({
    kind: z.literal('exported'),
    encoder: z.string(),
    embeddings: count,
    dimension: count,
    excluded: count,
    files: z.array(TaskFileSchema),
  }),
  z.object({
    kind: z.literal('benchmarked'),
    k: count,
    ranking: z
      .array(z.object({ name: z.string(), precision: z.number().nullable() }))
      .meta({ description: 'Mean precision at k over the queries, the best first' }),
    warnings: z.array(z.string()),
    excluded: count,
    failed: z.array(ErrorSchema.extend({ name: z.string() })),
    files: z.array(TaskFileSchema),
  }),
  z.object({
    kind: z.literal('added'),
    encoder: z.string(),
    dimension: count,
    notes: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('collection'),
    name: z.string().nullable().meta({
      description: 'The collection that there is now; null where it was deleted',
    }),
    images: count
      .nullable()
      .meta({ description: 'That it has, or had; null where it could not be read any more' }),
  }),
]);

/** Something that is done in the background, and kept when the server ends. */
export const TaskSchema = z
  .object({
    id: count,
    kind: z.enum(TASK_KINDS),
    state: z.enum(TASK_STATES).meta({
      description:
        'waiting: for another one, or for its turn; interrupted: its process ended, and it needs to be let into its PACS again; that, paused, cancelled and failed can be resumed',
    }),
    collection: z.string().nullable().meta({ description: 'Null where it is of none' }),
    about: z.string().nullable().meta({
      description:
        'The folder, the address of the PACS without what limits it to some studies, the encoder, the file, or the other name',
    }),
    limited: z.boolean().meta({ description: 'Whether it is limited to some studies or images' }),
    actor: z.string().nullable().meta({
      description: 'Who began it: the user, or the number of the key; null where nobody was asked',
    }),
    created: z.string(),
    changed: z.string(),
    progress: TaskProgressSchema.nullable(),
    result: TaskResultSchema.nullable(),
    error: ErrorSchema.nullable().meta({ description: 'Why it failed, or waits' }),
  })
  .meta({ id: 'Task' });

/** What is done in the background of a server. */
export const TasksSchema = z.object({
  allowed: z
    .boolean()
    .meta({ description: 'Whether this server takes anything to do from whoever asks' }),
  folders: z.boolean().meta({ description: 'Whether folders of its machine may be indexed' }),
  upload: count.meta({ description: 'Bytes that one request may bring' }),
  tasks: z.array(TaskSchema).meta({ description: 'The last one first' }),
});

/** What a task would do. */
export const TaskPreviewSchema = z
  .object({
    kind: z.enum(TASK_KINDS),
    images: count.nullable().meta({
      description: 'That it would take, remove, encode or write; null where nobody knows it before',
    }),
    known: count.nullable().meta({ description: 'Of those, which the collection has already' }),
    bytes: count.nullable().meta({
      description: 'Of the disk that it takes, or frees; null where nobody looked',
    }),
    leftOut: LeftOutSchema,
    examples: z.array(z.string()).meta({ description: 'The first of them' }),
    failures: z.array(ErrorSchema).meta({ description: 'The first that cannot be taken' }),
    notes: z.array(z.string()).meta({ description: 'What else is to be known before' }),
  })
  .meta({ id: 'TaskPreview' });

/** Folders of the server's machine that may be indexed. */
export const FolderListingSchema = z
  .object({
    path: z.string().nullable().meta({ description: 'Null for the list of all that may be' }),
    parent: z.string().nullable(),
    folders: z.array(z.object({ name: z.string(), path: z.string() })),
    files: z
      .array(z.object({ name: z.string(), path: z.string() }))
      .meta({ description: 'CSVs, ZIP archives and DICOMDIRs' }),
    others: count.meta({ description: 'Further files' }),
    cut: z
      .boolean()
      .meta({ description: 'Whether there are more folders or files than are listed' }),
  })
  .meta({ id: 'FolderListing' });

export type TaskFile = z.infer<typeof TaskFileSchema>;
export type TaskRequest = z.infer<typeof TaskRequestSchema>;
export type Taking = z.infer<typeof TakingSchema>;
export type TaskKind = (typeof TASK_KINDS)[number];
export type TaskState = (typeof TASK_STATES)[number];
export type TaskProgress = z.infer<typeof TaskProgressSchema>;
export type TaskResult = z.infer<typeof TaskResultSchema>;
export type TaskPreview = z.infer<typeof TaskPreviewSchema>;
export type FolderListing = z.infer<typeof FolderListingSchema>;
export type Tasks = z.infer<typeof TasksSchema>;
export type Task = z.infer<typeof TaskSchema>;

import { z } from 'zod';
import { ErrorSchema } from './errors.ts';
import { FacetSchema, ImageSchema } from './shapes.ts';

/** An encoder as a collection has it stored. */
const StoredEncoderSchema = z.object({
  id: z.number().int(),
  name: z.string(),
  fingerprint: z.string(),
  dimension: z.number().int(),
  /** Its description, as JSON. */
  definition: z.string(),
  /** How many images have an embedding of it. */
  embeddings: z.number().int(),
});

/** The collections of a data directory with the encoders that they have stored. */
export const InventorySchema = z.object({
  /** Absolute path of the data directory. */
  home: z.string(),
  collections: z.array(
    z.union([
      z.object({
        name: z.string(),
        images: z.number().int(),
        encoders: z.array(StoredEncoderSchema),
      }),
      /** One that cannot be opened. */
      z.object({ name: z.string(), error: ErrorSchema }),
    ]),
  ),
});

/** What a collection holds. */
export const CollectionInfoSchema = z.object({
  name: z.string(),
  /** Absolute path of the collection. */
  file: z.string(),
  images: z.number().int(),
  encoders: z.array(
    z.object({
      name: z.string(),
      dimension: z.number().int(),
      embeddings: z.number().int(),
      fingerprint: z.string(),
      isDefault: z.boolean(),
    }),
  ),
  /** The most frequent values of each field but the patient. */
  fields: z.array(FacetSchema),
});

/** Images that show the same. */
export const DuplicatesSchema = z.object({
  collection: z.string(),
  encoder: z.string(),
  compared: z.number().int(),
  /** Images without a perceptual hash, of which only equal files are found. */
  unhashed: z.number().int(),
  /** Images of which only embeddings are known: there is no file to compare. */
  unread: z.number().int(),
  clusters: z.array(
    z.object({
      /** `exact`: all files are equal, byte for byte; `near`: some are other forms of the picture. */
      kind: z.enum(['exact', 'near']),
      images: z.array(ImageSchema),
    }),
  ),
});

/** What a look at one collection for damage found. */
const CollectionCheckSchema = z.object({
  collection: z.string(),
  /** Each fault in one sentence; none when the collection is whole. */
  faults: z.array(z.string()),
  /** Faults beyond those that are listed. */
  more: z.number().int(),
  /** Encoders whose embeddings could not be compared with what was kept when they were written. */
  unproved: z.array(z.string()),
  images: z.number().int(),
  /** Files that are not as they were indexed, or cannot be read; null when they were not looked at. */
  files: z.object({ changed: z.array(z.string()), unreadable: z.array(z.string()) }).nullable(),
});

/** What a look at collections for damage found. */
export const CheckSchema = z.object({ collections: z.array(CollectionCheckSchema) });

/** Images that were taken out of a collection, or would be. */
export const RemovalSchema = z.object({
  collection: z.string(),
  dryRun: z.boolean(),
  /** Images that stay because it cannot be told whether their files are gone. */
  unclear: z.number().int(),
  removed: z.array(z.object({ id: z.number().int(), path: z.string() })),
});

/** A collection that was removed. */
export const DeletionSchema = z.object({
  collection: z.string(),
  /** How many images it held; null where it could not be read any more. */
  images: z.number().int().nullable(),
});

export type Deletion = z.infer<typeof DeletionSchema>;
export type Inventory = z.infer<typeof InventorySchema>;
export type CollectionInfo = z.infer<typeof CollectionInfoSchema>;
export type Duplicates = z.infer<typeof DuplicatesSchema>;
export type CollectionCheck = z.infer<typeof CollectionCheckSchema>;
export type Check = z.infer<typeof CheckSchema>;
export type Removal = z.infer<typeof RemovalSchema>;

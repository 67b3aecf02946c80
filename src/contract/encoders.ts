import { z } from 'zod';
import { TOKENIZER_KINDS } from '../domain/encoders.ts';
import { ErrorSchema } from './errors.ts';

const three = z.tuple([z.number(), z.number(), z.number()]);
const size = { width: z.number().int(), height: z.number().int() };
const ModelFileSchema = z.object({ file: z.string(), sha256: z.string().optional() });
const NamedSchema = z.object({ name: z.string() });

/** The description of an encoder with a model; docs/encoders.md explains every field. */
const DescriptionSchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  model: z.union([z.object({ builtin: z.literal('baseline') }), ModelFileSchema]),
  input: z.object({
    name: z.string(),
    layout: z.enum(['NCHW', 'NHWC']),
    channels: z.enum(['RGB', 'BGR']),
    noise: z.object({ name: z.string(), length: z.number(), seed: z.number() }).optional(),
  }),
  preprocess: z.object({
    resize: z.discriminatedUnion('mode', [
      z.object({ mode: z.literal('exact'), ...size }),
      z.object({ mode: z.literal('shortest-edge'), size: z.number().int() }),
      z.object({ mode: z.literal('longest-edge-pad'), size: z.number().int() }),
    ]),
    interpolation: z.enum(['bilinear', 'bicubic']),
    centreCrop: z.object({ ...size, rounding: z.literal('half-even').optional() }).optional(),
    scale: z.number(),
    mean: three,
    std: three,
  }),
  output: NamedSchema,
  dimension: z.number().int(),
  normalisation: z.enum(['none', 'l2']),
  text: z
    .object({
      model: ModelFileSchema,
      input: NamedSchema,
      output: NamedSchema,
      tokenizer: z.object({
        kind: z.enum(TOKENIZER_KINDS),
        files: z.array(z.string()),
        contextLength: z.number().int(),
        lowerCase: z.boolean(),
        padId: z.number().int(),
      }),
    })
    .optional(),
  tokens: z.object({ model: ModelFileSchema, output: NamedSchema }).optional(),
  projection: ModelFileSchema.extend({
    dimension: z.number().int(),
    fitted: z.object({
      field: z.string(),
      images: z.number().int(),
      classes: z.number().int(),
    }),
  }).optional(),
  licence: z.string(),
  source: z.string(),
});

/** The encoders that can be used here. */
export const EncoderListSchema = z.object({
  encoders: z.array(DescriptionSchema),
  /** Descriptions that cannot be used. */
  failures: z.array(ErrorSchema),
});

/** What images can be encoded with on a server, and the published models that can be added to it. */
export const EncoderChoicesSchema = z
  .object({
    encoders: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        dimension: z.number().int(),
        text: z.boolean().meta({ description: 'Whether texts can be searched with' }),
      }),
    ),
    models: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        licence: z.string(),
        gated: z.boolean().meta({ description: 'Whether the hub asks for an account' }),
        installed: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'EncoderChoices' });

/** The default encoder of a collection. */
export const DefaultEncoderSchema = z.object({
  collection: z.string(),
  encoder: z.string(),
  /** Images without an embedding of it, which are not found. */
  missingEmbeddings: z.number().int(),
});

/** An encoder that was the default of a collection. */
export const ActivationSchema = z.object({
  fingerprint: z.string(),
  name: z.string(),
  /** When it became the default (ISO 8601, UTC). */
  at: z.string(),
  /** Images that had an embedding of it then, and images that the collection had. */
  embeddings: z.number().int(),
  images: z.number().int(),
  /** When it was rolled back. */
  rolledBack: z.string().nullable(),
});

/** The encoders that were the default of a collection, oldest first. */
export const EncoderHistorySchema = z.object({
  collection: z.string(),
  history: z.array(ActivationSchema),
});

/** Images without an embedding of an encoder. */
export const UnencodedSchema = z.object({
  collection: z.string(),
  images: z.array(z.object({ id: z.number().int(), path: z.string() })),
});

/** An encoder whose embeddings were removed from a collection. */
export const DroppedSchema = z.object({
  collection: z.string(),
  dropped: z.string(),
  embeddings: z.number().int(),
});

/** Published models that are known, and those that were added. */
export const ModelListSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      dimension: z.number().int(),
      licence: z.string(),
      source: z.string(),
      /** Whether the hub asks for an account. */
      gated: z.boolean(),
      /** Whether texts can be searched with. */
      text: z.boolean(),
      /** What the study's published code used: this form, or another; null for what is not of the catalogue. */
      published: z.string().nullable(),
      catalogue: z.boolean(),
      installed: z.boolean(),
    }),
  ),
});

/** How a published model becomes an encoder; docs/models.md explains it. */
export const ModelTemplateSchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  architecture: z.string(),
  /** Where the official files are. */
  hub: z
    .object({
      repository: z.string(),
      /** Branch, tag or commit. */
      revision: z.string(),
      /** Whether the hub asks for an account. */
      gated: z.boolean(),
      sha256: z.record(z.string(), z.string()),
    })
    .optional(),
  files: z.object({
    /** The first that exists is used. */
    weights: z.array(z.string()),
    config: z.string().optional(),
    tokenizer: z.array(z.string()),
  }),
  /** Values that the official configuration lacks. */
  settings: z.record(z.string(), z.unknown()),
  asPublished: z.boolean(),
  published: z.string(),
  preprocess: DescriptionSchema.shape.preprocess,
  dimension: z.number().int(),
  pooling: z.string(),
  text: z
    .object({
      kind: z.enum(TOKENIZER_KINDS),
      contextLength: z.number().int(),
      lowerCase: z.boolean().optional(),
      padId: z.number().int().optional(),
    })
    .optional(),
  licence: z.string(),
  source: z.string(),
});

/** A model whose files were compiled. */
export const InstalledModelSchema = z.object({
  name: z.string(),
  /** SHA-256 of the checkpoint, hexadecimal. */
  checkpoint: z.string(),
  /** File of the encoder's description. */
  definition: z.string(),
  dimension: z.number().int(),
  /** False when the same checkpoint was compiled already. */
  compiled: z.boolean(),
  text: z.boolean(),
  /** Files of the tokenizer that texts would need and that are absent. */
  missing: z.array(z.string()),
  notes: z.array(z.string()),
  /** How near its embeddings are to those of 32 bits, where it has fewer. */
  agreement: z
    .object({ pictures: z.number().int(), least: z.number(), mean: z.number() })
    .optional(),
});

/** A model that was fetched and compiled. */
export const PulledModelSchema = InstalledModelSchema.extend({
  /** Commit of the repository; null when nothing was fetched. */
  revision: z.string().nullable(),
  files: z.array(
    z.object({
      file: z.string(),
      /** Length in bytes. */
      size: z.number().int(),
      /** False when it was here already. */
      fetched: z.boolean(),
      /** What it was checked by; null when nobody tells a checksum. */
      checksum: z.enum(['sha256', 'sha1']).nullable(),
      /** Commit that the revision stands for, if the hub tells it. */
      commit: z.string().optional(),
    }),
  ),
  licence: z.string(),
});

/** Whether an encoder runs, and equals a golden. */
export const VerificationSchema = z.object({
  encoder: z.string(),
  fingerprint: z.string(),
  /** Pictures that were encoded. */
  pictures: z.number().int(),
  /** Difference to the golden, relative to its largest value; null without a golden. */
  difference: z.number().nullable(),
  faithful: z.boolean().nullable(),
  /** What the check cannot know, in words. */
  unknown: z.string().nullable(),
});

/** A model that was removed. */
export const RemovedModelSchema = z.object({ removed: z.string() });

export type EncoderChoices = z.infer<typeof EncoderChoicesSchema>;
export type EncoderList = z.infer<typeof EncoderListSchema>;
export type DefaultEncoder = z.infer<typeof DefaultEncoderSchema>;
export type EncoderHistory = z.infer<typeof EncoderHistorySchema>;
export type Unencoded = z.infer<typeof UnencodedSchema>;
export type Dropped = z.infer<typeof DroppedSchema>;
export type ModelList = z.infer<typeof ModelListSchema>;
export type ModelTemplate = z.infer<typeof ModelTemplateSchema>;
export type InstalledModel = z.infer<typeof InstalledModelSchema>;
export type PulledModel = z.infer<typeof PulledModelSchema>;
export type Verification = z.infer<typeof VerificationSchema>;
export type RemovedModel = z.infer<typeof RemovedModelSchema>;

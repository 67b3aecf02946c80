import { z } from 'zod';

const count = z.number().int();
const IndexKindSchema = z.enum(['flat', 'hnsw']);
const checksum = z.string();

/** Whose embeddings. */
const of = { collection: z.string(), encoder: z.string() };

/** What a node of an engine holds, recomputed from every vector that it has. */
const NodeSchema = z.object({
  node: z.string(),
  count,
  checksum,
  error: z.string().optional().meta({ description: 'Why it could not be read' }),
});

/** Embeddings that were brought to an engine. */
export const EnginePushSchema = z.object({
  ...of,
  count,
  checksum,
  written: count,
  removed: count,
  complete: z.boolean().meta({ description: 'False when it was ended before; run it again' }),
  index: IndexKindSchema,
  replicas: count.meta({ description: 'Copies of each row' }),
  nodes: z.array(NodeSchema),
});

/** Embeddings that were brought back from an engine. */
export const EnginePullSchema = z.object({
  ...of,
  count: count.meta({ description: 'Embeddings in the engine' }),
  checksum,
  written: count,
  unchanged: count.meta({ description: 'They were here already, the same' }),
  foreign: count.meta({
    description: 'Their image is not in the collection, or has another content now',
  }),
  complete: z.boolean().meta({ description: 'False when it was ended before; run it again' }),
});

/** How the embeddings of an engine compare with those of the collection. */
export const EngineVerificationSchema = z.object({
  ...of,
  count,
  checksum,
  manifest: z.object({
    semblance: z.number().meta({ description: 'Version of the layout' }),
    fingerprint: z.string(),
    dimension: z.number(),
    index: IndexKindSchema,
    state: z.enum(['loading', 'complete']),
    pushed: z.string().nullable().meta({ description: 'State of the collection, last pushed' }),
    count: z.number(),
    checksum,
  }),
  replicas: count,
  nodes: z.array(NodeSchema.extend({ same: z.boolean() })),
  recall: z
    .object({ k: count, queries: count, value: z.number() })
    .nullable()
    .meta({ description: 'Of an index that may miss some, against the exact one' }),
});

export type EnginePush = z.infer<typeof EnginePushSchema>;
export type EnginePull = z.infer<typeof EnginePullSchema>;
export type EngineVerification = z.infer<typeof EngineVerificationSchema>;

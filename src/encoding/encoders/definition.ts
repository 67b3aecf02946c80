import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { EncoderDefinition, ImportedDefinition } from '../../domain/encoders.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { PreprocessSchema } from '../preprocess/spec.ts';
import { TokenizerSchema } from '../tokenizers/spec.ts';

/** An ONNX file, relative to the JSON file. */
const ModelFileSchema = z.strictObject({
  file: z.string().min(1),
  /** SHA-256 of the file, hexadecimal; checked when given. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** A graph that was fitted to labels of a collection. */
export const ProjectionSchema = ModelFileSchema.extend({
  /** Length of the model's own embedding. */
  dimension: z.number().int().min(1).max(65536),
  /** What it was fitted on. */
  fitted: z.strictObject({
    field: z.string(),
    images: z.number().int(),
    classes: z.number().int(),
  }),
});

/** The description of an encoder: one JSON file each. `docs/encoders.md` explains every field. */
export const DefinitionSchema = z.strictObject({
  /** Short name, used on the command line and in collections. */
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/),
  title: z.string().min(1),
  description: z.string().default(''),
  /** A graph built by the program itself, or a file. */
  model: z.union([z.strictObject({ builtin: z.literal('baseline') }), ModelFileSchema]),
  input: z.strictObject({
    /** Name of the graph's input. */
    name: z.string().min(1),
    /** Order of the axes: batch, channel, row, column; or batch, row, column, channel. */
    layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
    /** Order of the channels. */
    channels: z.enum(['RGB', 'BGR']).default('RGB'),
    /** A second input of random numbers, [batch, length], drawn once from a seed (ViT-MAE as published). */
    noise: z
      .strictObject({
        name: z.string().min(1),
        length: z.number().int().positive(),
        seed: z.number().int(),
      })
      .optional(),
  }),
  preprocess: PreprocessSchema.refine(
    ({ resize, centreCrop }) => resize.mode !== 'shortest-edge' || centreCrop !== undefined,
    'a shortest-edge resize needs a centreCrop, because a batch has one size',
  ),
  output: z.strictObject({
    /** Name of the graph's output, of shape [batch, dimension] (further axes of length 1 are allowed). */
    name: z.string().min(1),
  }),
  /** Length of an embedding. */
  dimension: z.number().int().min(1).max(65536),
  /** `l2` scales every stored embedding to length 1. Search is by cosine either way. */
  normalisation: z.enum(['none', 'l2']).default('none'),
  /** The text tower of an encoder that compares texts with pictures; no part of the fingerprint. */
  text: z
    .strictObject({
      model: ModelFileSchema,
      /** The graph's input: 64-bit ids, [batch, contextLength]. */
      input: z.strictObject({ name: z.string().min(1) }),
      /** The graph's output: [batch, dimension], of the same space as the pictures' embeddings. */
      output: z.strictObject({ name: z.string().min(1) }),
      tokenizer: TokenizerSchema,
    })
    .optional(),
  /** A second graph of the same input, for maps of what two pictures share; no part of the fingerprint. */
  tokens: z
    .strictObject({
      model: ModelFileSchema,
      /** The graph's output: [batch, rows, columns, width]; the places cover the whole input. */
      output: z.strictObject({ name: z.string().min(1) }),
    })
    .optional(),
  /** A second graph that makes the embedding of that of the model: see docs/adapt.md. */
  projection: ProjectionSchema.optional(),
  licence: z.string().min(1),
  source: z.string().min(1),
});

/** A validated description; the paths of files are absolute. */
export type { EncoderDefinition } from '../../domain/encoders.ts';

/**
 * Checks a description.
 * @param json the parsed file
 * @param file its path, for errors and as the base of the paths in it
 * @throws SemblanceError ENCODER_INVALID that names the field
 * @testing
 */
export function parseDefinition(json: unknown, file: string): EncoderDefinition {
  const parsed = DefinitionSchema.safeParse(json);
  if (!parsed.success) {
    throw new SemblanceError('ENCODER_INVALID', z.prettifyError(parsed.error), { subject: file });
  }
  const definition: EncoderDefinition = parsed.data;
  const { model, text, tokens, projection } = definition;
  const absolute = (path: string) => resolve(dirname(file), path);
  if ('file' in model) model.file = absolute(model.file);
  if (projection !== undefined) projection.file = absolute(projection.file);
  if (tokens !== undefined) tokens.model.file = absolute(tokens.model.file);
  if (text !== undefined) {
    text.model.file = absolute(text.model.file);
    text.tokenizer.files = text.tokenizer.files.map(absolute);
  }
  return definition;
}

/**
 * Reads and checks a description file.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, ENCODER_INVALID
 */
export async function readDefinition(file: string): Promise<EncoderDefinition> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw toSemblanceError(error, file);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SemblanceError('ENCODER_INVALID', 'The file is not JSON.', { subject: file, cause });
  }
  return parseDefinition(json, file);
}

/** The description of an encoder of which only embeddings are here: imported from another program. */
export function importedDefinition(name: string, dimension: number): ImportedDefinition {
  return { name, title: `${name} (imported)`, model: { imported: true, file: '' }, dimension };
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ARCHITECTURES, type ArchitectureName } from '../compiler/architectures/index.ts';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import { PreprocessSchema } from '../preprocess/spec.ts';

const names = Object.keys(ARCHITECTURES) as [ArchitectureName, ...ArchitectureName[]];

/** How a published model becomes an encoder: one JSON file each in `catalogue/`. */
export const TemplateSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/),
  title: z.string().min(1),
  description: z.string().default(''),
  architecture: z.enum(names),
  /** Where the official files are. */
  hub: z
    .strictObject({
      repository: z.string().min(1),
      revision: z.string().min(1).default('main'),
      /** The owner must be asked for access first. */
      gated: z.boolean().default(false),
    })
    .optional(),
  files: z.strictObject({
    /** File names of the weights; the first that exists is used. */
    weights: z.array(z.string().min(1)).min(1),
    /** The official configuration, if the model has one. */
    config: z.string().min(1).optional(),
    /** Files of the tokenizer, for text search. */
    tokenizer: z.array(z.string().min(1)).default([]),
  }),
  /** Values that the official configuration lacks, or all of them where there is none. */
  settings: z.record(z.string(), z.unknown()).default({}),
  /** Reproduce the study's published code where it differs from the plain model. */
  asPublished: z.boolean().default(false),
  preprocess: PreprocessSchema,
  dimension: z.number().int().positive(),
  /** What the embedding is, in words. */
  pooling: z.string().min(1),
  /** Settings of text search, where the model has a text tower. */
  text: z
    .strictObject({
      kind: z.enum(['wordpiece', 'clip-bpe', 'sentencepiece']),
      contextLength: z.number().int().positive(),
      lowerCase: z.boolean().optional(),
      padId: z.number().int().nonnegative().optional(),
      /** Where the text tower's configuration comes from. */
      config: z.string().optional(),
    })
    .optional(),
  licence: z.string().min(1),
  source: z.string().min(1),
});

/** A published model as the catalogue describes it. */
export type ModelTemplate = z.infer<typeof TemplateSchema>;

const FOLDER = fileURLToPath(new URL('./catalogue/', import.meta.url));

/** All published models that are known, by name. */
export function readCatalogue(): ModelTemplate[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readTemplate(join(FOLDER, file)));
}

/** Reads and checks a template file. */
function readTemplate(file: string): ModelTemplate {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw toSemblanceError(error, file);
    throw new SemblanceError('ENCODER_INVALID', 'The file is not JSON.', { subject: file });
  }
  const parsed = TemplateSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new SemblanceError('ENCODER_INVALID', z.prettifyError(parsed.error), { subject: file });
}

/**
 * A model of the catalogue, or of a template file of the user (a name that ends in `.json`).
 * @throws SemblanceError ENCODER_NOT_FOUND, ENCODER_INVALID, PATH_NOT_FOUND
 */
export function findTemplate(name: string): ModelTemplate {
  if (name.endsWith('.json')) return readTemplate(name);
  const found = readCatalogue().find((template) => template.name === name);
  if (found !== undefined) return found;
  throw new SemblanceError('ENCODER_NOT_FOUND', 'The catalogue has no model of this name.', {
    subject: name,
  });
}

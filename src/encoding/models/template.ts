import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DEFAULT_ENCODER, MODEL_NAME, TOKENIZER_KINDS } from '../../domain/encoders.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { suggestion } from '../../domain/errors/suggest.ts';
import { ARCHITECTURES, type ArchitectureName } from '../compiler/architectures/index.ts';
import { PreprocessSchema } from '../preprocess/spec.ts';

/** A file beside others, never a path that leads elsewhere. */
const fileName = z.string().regex(/^[\w-][\w.-]*$/, 'must be the name of a file, without a folder');

const names = Object.keys(ARCHITECTURES) as [ArchitectureName, ...ArchitectureName[]];

/** How a published model becomes an encoder: one JSON file each in `catalogue/`. */
const TemplateSchema = z.strictObject({
  name: z.string().regex(MODEL_NAME),
  title: z.string().min(1),
  description: z.string().default(''),
  architecture: z.enum(names),
  /** Where the official files are. */
  hub: z
    .strictObject({
      repository: z
        .string()
        .regex(/^\w[\w.-]*(\/\w[\w.-]*)?$/, 'must be "owner/name", as in the address'),
      /** Branch, tag or commit. */
      revision: z.string().min(1).default('main'),
      /** The owner must be asked for access first. */
      gated: z.boolean().default(false),
      /** SHA-256 of files, hexadecimal, where the hub's own word is not enough. */
      sha256: z.record(fileName, z.string().regex(/^[0-9a-f]{64}$/)).default({}),
    })
    .optional(),
  files: z.strictObject({
    /** File names of the weights; the first that exists is used. */
    weights: z.array(fileName).min(1),
    /** The official configuration, if the model has one. */
    config: fileName.optional(),
    /** Files of the tokenizer, for text search; those that exist are used. */
    tokenizer: z.array(fileName).default([]),
  }),
  /** Values that the official configuration lacks, or all of them where there is none. */
  settings: z.record(z.string(), z.unknown()).default({}),
  /** Reproduce the study's published code where it differs from the plain model. */
  asPublished: z.boolean().default(false),
  /** What the study's published code used: this form, another of the catalogue, or none. */
  published: z.string().min(1),
  preprocess: PreprocessSchema,
  dimension: z.number().int().positive(),
  /** What the embedding is, in words. */
  pooling: z.string().min(1),
  /** Settings of text search, where the model has a text tower. */
  text: z
    .strictObject({
      kind: z.enum(TOKENIZER_KINDS),
      contextLength: z.number().int().positive(),
      lowerCase: z.boolean().optional(),
      padId: z.number().int().nonnegative().optional(),
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
    .map((file) => readTemplate(join(FOLDER, file)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
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
  const catalogue = readCatalogue();
  const found = catalogue.find((template) => template.name === name);
  if (found !== undefined) return found;
  const names = catalogue.map((template) => template.name);
  throw new SemblanceError(
    'ENCODER_NOT_FOUND',
    `The catalogue has no model of this name. ${suggestion(name, names, 'model')}`,
    { subject: name },
  );
}

/**
 * The template of a relative of a known model: the same but for the name. Its size and dimension
 * come from its own files when it is installed.
 * @param like model of the catalogue, or a template file
 * @throws SemblanceError USAGE when the name is taken or no name, and those of `findTemplate`
 */
export function relativeOf(like: string, name: string): ModelTemplate {
  const { hub: _, ...template } = findTemplate(like);
  if (!MODEL_NAME.test(name)) {
    throw new SemblanceError('USAGE', `"${name}" cannot be the name of an encoder.`);
  }
  if (name === DEFAULT_ENCODER || readCatalogue().some((known) => known.name === name)) {
    throw new SemblanceError('USAGE', `"${name}" is the name of another encoder.`);
  }
  return {
    ...template,
    name,
    title: `${name} (like ${template.name})`,
    licence: 'not stated',
    source: 'added by the user',
  };
}

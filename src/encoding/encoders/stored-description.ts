import { z } from 'zod';
import type {
  EncoderDefinition,
  EncoderDescription,
  ImportedDefinition,
} from '../../domain/encoders.ts';
import { excerpt, SemblanceError } from '../../domain/errors/error.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { DefinitionSchema, ProjectionSchema } from './definition.ts';

type Stored = Pick<StoredEncoder, 'name' | 'dimension' | 'definition'>;

const ImportedSchema = z.strictObject({
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  model: z.strictObject({ imported: z.literal(true), file: z.string().default('') }),
  dimension: z.number().int().positive().optional(),
  projection: ProjectionSchema.optional(),
});

/** Whether a description says that there is no model. */
const ImportedMark = z.object({ model: z.object({ imported: z.literal(true) }) });

/**
 * The description of an encoder that a collection has stored.
 * @throws SemblanceError ENCODER_DAMAGED that names the encoder and what is wrong
 */
export function storedDescription(stored: Stored): EncoderDescription {
  const { name } = stored;
  const json = parseJson(stored);
  if (!ImportedMark.safeParse(json).success) {
    const definition: EncoderDefinition = checked(DefinitionSchema, json, name);
    return definition.projection === undefined
      ? { kind: 'local', definition }
      : { kind: 'adapted', base: 'local', definition };
  }
  const {
    title = `${name} (imported)`,
    dimension = stored.dimension,
    ...rest
  } = checked(ImportedSchema, json, name);
  const definition: ImportedDefinition = { ...rest, title, dimension };
  return definition.projection === undefined
    ? { kind: 'imported', definition }
    : { kind: 'adapted', base: 'imported', definition };
}

/**
 * The description of a stored encoder that can encode.
 * @throws SemblanceError ENCODER_DAMAGED, ENCODER_IMPORTED
 */
export function encodingDefinition(stored: Stored): EncoderDefinition {
  const description = storedDescription(stored);
  if (description.kind === 'local') return description.definition;
  if (description.kind === 'adapted' && description.base === 'local') return description.definition;
  throw new SemblanceError('ENCODER_IMPORTED', 'It can encode neither a picture nor a text.', {
    subject: stored.name,
  });
}

function parseJson({ name, definition }: Stored): unknown {
  try {
    return JSON.parse(definition);
  } catch (cause) {
    throw damaged(name, 'It is not JSON.', cause);
  }
}

function checked<T extends z.ZodType>(schema: T, json: unknown, name: string): z.output<T> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw damaged(name, z.prettifyError(parsed.error));
}

/** Named in the text, too: an answer over HTTP has no subject. */
function damaged(name: string, why: string, cause?: unknown): SemblanceError {
  return new SemblanceError('ENCODER_DAMAGED', `The encoder “${excerpt(name)}”: ${why}`, {
    subject: name,
    cause,
  });
}

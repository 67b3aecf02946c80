import { z } from 'zod';
import { excerpt, SemblanceError } from '../../domain/errors/error.ts';
import type { EncoderTable } from '../../store/encoder-table.ts';
import type { Calibration } from './calibration.ts';

/** JSON has no word for what is no number, such as the mean of nothing. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const count = z.number().int().nonnegative();

const RisingSchema = z
  .object({ x: z.array(z.number()), y: z.array(z.number()) })
  .refine(({ x, y }) => x.length === y.length, 'x and y have different lengths');
const SelectiveSchema = z.object({ coverage: figure, error: z.number().nullable() });
const ReliabilitySchema = z.object({
  count,
  expectedCalibrationError: figure,
  brier: figure,
  bins: z.array(z.object({ count, stated: z.number(), observed: z.number() })),
});
const FiguresSchema = z.object({
  queries: count,
  patients: count,
  nearest: ReliabilitySchema,
  neighbours: ReliabilitySchema,
  bySimilarity: ReliabilitySchema,
});

const CalibrationSchema = z
  .object({
    encoder: z.string(),
    fingerprint: z.string(),
    field: z.string(),
    made: z.string(),
    generation: count,
    images: count,
    index: count,
    roles: z.object({ fit: z.string(), choose: z.string(), measure: z.string().nullable() }),
    fitted: z.object({ queries: count, patients: count }),
    similarity: RisingSchema,
    score: RisingSchema,
    familiar: z.number(),
    confidence: z.number(),
    error: z.number(),
    levels: z.array(
      z.object({
        error: z.number(),
        threshold: z.number().nullable(),
        chosenOn: SelectiveSchema,
        measured: SelectiveSchema.nullable(),
      }),
    ),
    figures: z.object({ choose: FiguresSchema, measure: FiguresSchema.nullable() }),
    sample: z.array(z.tuple([count, z.string()])),
  })
  .refine(
    ({ levels, error }) => levels.some((level) => level.error === error),
    'the wanted rate of errors is none of the levels',
  ) satisfies z.ZodType<Calibration>;

/**
 * Reads what `EncoderTable.saveCalibration` stored.
 * @throws SemblanceError CALIBRATION_DAMAGED that names the encoder and what is wrong
 */
export function parseCalibration(text: string, encoder: string): Calibration {
  const damaged = (why: string, cause?: unknown) =>
    new SemblanceError('CALIBRATION_DAMAGED', `The encoder “${excerpt(encoder)}”: ${why}`, {
      subject: encoder,
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged('It is not JSON.', cause);
  }
  const parsed = CalibrationSchema.safeParse(json);
  if (!parsed.success) throw damaged(z.prettifyError(parsed.error));
  return parsed.data;
}

/**
 * The calibration of an encoder in a collection, if there is one.
 * @throws SemblanceError CALIBRATION_DAMAGED
 */
export function readCalibration(
  state: { encoders: Pick<EncoderTable, 'calibration'> },
  { name, fingerprint }: { name: string; fingerprint: string },
): Calibration | undefined {
  const text = state.encoders.calibration(fingerprint);
  return text === undefined ? undefined : parseCalibration(text, name);
}

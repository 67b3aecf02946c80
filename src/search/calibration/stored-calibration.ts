import { z } from 'zod';
import { calibrationFields } from '../../contract/calibration.ts';
import { excerpt, SemblanceError } from '../../domain/errors/error.ts';
import type { EncoderTable } from '../../store/encoder-table.ts';
import type { Calibration } from './calibration.ts';

/** JSON has no word for what is no number, such as the mean of nothing. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const CalibrationSchema = z
  .object({
    ...calibrationFields(figure),
    sample: z.array(z.tuple([z.number().int().nonnegative(), z.string()])),
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

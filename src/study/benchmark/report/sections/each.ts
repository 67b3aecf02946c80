import { reasonsOf } from '../../../analyses/analysis.ts';
import { type Attempt, figureOf } from '../../../analyses/context.ts';
import type { EncoderOutcome, Outcome } from '../../outcome.ts';
import type { Html } from '../page.ts';

/** Names in the order of the ranking. */
export const namesOf = ({ encoders }: Outcome) => encoders.map(({ name }) => name);

/** Rows of each encoder that has a figure. */
export function each<T, R>(
  outcome: Outcome,
  of: (encoder: EncoderOutcome) => Attempt<T> | undefined,
  rows: (value: T, encoder: EncoderOutcome) => R[],
): R[] {
  return outcome.encoders.flatMap((encoder) => {
    const value = figureOf(of(encoder));
    return value === undefined ? [] : rows(value, encoder);
  });
}

/** Why encoders have no figure; nothing when all have one or it was not asked for. */
export function reasons(
  outcome: Outcome,
  of: (encoder: EncoderOutcome) => Attempt<unknown> | undefined,
): Html {
  return reasonsOf({
    encoders: outcome.encoders.map((encoder) => ({ name: encoder.name, figure: of(encoder) })),
  });
}

/** Whether any encoder was asked for a figure. */
export const asked = (outcome: Outcome, of: (encoder: EncoderOutcome) => unknown) =>
  outcome.encoders.some((encoder) => of(encoder) !== undefined);

import { html } from 'hono/html';
import { type Attempt, figureOf } from '../../context.ts';
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
  const missing = outcome.encoders.flatMap((encoder) => {
    const one = of(encoder);
    return one !== undefined && 'error' in one ? { name: encoder.name, error: one.error } : [];
  });
  if (missing.length === 0) return html``;
  return html`<div class="note"><ul>${missing.map(
    ({ name, error }) =>
      html`<li>${name}${error.subject === null || error.subject === name ? '' : `, ${error.subject}`}: ${error.code}, ${error.title}. ${error.detail}</li>`,
  )}</ul></div>`;
}

/** Whether any encoder was asked for a figure. */
export const asked = (outcome: Outcome, of: (encoder: EncoderOutcome) => unknown) =>
  outcome.encoders.some((encoder) => of(encoder) !== undefined);

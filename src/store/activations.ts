import { z } from 'zod';
import { ActivationSchema } from '../contract/encoders.ts';
import type { StoredEncoder } from './records.ts';

/** One entry of the history of a collection's default encoder, oldest first. */
export type Activation = z.infer<typeof ActivationSchema>;

/** Reads the history from the collection's `meta` table. */
export function parseActivations(text: string | undefined): Activation[] {
  return text === undefined ? [] : z.array(ActivationSchema).parse(JSON.parse(text));
}

/** The entry in force: the last that was not rolled back. */
export function inForce(history: readonly Activation[]): Activation | undefined {
  return history.findLast(({ rolledBack }) => rolledBack === null);
}

/** The encoder with the most embeddings; of equals the newest. Those given are newest first. */
function mostFilled(encoders: readonly StoredEncoder[]): StoredEncoder | undefined {
  return encoders.reduce<StoredEncoder | undefined>(
    (best, encoder) => (best && best.embeddings >= encoder.embeddings ? best : encoder),
    undefined,
  );
}

/** The encoder that answers when none is named: the one in force, else the one with the most embeddings. */
export function defaultEncoder(
  encoders: readonly StoredEncoder[],
  history: readonly Activation[],
): StoredEncoder | undefined {
  const chosen = inForce(history)?.fingerprint;
  return encoders.find(({ fingerprint }) => fingerprint === chosen) ?? mostFilled(encoders);
}

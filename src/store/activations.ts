import { z } from 'zod';
import type { StoredEncoder } from './records.ts';

const ActivationSchema = z.object({
  /** Fingerprint of the encoder. */
  fingerprint: z.string(),
  name: z.string(),
  /** When it became the collection's default (ISO 8601, UTC). */
  at: z.string(),
  /** Images that had an embedding of it then, and images that the collection had. */
  embeddings: z.number().int(),
  images: z.number().int(),
  /** When it was rolled back. */
  rolledBack: z.string().nullable(),
});

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

import { SemblanceError } from '../domain/errors/error.ts';

/** Why a PACS does not take an object that it has already (PS3.7 section C.5.2; PS3.18, table 10.5.3-2). */
export const DUPLICATE = 0x0111;

/** A status as the standard writes it: `A700H`. */
export function statusText(status: number): string {
  return `${status.toString(16).toUpperCase().padStart(4, '0')}H`;
}

/**
 * Fails where a PACS has not taken all that it was sent.
 * @param subject its address
 * @param reasons of the objects that it has not taken: a status of PS3.4 or PS3.18, or none
 * @throws SemblanceError PACS_STORE_REFUSED, with the first reason
 */
export function requireAllStored(
  subject: string,
  sent: number,
  reasons: readonly (number | undefined)[],
): void {
  if (reasons.length === 0) return;
  const [reason] = reasons;
  const why = reason === undefined ? 'It gives no reason' : `Reason ${statusText(reason)}`;
  const said = `${why}; not stored: ${reasons.length} of ${sent} objects.`;
  throw new SemblanceError('PACS_STORE_REFUSED', said, { subject });
}

import { newKey } from './history.ts';

/**
 * Own pictures, in the memory of this page only: a reload forgets them. Nothing is written to the
 * browser's storage, because a picture may show a patient.
 */
const pictures = new Map<string, { file: File; address: string }>();

/** So many pictures are kept; the oldest is dropped first. */
const LIMIT = 20;

/** Keeps a picture and returns its key. */
export function keepUpload(file: File): string {
  const key = newKey();
  pictures.set(key, { file, address: URL.createObjectURL(file) });
  const oldest = pictures.keys().next().value;
  if (pictures.size > LIMIT && oldest !== undefined) {
    const dropped = pictures.get(oldest);
    if (dropped) URL.revokeObjectURL(dropped.address);
    pictures.delete(oldest);
  }
  return key;
}

/** The picture of a key, with an address to show it by; null when it is gone. */
export function findUpload(key: string | null): { file: File; address: string } | null {
  return key === null ? null : (pictures.get(key) ?? null);
}

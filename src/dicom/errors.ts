import { SemblanceError } from '../domain/errors/error.ts';

/** The error of a file whose bytes are not what they promise; `detail` is a sentence. */
export function damaged(detail: string, cause?: unknown): SemblanceError {
  return new SemblanceError('DICOM_DAMAGED', detail, { cause });
}

/** The error of a whole file of a kind that is not read; `detail` is a sentence that names the kind. */
export function unsupported(detail: string): SemblanceError {
  return new SemblanceError('DICOM_UNSUPPORTED', detail);
}

/** A tag as the standard writes it, for messages: (0028,0010). */
export function tagText(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0').toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

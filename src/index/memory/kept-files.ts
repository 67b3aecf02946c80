import { rmSync } from 'node:fs';
import { removeAbandonedParts } from '../../files/part-name.ts';
import type { EmbeddingSource } from '../embedding-source.ts';

/** What the files lie beside. */
type Kept = Pick<EmbeddingSource, 'file'>;

/** The file that keeps the index of an encoder, beside its collection. */
export function indexFile({ file }: Kept, encoderId: number): string {
  return `${file}.${encoderId}.index`;
}

/**
 * Removes the kept index of an encoder: it is built anew when it is needed. To be called when images have gone, of
 * which nothing is to stay. A file that cannot be removed is written anew by the next search that can.
 */
export function forgetIndexFile(source: Kept, encoderId: number): void {
  attempt(() => rmSync(indexFile(source, encoderId), { force: true }));
  removeLeftParts(source, encoderId);
}

/** Removes what processes that were killed while they kept an index have left. */
export function removeLeftParts(source: Kept, encoderId: number): void {
  attempt(() => removeAbandonedParts(indexFile(source, encoderId)));
}

/** The folder may be one that is only read. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}

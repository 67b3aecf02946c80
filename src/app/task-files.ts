import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorData, errorData, toSemblanceError } from '../domain/errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { requireRoom } from '../files/room.ts';
import { writeWhole } from '../files/write-file.ts';
import { HEAD_BYTES, kindOf, notRecognised } from '../images/kind.ts';

/** What is taken, by its first bytes, and how its file ends. */
const ENDINGS: Readonly<Record<string, string>> = {
  PNG: '.png',
  JPEG: '.jpg',
  WebP: '.webp',
  TIFF: '.tif',
  BMP: '.bmp',
  DICOM: '.dcm',
  ZIP: '.zip',
};
/** So much of the disk stays free, in bytes. */
const KEEP_FREE = 1e9;

/** A file that somebody sends. */
export interface SentFile {
  /** As the sender calls it; it is told in errors, and kept nowhere: it may name a patient. */
  name: string;
  content: Uint8Array;
}

/**
 * Keeps files that were sent. Each is called by the hash of its content, so that the same one is kept once.
 * @param folder made when it is absent
 * @returns the names of those that were kept, and why others were not
 * @throws SemblanceError RECEIVED_FULL, DISK_FULL and others of writing
 */
export async function keepFiles(
  folder: string,
  files: readonly SentFile[],
): Promise<{ names: string[]; refused: ErrorData[] }> {
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    throw toSemblanceError(error, folder);
  }
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  await requireRoom(folder, KEEP_FREE, bytes);
  const names = new Set<string>();
  const refused: ErrorData[] = [];
  for (const { name, content } of files) {
    const head = content.subarray(0, HEAD_BYTES);
    const ending = ENDINGS[await kindOf(head)];
    if (ending === undefined) {
      refused.push({ ...errorData(await notRecognised(head)), subject: name });
      continue;
    }
    const kept = createHash('sha256').update(content).digest('hex') + ending;
    const path = join(folder, kept);
    if (!existsSync(path)) writeWhole(path, (sink) => sink(content));
    names.add(kept);
  }
  return { names: [...names], refused };
}

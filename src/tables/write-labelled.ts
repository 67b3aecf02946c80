import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { toSemblanceError } from '../domain/errors/error.ts';
import { CSV_NAME, STUDY_COLUMNS } from './columns.ts';
import type { LabelledSet } from './labelled.ts';

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Writes lines to a file that appears only when it is whole. */
async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  const partial = `${file}.partial`;
  const stream = createWriteStream(partial);
  const end = finished(stream);
  // Without this, an error before the end is awaited would count as unhandled.
  end.catch(() => undefined);
  try {
    let block: string[] = [];
    const flush = async () => {
      if (!stream.write(block.join(''))) await Promise.race([once(stream, 'drain'), end]);
      block = [];
    };
    for (const line of lines) {
      block.push(line, '\n');
      if (block.length >= 4096) await flush();
    }
    await flush();
    stream.end();
    await end;
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw toSemblanceError(error, file);
  }
}

function* labelledLines({ labels, images }: LabelledSet): Iterable<string> {
  yield [...STUDY_COLUMNS, ...labels].map(field).join(',');
  // The columns of a label are the same for all of its images.
  const oneHot = labels.map((_, label) => labels.map((_, i) => (i === label ? 1 : 0)).join(','));
  for (const image of images) {
    const { filepath, dataset, split, modality, anatomicRegion } = image;
    const texts = [filepath, dataset, split, modality, anatomicRegion].map(field).join(',');
    yield `${texts},${oneHot[image.label]}`;
  }
}

function* patientLines({ images }: LabelledSet): Iterable<string> {
  yield 'filepath,patient_id';
  for (const { filepath, patient } of images) {
    if (patient !== null) yield `${field(filepath)},${field(patient)}`;
  }
}

/**
 * Writes a labelled set as the study's CSV, and its patients, where any is known, to `NAME.patients.csv`
 * beside it: the CSV itself keeps exactly the columns that the study's programs expect.
 *
 * @returns the files written
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, DISK_FULL
 */
export async function writeLabelledSet(
  file: string,
  set: LabelledSet,
): Promise<{ csv: string; patients: string | null }> {
  const patients = `${file.replace(CSV_NAME, '')}.patients.csv`;
  const isKnown = set.images.some(({ patient }) => patient !== null);
  if (isKnown) await writeLines(patients, patientLines(set));
  await writeLines(file, labelledLines(set));
  return { csv: file, patients: isKnown ? patients : null };
}

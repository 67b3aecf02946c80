import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { CSV_NAME, findColumns, missingColumn, quoted } from './columns.ts';
import { readCsv } from './csv.ts';
import { fileKey } from './file-key.ts';
import { namesNothing } from './flag.ts';

/** The patients that a file beside a CSV names. */
export interface PatientList {
  /** Name of the file; null without one. */
  file: string | null;
  /** Patients by the key of the image's path. */
  byKey: Map<string, string>;
  /** What is to be said of the file. */
  notes: string[];
}

/**
 * Patients by path, from `NAME.patients.csv` or else `patients.csv` (filepath, patient_id) beside a CSV.
 * Without such a file the list is empty.
 * @param root folder that the paths are relative to
 * @throws SemblanceError PATH_NOT_READABLE, CSV_INVALID
 */
export async function readPatients(csv: string, root: string): Promise<PatientList> {
  const names = [`${basename(csv).replace(CSV_NAME, '')}.patients.csv`, 'patients.csv'];
  for (const name of names) {
    const file = join(dirname(csv), name);
    const exists = await stat(file).then(
      () => true,
      () => false,
    );
    if (exists && file !== csv) return readList(file, name, root);
  }
  return { file: null, byKey: new Map(), notes: [] };
}

async function readList(file: string, name: string, root: string): Promise<PatientList> {
  const list: PatientList = { file: name, byKey: new Map(), notes: [] };
  const unusable: number[] = [];
  const contrary: string[] = [];
  const invalid = (why: string) => new SemblanceError('CSV_INVALID', why, { subject: file });
  await readCsv(file, (header) => {
    const columns = findColumns(header);
    if (typeof columns === 'string') throw invalid(columns);
    const path = columns.study.get('filepath');
    const patient = columns.optional.get('patient');
    if (path === undefined || patient === undefined) {
      throw invalid(missingColumn(path === undefined ? 'filepath' : 'patient_id', header));
    }
    return (record) => {
      const given = path < record.length ? record.text(path) : '';
      const whom = patient < record.length ? record.text(patient) : '';
      if (given === '' || namesNothing(whom)) {
        unusable.push(record.line);
        return;
      }
      const key = fileKey(given, root);
      const known = list.byKey.get(key);
      if (known === undefined) list.byKey.set(key, whom);
      else if (known !== whom) {
        contrary.push(`line ${record.line} has ${quoted(whom)} for ${quoted(given)}`);
      }
    };
  });
  if (unusable.length > 0) {
    const lines = unusable.slice(0, 3).join(', ');
    list.notes.push(
      `${name}: ${unusable.length} rows lack a path or a patient and are left out (line ${lines}` +
        `${unusable.length > 3 ? ', ...' : ''}).`,
    );
  }
  if (contrary.length > 0) {
    list.notes.push(
      `${name}: ${contrary.length} rows name another patient than a row before: ${contrary[0]}. The first counts.`,
    );
  }
  return list;
}

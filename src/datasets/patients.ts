import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SemblanceError } from '../errors/error.ts';
import { CSV_NAME, OPTIONAL_COLUMNS } from './columns.ts';
import { readCsv } from './csv.ts';

/**
 * Patients by path, from `NAME.patients.csv` or else `patients.csv` (filepath, patient_id) beside a CSV.
 * Without such a file the map is empty.
 * @throws SemblanceError PATH_NOT_READABLE, CSV_INVALID
 */
export async function readPatients(csv: string): Promise<Map<string, string>> {
  const names = [`${basename(csv).replace(CSV_NAME, '')}.patients.csv`, 'patients.csv'];
  const files = names.map((name) => join(dirname(csv), name));
  const patients = new Map<string, string>();
  for (const file of files) {
    const exists = await stat(file).then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    await readCsv(file, (header) => {
      const path = header.indexOf('filepath');
      const patient = header.findIndex((name) =>
        (OPTIONAL_COLUMNS.patient as readonly string[]).includes(name),
      );
      const missing = path === -1 ? 'filepath' : patient === -1 ? 'patient_id' : null;
      if (missing !== null) {
        throw new SemblanceError('CSV_INVALID', `It has no column "${missing}".`, {
          subject: file,
        });
      }
      return (record) => {
        if (Math.max(path, patient) < record.length) {
          patients.set(record.text(path), record.text(patient));
        }
      };
    });
    break;
  }
  return patients;
}

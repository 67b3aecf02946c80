import { readCsv } from '../tables/csv.ts';

/** All records of a CSV as texts, the header first. */
export async function csvTexts(file: string): Promise<string[][]> {
  const all: string[][] = [];
  await readCsv(file, (columns) => {
    all.push(columns);
    return (record) => void all.push(record.texts());
  });
  return all;
}

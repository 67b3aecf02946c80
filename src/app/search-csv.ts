import { stringify } from 'csv-stringify/sync';
import type { PictureSearch } from '../contract/folder-search.ts';

/** Columns of a row: a picture and one of its neighbours. */
const COLUMNS = [
  'query',
  // Images of the collection with the picture's content, which are none of its neighbours.
  'query_in_collection',
  'good_match',
  'rank',
  'similarity',
  'probability',
  'image',
  'path',
  'labels',
  'patient',
  'study',
  'series',
  'near_duplicate',
  'group',
  'more_of_group',
  'error',
] as const;

/** The line with the names of the columns. */
export const searchCsvHead = (): string => stringify([[...COLUMNS]]);

/** Lists in one cell. */
const listed = (values: readonly string[]) => values.join('; ');

/** The rows of a picture: one for each neighbour; one that has none has a row too, and so has one that failed. */
export function searchCsvRows({ picture, result, error }: PictureSearch): string {
  if (result === undefined) {
    return rowsText([{ query: picture, error: `${error?.code}: ${error?.detail}` }]);
  }
  const { copies, verdict, neighbours } = result;
  const query = {
    query: picture,
    query_in_collection: listed(copies.map(({ path }) => path)),
    good_match: verdict === null ? '' : String(verdict.good),
  };
  if (neighbours.length === 0) return rowsText([query]);
  return rowsText(
    neighbours.map(({ rank, similarity, probability, image, nearDuplicate, group }) => ({
      ...query,
      rank,
      similarity,
      probability,
      image: image.id,
      path: image.path,
      labels: listed(image.labels),
      patient: image.patient,
      study: image.study,
      series: image.series,
      near_duplicate: String(nearDuplicate),
      group: group?.name,
      more_of_group: group?.more,
    })),
  );
}

type Row = Partial<Record<(typeof COLUMNS)[number], string | number | null | undefined>>;

const rowsText = (rows: readonly Row[]): string =>
  stringify(rows.map((row) => COLUMNS.map((column) => row[column] ?? '')));

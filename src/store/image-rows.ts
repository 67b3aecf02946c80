import { SemblanceError } from '../domain/errors/error.ts';
import type { Connection } from './connection.ts';
import { type ContentRow, contentNameOf } from './content-name.ts';
import { type Described, describedBy } from './described-fields.ts';
import { readValues } from './read-values.ts';
import { decodingOf, type ImageDescription, type ImageRecord } from './records.ts';

/** An image as it is stored. */
export interface ImageRow extends ContentRow {
  id: number;
  bytes: number | null;
  width: number | null;
  height: number | null;
  fields: string;
  facts: string | null;
}

export const IMAGE_COLUMNS =
  'id, source_id, path, frame, content_hash, bytes, width, height, fields, facts';

/** What a stored description says. */
export type Describe = (fields: string) => Described;

export function toDescription({ path, fields }: ImageRow, describe: Describe): ImageDescription {
  return { path, ...describe(fields) };
}

export function toRecord(row: ImageRow, describe: Describe): ImageRecord {
  const { source_id, path, frame, content_hash } = row;
  return {
    ...toDescription(row, describe),
    id: row.id,
    frame,
    // Worked out where it is asked for: most who read millions do not.
    get contentHash() {
      return contentNameOf({ source_id, path, frame, content_hash });
    },
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    decoding: decodingOf(row),
  };
}

/**
 * What is stored of images, parsed.
 * @throws SemblanceError COLLECTION_DAMAGED
 */
export function parsedRows<R extends Pick<ImageRow, 'id' | 'fields'>, T>(
  connection: Connection,
  rows: readonly R[],
  parse: (row: R, describe: Describe) => T,
): T[] {
  if (rows.length === 0) return [];
  const values = readValues(
    connection,
    rows.map(({ fields }) => fields),
  );
  const known = new Map<string, Described>();
  const describe = (fields: string) => {
    // Most images share their description with many others.
    const found = known.get(fields) ?? describedBy(fields, values);
    known.set(fields, found);
    return found;
  };
  return rows.map((row) => {
    try {
      return parse(row, describe);
    } catch (cause) {
      const why = `What is stored of image ${row.id} cannot be read.`;
      throw new SemblanceError('COLLECTION_DAMAGED', why, { subject: connection.file, cause });
    }
  });
}

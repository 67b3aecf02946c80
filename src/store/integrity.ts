import { SemblanceError } from '../domain/errors/error.ts';
import type { Connection } from './connection.ts';
import { valueIdsOf } from './described-fields.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import type { EncoderTable } from './encoder-table.ts';
import type { ImageTable } from './image-table.ts';

/** Images that are compared at a time. */
const PIECE = 1000;
/** So many faults of a kind are told one by one. */
const TOLD = 20;

/** What a check of a collection found. */
export interface Integrity {
  /** Each fault in one sentence; none when the collection is whole. */
  faults: string[];
  /** Faults beyond those that are listed. */
  more: number;
  /** Encoders whose embeddings could not be compared with what was kept when they were written. */
  unproved: string[];
  images: number;
}

/** Tables of a collection that a check looks at. */
interface Tables {
  connection: Connection;
  images: ImageTable;
  embeddings: EmbeddingTable;
  encoders: EncoderTable;
}

/**
 * Looks through everything in a collection's file: its pages and indices (SQLite's integrity check), the
 * links between tables, each embedding against the sum that was kept as it was written, its length and
 * values, and each image's fields, which filters go by, against its description.
 * @param onProgress images done so far
 */
export function checkIntegrity(
  { connection, images, embeddings, encoders }: Tables,
  onProgress: (done: number, total: number) => void = () => undefined,
): Integrity {
  const found: Integrity = { faults: [], more: 0, unproved: [], images: 0 };
  const tell = (fault: string) => {
    if (found.faults.length < TOLD) found.faults.push(fault);
    else found.more += 1;
  };
  /** Runs a part of the check; what cannot even be read is a fault, and the other parts go on. */
  const look = (work: () => void) => {
    try {
      work();
    } catch (error) {
      // What is no error of the registry comes from a value of another kind than is ever written.
      const isFault =
        !(error instanceof SemblanceError) ||
        ['COLLECTION_DAMAGED', 'IMAGE_NOT_FOUND'].includes(error.code);
      if (!isFault) throw error;
      tell(error instanceof Error ? error.message : String(error));
    }
  };
  look(() => {
    for (const line of connection.pragma('integrity_check')) if (line !== 'ok') tell(line);
    const broken = connection.pragma('foreign_key_check');
    if (broken.length > 0) tell(`${broken.length} rows name others that do not exist.`);
  });
  look(() => {
    for (const { id, name, dimension } of encoders.list()) {
      look(() => {
        if (!embeddings.check(id)) found.unproved.push(name);
        for (const [image, vector] of embeddings.each(id)) {
          if (vector.length !== dimension) {
            tell(`The embedding of image ${image} of "${name}" has ${vector.length} values.`);
          } else if (!vector.every(Number.isFinite)) {
            tell(`The embedding of image ${image} of "${name}" has a value that is no number.`);
          }
        }
      });
    }
  });
  look(() => {
    found.images =
      connection.get<{ n: number }>(
        'SELECT count(*) AS n FROM items NOT INDEXED WHERE value_id IS NULL',
      )?.n ?? 0;
    const kept = images.count();
    if (kept !== found.images) tell(`It has ${found.images} images; ${kept} were written.`);
    const last = connection.get<{ id: number | null }>('SELECT max(id) AS id FROM images')?.id ?? 0;
    let values = 0;
    for (let from = 0; from <= last; from += PIECE) {
      const rows = connection.all<{ id: number; fields: string }>(
        'SELECT id, fields FROM images WHERE id > ? AND id <= ?',
        from,
        from + PIECE,
      );
      for (const { id, fields } of rows) {
        look(() => {
          images.get(id);
          const ids = valueIdsOf(fields);
          values += ids.size;
          const noted = connection.get<{ n: number }>(
            'SELECT count(*) AS n FROM image_values WHERE image_id = ? AND value_id IN (SELECT value FROM json_each(?))',
            id,
            JSON.stringify([...ids]),
          );
          if (noted?.n !== ids.size) {
            tell(`The fields of image ${id} are not those of its description.`);
          }
        });
      }
      onProgress(Math.min(from + PIECE, last), last);
    }
    const all = connection.get<{ n: number }>('SELECT count(*) AS n FROM image_values')?.n ?? 0;
    if (all > values) tell(`${all - values} values are noted of images that do not have them.`);
    const unused = connection.get<{ n: number }>(
      'SELECT count(*) AS n FROM field_values WHERE id NOT IN (SELECT value_id FROM image_values)',
    );
    if (unused?.n) tell(`${unused.n} values are kept that no image has.`);
  });
  return found;
}

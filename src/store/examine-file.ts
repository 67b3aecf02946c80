import { statSync } from 'node:fs';
import { Connection } from './connection.ts';
import { connectToCopy } from './database.ts';
import { readVersion } from './layout-versions.ts';

/** Larger files are not looked through: that takes minutes. */
const LARGEST = 4e9;

/** What a SQLite file of the data directory is found to be. */
export interface ExaminedFile {
  /** Version of its layout. */
  layout: number;
  bytes: number;
  /** What SQLite's quick check finds; undefined where the file is too large for it. */
  faults: string[] | undefined;
}

/**
 * Looks at a file as it is: nothing of it is changed, whatever its layout.
 * @param look is asked about what is in it
 * @throws SemblanceError COLLECTION_DAMAGED, COLLECTION_NOT_FOUND, PATH_NOT_READABLE, HOME_READ_ONLY
 */
export function examineFile<T>(
  file: string,
  look: (connection: Connection, layout: number) => T,
): ExaminedFile & { seen: T } {
  const open = () => ({ db: connectToCopy(file), frozen: undefined });
  const connection = new Connection(file, false, undefined, open);
  try {
    const layout = connection.coded(() => readVersion(connection.db));
    const bytes = statSync(file).size;
    const lines = bytes > LARGEST ? undefined : connection.pragma('quick_check(5)');
    const faults = lines?.filter((line) => line !== 'ok');
    return { layout, bytes, faults, seen: look(connection, layout) };
  } finally {
    connection.close();
  }
}

/** How many images and embeddings a collection of the present layout has. */
export function countsOf(connection: Connection): { images: number; embeddings: number } {
  const [images = 0] = connection.column<number>('SELECT count(*) FROM images');
  const [embeddings = 0] = connection.column<number>('SELECT count(*) FROM embeddings');
  return { images, embeddings };
}

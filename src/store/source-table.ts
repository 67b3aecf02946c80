import { isAbsolute, join, sep } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { memberPath } from '../files/archive.ts';
import type { Connection } from './connection.ts';
import { HAS_FILE } from './content-name.ts';

/** Where an image of some content is. */
export interface ImagePlace {
  id: number;
  sourceId: number;
  path: string;
  /** Which picture of its file, from 1. */
  frame: number;
  /** Absolute path of its file. */
  file: string;
}

function fileOf(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/** The folders that were indexed, and where the images are on the disk. */
export class SourceTable {
  constructor(private readonly connection: Connection) {}

  /** The id of a source folder, registered when it is new. */
  register(root: string): number {
    return this.connection.write(() => {
      this.connection.run(
        'INSERT INTO sources (root) VALUES (?) ON CONFLICT (root) DO NOTHING',
        root,
      );
      const row = this.connection.get('SELECT id FROM sources WHERE root = ?', root);
      return (row as { id: number }).id;
    });
  }

  /** The folders that were indexed. */
  list(): { id: number; root: string }[] {
    return this.connection.all('SELECT id, root FROM sources ORDER BY id');
  }

  /**
   * Absolute path of an image's file.
   * @throws SemblanceError IMAGE_NOT_FOUND
   */
  filePath(imageId: number): string {
    const row = this.connection.get<{ root: string; path: string }>(
      'SELECT root, path FROM images JOIN sources ON sources.id = source_id WHERE images.id = ?',
      imageId,
    );
    if (row === undefined) {
      throw new SemblanceError('IMAGE_NOT_FOUND', `The collection has no image ${imageId}.`);
    }
    return fileOf(row.root, row.path);
  }

  /** Where the images with this object are, by id. */
  placesOfObject(hash: string): ImagePlace[] {
    return this.places('content_hash = ?', hash);
  }

  /** Where the images of a source are whose files were read, by id. */
  placesOfSource(sourceId: number): ImagePlace[] {
    return this.places(`source_id = ? AND ${HAS_FILE}`, sourceId);
  }

  /**
   * Ids of the images at a path or in a folder.
   * @param absolute where it is on the disk
   * @param written as a source's images name it; taken when the disk's path names none
   */
  idsOfPath(absolute: string, written: string): number[] {
    const rows = this.connection.all<{ id: number; path: string; root: string }>(
      'SELECT images.id, path, root FROM images JOIN sources ON sources.id = source_id',
    );
    const within = (path: string, folder: string, separator: string) =>
      path === folder ||
      path.startsWith(folder.endsWith(separator) ? folder : folder + separator) ||
      path.startsWith(memberPath(folder, ''));
    const found = rows.filter(({ root, path }) => within(fileOf(root, path), absolute, sep));
    const named = found.length > 0 ? found : rows.filter(({ path }) => within(path, written, '/'));
    return named.map(({ id }) => id);
  }

  private places(condition: string, ...params: unknown[]): ImagePlace[] {
    const rows = this.connection.all<Omit<ImagePlace, 'file'> & { root: string }>(
      `SELECT images.id, source_id AS sourceId, path, frame, root FROM images
       JOIN sources ON sources.id = source_id WHERE ${condition} ORDER BY images.id`,
      ...params,
    );
    return rows.map(({ root, ...place }) => ({ ...place, file: fileOf(root, place.path) }));
  }
}

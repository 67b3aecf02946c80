import { sep } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import type { IdBitmap } from '../domain/id-bitmap.ts';
import { memberPath } from '../files/archive.ts';
import { placeOf } from '../files/place-of.ts';
import type { Connection } from './connection.ts';
import { HAS_FILE } from './content-name.ts';
import type { HiddenPaths } from './hidden-paths.ts';

/** Places read at a time. */
const PIECE = 1000;

/** Where an image of some content is. */
export interface ImagePlace {
  id: number;
  sourceId: number;
  path: string;
  /** Which picture of its file, from 1. */
  frame: number;
  /** Absolute path of its file. */
  file: string;
  /** What that path is called, where it names somebody. */
  called: string;
}

function calledOf({ root, path }: StoredPlace): string {
  return placeOf(root, path);
}

type StoredPlace = { sourceId: number; root: string; path: string };

/** The folders that were indexed, and where the images are on the disk. */
export class SourceTable {
  constructor(
    private readonly connection: Connection,
    private readonly hidden: HiddenPaths,
  ) {}

  /** The id of a source folder, registered when it is new. */
  register(root: string): number {
    return this.connection.write(() => {
      const known = this.list().find((source) => source.root === root);
      return known?.id ?? this.connection.insert('INSERT INTO sources (root) VALUES (?)', root);
    });
  }

  /** The folders that were indexed. */
  list(): { id: number; root: string }[] {
    const sql = 'SELECT id, root FROM sources ORDER BY id';
    return this.connection
      .all<{ id: number; root: string }>(sql)
      .map(({ id, root }) => ({ id, root: this.hidden.rootOnDisk(root) }));
  }

  /**
   * Absolute path of an image's file, and what it is called.
   * @throws SemblanceError IMAGE_NOT_FOUND
   */
  filePath(imageId: number): { file: string; called: string } {
    const row = this.connection.get<StoredPlace>(
      'SELECT source_id AS sourceId, root, path FROM images JOIN sources ON sources.id = source_id WHERE images.id = ?',
      imageId,
    );
    if (row === undefined) {
      throw new SemblanceError('IMAGE_NOT_FOUND', `The collection has no image ${imageId}.`);
    }
    return { file: this.fileOf(row), called: calledOf(row) };
  }

  /** Where the images with this object are, by id. */
  placesOfObject(hash: string): ImagePlace[] {
    return this.places('content_hash = ?', hash);
  }

  /** The images of a source whose files were read. */
  idsOfSource(sourceId: number): IdBitmap {
    return this.connection.idSet(
      `SELECT id FROM images WHERE source_id = ? AND ${HAS_FILE}`,
      sourceId,
    );
  }

  /** Where some images are, by id, read piece by piece: few of millions are in memory at a time. */
  *placesOf(ids: IdBitmap): Generator<ImagePlace> {
    for (let at = 0; at < ids.size; at += PIECE) {
      const piece = JSON.stringify(ids.slice(at, PIECE));
      yield* this.places('images.id IN (SELECT value FROM json_each(?))', piece);
    }
  }

  /** Where a place leads, or one above it, in which pseudonyms stand for names; undefined where nothing is known. */
  placeCalled(called: string): string | undefined {
    for (const { id, root } of this.list()) {
      const path = called.startsWith(placeOf(root, '')) && called.slice(placeOf(root, '').length);
      const found = path && this.hidden.below(id, path);
      if (found) return placeOf(root, found);
    }
    return undefined;
  }

  /**
   * Ids of the images at a path or in a folder.
   * @param absolute where it is on the disk
   * @param written as a source's images name it; taken when the disk's path names none
   */
  idsOfPath(absolute: string, written: string): number[] {
    const within = (path: string, folder: string, separator: string) =>
      path === folder ||
      path.startsWith(folder.endsWith(separator) ? folder : folder + separator) ||
      path.startsWith(memberPath(folder, ''));
    const [found, named]: [number[], number[]] = [[], []];
    const sql = `SELECT images.id AS id, source_id AS sourceId, path, root FROM images
      JOIN sources ON sources.id = source_id WHERE images.id > ? ORDER BY images.id LIMIT ?`;
    for (const piece of this.connection.pieces<StoredPlace & { id: number }>(sql)) {
      for (const row of piece) {
        if (within(this.fileOf(row), absolute, sep)) found.push(row.id);
        else if (found.length === 0 && within(row.path, written, '/')) named.push(row.id);
      }
    }
    return found.length > 0 ? found : named;
  }

  private places(condition: string, ...params: unknown[]): ImagePlace[] {
    const rows = this.connection.all<Omit<ImagePlace, 'file' | 'called'> & { root: string }>(
      `SELECT images.id, source_id AS sourceId, path, frame, root FROM images
       JOIN sources ON sources.id = source_id WHERE ${condition} ORDER BY images.id`,
      ...params,
    );
    return rows.map(({ root, ...place }) => {
      const row = { root, ...place };
      return { ...place, file: this.fileOf(row), called: calledOf(row) };
    });
  }

  private fileOf({ sourceId, root, path }: StoredPlace): string {
    const onDisk = this.hidden.onDisk(sourceId, path);
    return placeOf(this.hidden.rootOnDisk(root), onDisk);
  }
}

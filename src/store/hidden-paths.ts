import { dirname } from 'node:path';
import type { Connection } from './connection.ts';
import { identityKey } from './identity-key.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { HIDDEN_PATHS } from './schema.ts';

/** What the names of folders and files begin with that stand for others. */
const MARK = '~';
const DIGITS = 16;
/** In place of a source: its own folder. */
const ROOT = 0;

/** Words of four letters and more, and numbers as long as a day. */
function longWords(name: string): string[] {
  return name.toLowerCase().match(/\p{L}{4,}|\d{8,}/gu) ?? [];
}

/** What a name of a folder or file is called where it names somebody. */
export function hiddenName(pseudonyms: Pseudonyms, name: string): string {
  return `${MARK}${pseudonyms.of('path', name, DIGITS)}`;
}

/**
 * Paths that name whom images are of. `items.path` and `sources.root` have pseudonyms in place of such names, and
 * what is on the disk is kept here, encrypted, so that the files can be opened.
 */
export class HiddenPaths {
  private exists = false;
  private made: Pseudonyms | undefined;

  constructor(private readonly connection: Connection) {}

  /** Where a path of the collection leads on the disk; itself where it hides nothing. */
  onDisk(sourceId: number, path: string): string {
    if (!path.includes(MARK) || !this.isThere()) return path;
    const sql = 'SELECT sealed FROM hidden_paths WHERE source_id = ? AND path = ?';
    const row = this.connection.get<{ sealed: Buffer }>(sql, sourceId, path);
    return row === undefined ? path : this.pseudonyms.open(row.sealed);
  }

  /** As `onDisk`, of a folder that hidden paths begin with, too; undefined where none does. */
  below(sourceId: number, folder: string): string | undefined {
    if (!this.isThere()) return undefined;
    const sql = `SELECT sealed FROM hidden_paths
       WHERE source_id = ? AND (path = ? OR substr(path, 1, ?) = ?) LIMIT 1`;
    const inside = `${folder}/`;
    const row = this.connection.get<{ sealed: Buffer }>(
      sql,
      sourceId,
      folder,
      inside.length,
      inside,
    );
    const depth = folder.split('/').length;
    return row && this.pseudonyms.open(row.sealed).split('/').slice(0, depth).join('/');
  }

  /** As `onDisk`, of the folder of a source. */
  rootOnDisk(root: string): string {
    return this.onDisk(ROOT, root);
  }

  /** What the collection calls a path of the disk; itself where it hides nothing. */
  inCollection(sourceId: number, onDisk: string): string {
    if (!this.isThere()) return onDisk;
    const sql = 'SELECT path FROM hidden_paths WHERE source_id = ? AND digest = ?';
    const row = this.connection.get<{ path: string }>(sql, sourceId, this.digest(onDisk));
    return row?.path ?? onDisk;
  }

  /** Keeps where a path leads. To be called in the transaction that stores it. */
  keep(sourceId: number, path: string, onDisk: string): void {
    if (path === onDisk || this.inCollection(sourceId, onDisk) === path) return;
    if (!this.isThere()) this.connection.db.exec(HIDDEN_PATHS);
    this.connection.run(
      'INSERT OR REPLACE INTO hidden_paths (source_id, path, digest, sealed) VALUES (?, ?, ?, ?)',
      sourceId,
      path,
      this.digest(onDisk),
      this.pseudonyms.seal(onDisk),
    );
  }

  /** Calls the folder of a source by another path. */
  keepRoot(sourceId: number, root: string, onDisk: string): void {
    this.connection.write(() => {
      this.keep(ROOT, root, onDisk);
      this.connection.run('UPDATE sources SET root = ? WHERE id = ?', root, sourceId);
    });
  }

  /** Forgets a path that no image has any more. */
  dropUnused(sourceId: number, path: string): void {
    if (!path.includes(MARK) || !this.isThere()) return;
    this.connection.run(
      `DELETE FROM hidden_paths WHERE source_id = ? AND path = ?
       AND NOT EXISTS (SELECT 1 FROM items WHERE items.source_id = hidden_paths.source_id AND items.path = hidden_paths.path)`,
      sourceId,
      path,
    );
  }

  /** How many paths of a source are hidden, and what the first is called. */
  count(sourceId: number): { count: number; example: string | null } {
    if (!this.isThere()) return { count: 0, example: null };
    const sql =
      'SELECT count(*) AS count, min(path) AS example FROM hidden_paths WHERE source_id = ?';
    return this.connection.get(sql, sourceId) as { count: number; example: string | null };
  }

  /**
   * Puts pseudonyms in place of the names that paths of the collection hide, in any path of the disk; also of names that share a
   * longer word or a day with them, as a letter beside the pictures does.
   */
  renamer(): (onDisk: string) => string {
    if (!this.isThere()) return (onDisk) => onDisk;
    const rows = this.connection.all<{ path: string; sealed: Buffer }>(
      'SELECT path, sealed FROM hidden_paths',
    );
    const names = new Set<string>();
    for (const { path, sealed } of rows) {
      const [before, now] = [this.pseudonyms.open(sealed), path].map((each) => each.split('/'));
      before?.forEach((name, i) => {
        if (now?.[i]?.startsWith(MARK)) names.add(name);
      });
    }
    const words = new Set([...names].flatMap(longWords));
    const isTold = (name: string) =>
      names.has(name) || longWords(name).some((word) => words.has(word));
    return (onDisk) =>
      onDisk
        .split('/')
        .map((name) => (isTold(name) ? hiddenName(this.pseudonyms, name) : name))
        .join('/');
  }

  /** What of a path can be looked for and not read. */
  digest(onDisk: string): Buffer {
    return this.pseudonyms.hash('whole path', onDisk);
  }

  /** A text that only this data directory reads. */
  seal(text: string): Buffer {
    return this.pseudonyms.seal(text);
  }

  /** @throws SemblanceError COLLECTION_DAMAGED */
  open(sealed: Uint8Array): string {
    return this.pseudonyms.open(sealed);
  }

  private get pseudonyms(): Pseudonyms {
    this.made ??= new Pseudonyms(identityKey(dirname(this.connection.file)));
    return this.made;
  }

  /** Only a collection that hides a path has the table. */
  private isThere(): boolean {
    this.exists ||= this.connection.hasTable('hidden_paths');
    return this.exists;
  }
}

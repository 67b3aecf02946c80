import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { FolderListing } from '../contract/tasks.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';

/** Entries of a folder that are listed. */
const LISTED = 2000;
/** Files that can be indexed though they are no folders. */
const SOURCE = /\.(csv|tsv|zip)$|^dicomdir$/i;

/** The folders of this machine that others may have read, with what lies in them. */
export class AllowedFolders {
  private readonly roots: readonly string[];

  /**
   * @param roots folders; none may be read where there are none
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, USAGE
   */
  constructor(roots: readonly string[]) {
    this.roots = [...new Set(roots.map(realFolder))];
  }

  get any(): boolean {
    return this.roots.length > 0;
  }

  /**
   * The place itself that a path leads to, links followed.
   * @throws SemblanceError FOLDER_NOT_ALLOWED for one outside, also where nothing is there: it is not told what is
   */
  resolve(path: string): string {
    const refused = () =>
      new SemblanceError('FOLDER_NOT_ALLOWED', 'It is in no folder that may be read.', {
        subject: path,
      });
    const absolute = resolve(path);
    let real: string;
    try {
      real = realpathSync(absolute);
    } catch (error) {
      // Only of what lies inside it is said why.
      if (this.holds(absolute)) throw toSemblanceError(error, path);
      throw refused();
    }
    if (!this.holds(real)) throw refused();
    return real;
  }

  /**
   * What there is in a folder that may be indexed.
   * @param path undefined: the folders that may be read
   * @throws SemblanceError FOLDER_NOT_ALLOWED, PATH_NOT_FOUND, PATH_NOT_READABLE
   */
  list(path: string | undefined): FolderListing {
    const none = { files: [], others: 0, cut: false };
    if (path === undefined) {
      const folders = this.roots.map((root) => ({ name: root, path: root }));
      return { path: null, parent: null, folders, ...none };
    }
    const real = this.resolve(path);
    const above = dirname(real);
    const parent = this.roots.includes(real) || !this.holds(above) ? null : above;
    let entries: { name: string; isFolder: boolean }[];
    try {
      entries = readdirSync(real, { withFileTypes: true })
        .filter(({ name }) => !name.startsWith('.'))
        .map((entry) => ({ name: entry.name, isFolder: this.isFolder(real, entry) }))
        .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    } catch (error) {
      throw toSemblanceError(error, path);
    }
    const at = ({ name }: { name: string }) => ({ name, path: join(real, name) });
    const folders = entries.filter(({ isFolder }) => isFolder);
    const files = entries.filter(({ name, isFolder }) => !isFolder && SOURCE.test(name));
    return {
      ...{ path: real, parent },
      folders: folders.slice(0, LISTED).map(at),
      files: files.slice(0, LISTED).map(at),
      others: entries.length - folders.length - files.length,
      cut: Math.max(folders.length, files.length) > LISTED,
    };
  }

  private isFolder(
    folder: string,
    entry: { name: string; isDirectory(): boolean; isSymbolicLink(): boolean },
  ): boolean {
    if (!entry.isSymbolicLink()) return entry.isDirectory();
    try {
      const real = realpathSync(join(folder, entry.name));
      return this.holds(real) && statSync(real).isDirectory();
    } catch {
      return false;
    }
  }

  private holds(path: string): boolean {
    return this.roots.some(
      (root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep),
    );
  }
}

function realFolder(path: string): string {
  try {
    const real = realpathSync(resolve(path));
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw toSemblanceError(error, path);
  }
  throw new SemblanceError('USAGE', `"${basename(path)}" is no folder.`, { subject: path });
}

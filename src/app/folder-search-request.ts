import type { FolderQuery } from '../contract/folder-search.ts';

/** A search with each picture of a folder, each alone. */
export interface FolderSearchRequest extends FolderQuery {
  collection: string;
  /** Its pictures are found as `index` finds them. */
  folder: string;
  /**
   * File of a row for each neighbour of each picture, or what takes these rows as text. A file that was interrupted is
   * gone on with when nothing that it depends on has changed.
   */
  csv?: string | ((rows: string) => void) | undefined;
}

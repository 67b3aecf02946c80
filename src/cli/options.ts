/** Options of every command. */
export interface GlobalOptions {
  /** Folder of the collections. */
  home?: string;
  /** Machine-readable output. */
  json?: boolean;
}

/** The collection used when none is named. */
export const DEFAULT_COLLECTION = 'default';

/** The option that names the collection. */
export const COLLECTION_OPTION = ['-c, --collection <name>', 'collection'] as const;

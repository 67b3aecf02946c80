import { posix } from 'node:path';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { withSlashes } from '../../tables/file-key.ts';

/** HDF5 knows no leading slash and no empty step; other spellings of a path are the same path, too. */
export function pathKey(path: string): string {
  const found = posix.normalize(withSlashes(path)).replace(/^\/+|\/+$/g, '');
  // One text is kept of those that are equal.
  return found === path ? path : found;
}

/** Rows by their keys, as long as the list of paths is in use: many parts of a set are looked up in one list. */
const known = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function rowsByKey(paths: readonly string[]): ReadonlyMap<string, number> {
  const found = known.get(paths) ?? new Map(paths.map((path, row) => [pathKey(path), row]));
  known.set(paths, found);
  return found;
}

/**
 * Finds the rows of images in a matrix by their paths.
 * @returns `rows`: for each path its row, or -1; `missing`: EMBEDDING_MISSING for each without one
 */
export function findRows(
  matrix: Pick<EmbeddingMatrix, 'paths'>,
  paths: readonly string[],
): { rows: Int32Array; missing: SemblanceError[] } {
  const byPath = rowsByKey(matrix.paths);
  const missing: SemblanceError[] = [];
  const rows = Int32Array.from(paths, (path) => {
    const row = byPath.get(pathKey(path));
    if (row === undefined) {
      missing.push(
        new SemblanceError('EMBEDDING_MISSING', 'The archive has no embedding of this path.', {
          subject: path,
        }),
      );
    }
    return row ?? -1;
  });
  return { rows, missing };
}

import { posix } from 'node:path';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { withSlashes } from '../../tables/file-key.ts';

/** HDF5 knows no leading slash and no empty step; other spellings of a path are the same path, too. */
export function pathKey(path: string): string {
  return posix.normalize(withSlashes(path)).replace(/^\/+|\/+$/g, '');
}

/**
 * Finds the rows of images in a matrix by their paths.
 * @returns `rows`: for each path its row, or -1; `missing`: EMBEDDING_MISSING for each without one
 */
export function findRows(
  matrix: EmbeddingMatrix,
  paths: readonly string[],
): { rows: Int32Array; missing: SemblanceError[] } {
  const byPath = new Map(matrix.paths.map((path, row) => [pathKey(path), row]));
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

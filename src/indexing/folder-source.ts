import { readdir } from 'node:fs/promises';
import { dirname, extname, join, relative, sep } from 'node:path';
import { toSemblanceError } from '../errors/error.ts';
import { IMAGE_EXTENSIONS } from '../images/format.ts';
import type { ImageDescription } from '../store/records.ts';
import type { Source } from './source.ts';

/**
 * Lists the image files of a folder; the label of each is the folder that it lies in.
 * @param root absolute path
 * @throws SemblanceError PATH_NOT_READABLE
 */
export async function readFolderSource(root: string): Promise<Source> {
  const source: Source = { root, images: [], failures: [] };
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (IMAGE_EXTENSIONS.has(extname(entry.name).toLowerCase())) {
          source.images.push(describeByPlace(root, path));
        }
      }
    } catch (error) {
      const failure = toSemblanceError(error, folder);
      if (folder === root) throw failure;
      source.failures.push(failure);
    }
  }
  source.images.sort((a, b) => (a.path < b.path ? -1 : 1));
  return source;
}

function describeByPlace(root: string, file: string): ImageDescription {
  const path = relative(root, file).split(sep).join('/');
  const folder = dirname(path);
  return {
    path,
    patient: null,
    study: null,
    series: null,
    labels: folder === '.' ? [] : [folder],
    metadata: {},
  };
}

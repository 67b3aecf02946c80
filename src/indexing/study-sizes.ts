import type { Objects } from '../objects/objects.ts';
import type { Source } from './source.ts';

/**
 * How many of the images of a PACS are of each of its studies, in the order in which it lists them; undefined for
 * another source.
 */
export function studySizes({ root, images }: Source, objects: Objects): number[] | undefined {
  if (objects.at(root).onDisk) return undefined;
  const sizes = new Map<string, number>();
  for (const { path } of images) {
    const study = path.split('/', 2).join('/');
    sizes.set(study, (sizes.get(study) ?? 0) + 1);
  }
  return [...sizes.values()];
}

import type { References } from '../dicom/references.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { placeOf } from '../files/place-of.ts';
import { forEach } from '../tables/files.ts';
import { LeftOutCount } from './left-out.ts';
import type { Source } from './source.ts';

/**
 * The part of a source that Key Object Selections in it refer to; pictures that are no DICOM stay. References are by
 * identifiers of the files, so they are followed before these become pseudonyms.
 * @param told what messages call a path
 * @throws SemblanceError SOURCE_EMPTY when no image is referred to
 */
export async function onlyKeyImages(
  source: Source,
  pool: PreprocessPool,
  told: (path: string) => string,
): Promise<Source> {
  const found = new Array<References | undefined>(source.images.length);
  await forEach(source.images, async ({ path }, i) => {
    // What cannot be read is said when it is to be read.
    found[i] = await pool.references({ path: placeOf(source.root, path) }).catch(() => undefined);
  });
  const chosen = new Map<string, Set<number> | 'all'>();
  const selections = new Map<string, string>();
  for (const [i, references] of found.entries()) {
    for (const { instance, frames } of references?.selected ?? []) {
      selections.set(instance, source.images[i]?.path ?? '');
      const before = chosen.get(instance);
      if (frames === undefined || before === 'all') chosen.set(instance, 'all');
      else chosen.set(instance, new Set([...(before ?? []), ...frames]));
    }
  }
  const leftOut = new LeftOutCount();
  const images = source.images.flatMap((image, i) => {
    const of = found[i]?.image;
    if (of === undefined) return [image];
    const frames = chosen.get(of.instance);
    selections.delete(of.instance);
    if (frames !== undefined) {
      return [{ ...image, frames: frames === 'all' ? 'all' : [...frames].join() }];
    }
    leftOut.add(NOT_SELECTED, told(image.path));
    return [];
  });
  for (const path of selections.values()) leftOut.add(ABSENT, told(path));
  const dicom = found.filter((references) => references?.image !== undefined).length;
  if (dicom > 0 && !images.some(({ frames }) => frames !== undefined)) {
    const documents = found.filter((references) => references?.selected !== undefined).length;
    throw new SemblanceError(
      'SOURCE_EMPTY',
      `None of its ${dicom} DICOM images is a key image: it has ${documents} Key Object Selections, which refer to ${chosen.size} others.`,
      { subject: source.root },
    );
  }
  return { ...source, images, leftOut: [...source.leftOut, ...leftOut.list()] };
}

const NOT_SELECTED = 'not a key image';
const ABSENT = 'absent key image';

import type { Level } from '../domain/levels.ts';
import type { QueryPart } from '../domain/query.ts';
import type { Filter } from '../domain/search-language/filter.ts';
import type { Slices } from '../runtime/slices.ts';
import type { Selected } from '../store/columns/descriptions.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { EmbeddedPart } from './embed-part.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { areNearDuplicates, cosine, hammingDistance } from './near-duplicate.ts';

/**
 * What a search may find of what its filter selected.
 * @param instancesOnly whether those that are not known to be of a SOP instance are left out
 */
export function mayBeFound(
  state: ReadableCollection,
  { filter = [], instancesOnly = false }: { filter?: Filter; instancesOnly?: boolean | undefined },
  selected: Selected,
): Selected {
  if (!instancesOnly) return selected;
  return { ...selected, allowed: state.images.ofInstances(filter, selected.allowed) };
}

/** The images of the query itself, and those of its patients, studies or series. */
export async function excludedImages(
  state: ReadableCollection,
  parts: readonly EmbeddedPart[],
  levels: readonly Level[],
  slices: Slices,
): Promise<Set<number>> {
  const excluded = new Set(parts.flatMap(({ images }) => images));
  for (const level of levels) {
    const known = new Set<number>();
    for (const { part, images } of parts) {
      if (part.role === 'less') continue;
      for (const id of images) {
        // Those of one series are told together.
        if (known.has(id)) continue;
        for (const other of state.images.idsOfSame(level, id)) {
          known.add(other);
          excluded.add(other);
        }
        if (slices.over()) await slices.pause();
      }
    }
  }
  return excluded;
}

/** The images searched with whose patient, study or series is not known, so that nobody's are left out. */
export function unknownLevels(
  state: ReadableCollection,
  parts: readonly QueryPart[],
  levels: readonly Level[],
): string[] {
  const named = parts.flatMap((part) =>
    part.kind === 'image' && part.role !== 'less' ? [part.id] : [],
  );
  return levels.flatMap((level) => {
    const unknown = named.filter((id) => state.images.levelOf(level, id) === null);
    return unknown.length === 0
      ? []
      : [
          `The ${level} of image ${unknown.join(', ')} is not known: no other image is left out for it.`,
        ];
  });
}

/** Whether an image seems to be one of those searched with, in another form. */
export function isNearDuplicate(
  state: ReadableCollection,
  space: EmbeddingSpace,
  id: number,
  asked: readonly EmbeddedPart[],
): boolean {
  const hash = state.images.perceptualHash(id);
  if (hash === null) return false;
  return asked.some(
    (each) =>
      each.hash !== null &&
      areNearDuplicates(hammingDistance(hash, each.hash), () =>
        cosine(space.embeddingOf(state, id), each.vector),
      ),
  );
}

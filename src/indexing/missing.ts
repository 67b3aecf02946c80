import { readdirSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { ImagePlace } from '../store/source-table.ts';

/** The images of a source whose files are gone, as far as that can be told. */
export interface MissingImages {
  /** Their folder answers and lacks them. */
  gone: ImagePlace[];
  /** Their folder is unreachable or empty, as that of a disk that is not mounted: not to be removed. */
  unclear: ImagePlace[];
}

/** Names in a folder; none when it is empty, absent or may not be read. */
function namesIn(folder: string): Set<string> {
  try {
    return new Set(readdirSync(folder));
  } catch {
    return new Set();
  }
}

/**
 * Looks for the files of a source. A file is gone when its folder, or for an absent folder the nearest
 * one above it within the source, holds something but not the file. Where that folder is unreachable
 * or empty, or no file of the source is left at all, its disk may not be mounted, and nothing is told.
 * Images that were imported without their files are not looked for. Of what lists itself only its whole list tells.
 * @param listed places of all that such a one has
 */
export async function findMissing(
  store: CollectionStore,
  sourceId: number,
  root: string,
  listed?: ReadonlySet<string>,
): Promise<MissingImages> {
  const places = store.sources.placesOfSource(sourceId);
  const objects = new Objects().at(root);
  if (!objects.onDisk) {
    const gone = listed === undefined ? places : places.filter(({ file }) => !listed.has(file));
    return gone.length === places.length ? { gone: [], unclear: places } : { gone, unclear: [] };
  }
  const listings = new Map<string, Set<string>>();
  const listing = (folder: string): Set<string> => {
    const known = listings.get(folder) ?? namesIn(folder);
    listings.set(folder, known);
    return known;
  };
  /** Whether a folder, or what is left of the way to it, answers with content. */
  const answers = async (folder: string): Promise<boolean> => {
    if (listing(folder).size > 0) return true;
    const inside = relative(root, folder);
    if (inside === '' || inside.startsWith('..') || !(await objects.isGone(folder))) return false;
    return answers(dirname(folder));
  };
  const missing: MissingImages = { gone: [], unclear: [] };
  for (const place of places) {
    const folder = dirname(place.file);
    const name = basename(place.file);
    // The system has the last word: it may write a name in another form than the listing.
    if (listing(folder).has(name)) continue;
    if (await answers(folder)) {
      if (await objects.isGone(place.file)) missing.gone.push(place);
    } else missing.unclear.push(place);
  }
  if (missing.gone.length + missing.unclear.length === places.length) {
    return { gone: [], unclear: places };
  }
  return missing;
}

/**
 * Removes the images of a source whose files are gone; see `findMissing`.
 * @returns how many with which contents, and those of which it cannot be told, which stay
 */
export async function prune(
  store: CollectionStore,
  sourceId: number,
  root: string,
  listed?: ReadonlySet<string>,
): Promise<{ removed: number; contents: string[]; unclear: ImagePlace[] }> {
  const { gone, unclear } = await findMissing(store, sourceId, root, listed);
  const contents = gone.flatMap(({ id }) => store.images.contentHash(id) ?? []);
  return { removed: store.writer.remove(gone), contents, unclear };
}

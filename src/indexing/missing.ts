import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { systemCode } from '../domain/errors/error.ts';
import { lacksMember, listArchive, memberOf } from '../files/archive.ts';
import { isAddress } from '../files/place-of.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { ImagePlace } from '../store/source-table.ts';

/** The images of a source whose files are gone, as far as that can be told. */
export interface MissingImages {
  /** Their folder answers and lacks them. */
  gone: ImagePlace[];
  /** Their folder is unreachable or empty, as that of a disk that is not mounted: not to be removed. */
  unclear: ImagePlace[];
}

/** Whether the system says that there is no such file; trouble in looking is not that. */
export function isGone(file: string): boolean {
  // Only the PACS knows.
  if (isAddress(file)) return false;
  const member = memberOf(file);
  // Where its archive was not listed before, it may be there.
  if (member !== undefined) return lacksMember(member.archive, member.name) === true;
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    return systemCode(error) === 'ENOTDIR';
  }
}

/** Lists the archives that images lie in, so that `isGone` can tell of their members. */
export async function listArchives(places: readonly ImagePlace[]): Promise<void> {
  for (const archive of new Set(places.map(({ file }) => memberOf(file)?.archive))) {
    // Of one that cannot be listed, nothing can be told.
    if (archive !== undefined) await listArchive(archive).catch(() => undefined);
  }
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
 * Images that were imported without their files are not looked for. Of a PACS only its whole list tells.
 * @param listed addresses of all that a PACS has
 */
export async function findMissing(
  store: CollectionStore,
  sourceId: number,
  root: string,
  listed?: ReadonlySet<string>,
): Promise<MissingImages> {
  const places = store.sources.placesOfSource(sourceId);
  if (isAddress(root)) {
    const gone = listed === undefined ? places : places.filter(({ file }) => !listed.has(file));
    return gone.length === places.length ? { gone: [], unclear: places } : { gone, unclear: [] };
  }
  await listArchives(places);
  const listings = new Map<string, Set<string>>();
  const listing = (folder: string): Set<string> => {
    const known = listings.get(folder) ?? namesIn(folder);
    listings.set(folder, known);
    return known;
  };
  /** Whether a folder, or what is left of the way to it, answers with content. */
  const answers = (folder: string): boolean => {
    if (listing(folder).size > 0) return true;
    const inside = relative(root, folder);
    if (inside === '' || inside.startsWith('..') || !isGone(folder)) return false;
    return answers(dirname(folder));
  };
  const missing: MissingImages = { gone: [], unclear: [] };
  for (const place of places) {
    const folder = dirname(place.file);
    const name = basename(place.file);
    // The system has the last word: it may write a name in another form than the listing.
    if (listing(folder).has(name)) continue;
    if (answers(folder)) {
      if (isGone(place.file)) missing.gone.push(place);
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

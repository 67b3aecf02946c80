import { opendirSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { IdBitmap } from '../domain/id-bitmap.ts';
import { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';

/** The images of a source whose files are gone, as far as that can be told. */
export interface MissingImages {
  /** Their folder answers and lacks them. */
  gone: IdBitmap;
  /** Their folder is unreachable or empty, as that of a disk that is not mounted: not to be removed. */
  unclear: IdBitmap;
}

/** So many names of files are in memory at once; those of a folder with more are asked for one by one. */
const MOST_NAMES = 200_000;

/** What is in folders: of a folder after the other all is looked up at once. */
class Listings {
  private readonly known = new Map<string, ReadonlySet<string>>();
  private names = 0;

  /** Names in a folder, of very many some; none when it is empty, absent or may not be read. */
  in(folder: string): ReadonlySet<string> {
    const known = this.known.get(folder);
    if (known !== undefined) return known;
    const names = namesIn(folder);
    if (this.names + names.size > MOST_NAMES) {
      this.known.clear();
      this.names = 0;
    }
    this.known.set(folder, names);
    this.names += names.size + 1;
    return names;
  }
}

function namesIn(folder: string): ReadonlySet<string> {
  const names = new Set<string>();
  try {
    const open = opendirSync(folder, { bufferSize: 1024 });
    try {
      for (let entry = open.readSync(); entry !== null; entry = open.readSync()) {
        names.add(entry.name);
        if (names.size === MOST_NAMES) break;
      }
    } finally {
      open.closeSync();
    }
  } catch {
    return new Set();
  }
  return names;
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
  const known = store.sources.idsOfSource(sourceId);
  const none = () => new IdBitmap(new Uint32Array(known.words.length));
  const [gone, unclear] = [none(), none()];
  const objects = new Objects().at(root);
  const listings = new Listings();
  /** Whether a folder, or what is left of the way to it, answers with content. */
  const answers = async (folder: string): Promise<boolean> => {
    if (listings.in(folder).size > 0) return true;
    const inside = relative(root, folder);
    if (inside === '' || inside.startsWith('..') || !(await objects.isGone(folder))) return false;
    return answers(dirname(folder));
  };
  for (const { id, file } of store.sources.placesOf(known)) {
    if (!objects.onDisk) {
      if (listed?.has(file) !== true) gone.add(id);
      continue;
    }
    const folder = dirname(file);
    // The system has the last word: it may write a name in another form than the listing.
    if (listings.in(folder).has(basename(file))) continue;
    if (await answers(folder)) {
      if (await objects.isGone(file)) gone.add(id);
    } else unclear.add(id);
  }
  return gone.size + unclear.size === known.size
    ? { gone: none(), unclear: known }
    : { gone, unclear };
}

/**
 * Removes the images of a source whose files are gone; see `findMissing`.
 * @returns how many with which contents, and of how many it cannot be told, which stay
 */
export async function prune(
  store: CollectionStore,
  sourceId: number,
  root: string,
  listed?: ReadonlySet<string>,
): Promise<{ removed: number; contents: string[]; unclear: number }> {
  const { gone, unclear } = await findMissing(store, sourceId, root, listed);
  const contents = [...gone].flatMap((id) => store.images.contentHash(id) ?? []);
  const removed = store.writer.remove(store.sources.placesOf(gone));
  return { removed, contents, unclear: unclear.size };
}

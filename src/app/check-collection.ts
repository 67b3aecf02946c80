import type { CollectionCheck } from '../contract/collections.ts';
import { errorData, toSemblanceError } from '../domain/errors/error.ts';
import { contentHash } from '../images/read.ts';
import type { Objects } from '../objects/objects.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { type Call, counting } from './call.ts';

/**
 * Looks through a collection for damage. One that cannot be opened has that as its fault.
 * @param objects where every image's file is read, too, and compared with what was indexed; undefined where it is not
 * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_NAME_INVALID
 */
export async function checkCollection(
  call: Call,
  directory: DataDirectory,
  name: string,
  objects: Objects | undefined,
): Promise<CollectionCheck> {
  let store: CollectionStore | undefined;
  try {
    store = directory.open(name);
    const integrity = store.check(counting(call, { unit: 'images', of: name }));
    const files = objects ? await checkFiles(call, store, name, objects) : null;
    return { collection: name, ...integrity, files };
  } catch (error) {
    call.signal?.throwIfAborted();
    const { title, detail, code } = errorData(toSemblanceError(error, name));
    if (code === 'COLLECTION_NOT_FOUND' || code === 'COLLECTION_NAME_INVALID') throw error;
    const faults = [`${title}: ${detail}`];
    return { collection: name, faults, more: 0, unproved: [], images: 0, files: null };
  } finally {
    store?.close();
  }
}

/** Reads the files of a collection one after the other. */
async function checkFiles(
  { signal, progress }: Call,
  store: CollectionStore,
  name: string,
  objects: Objects,
): Promise<CollectionCheck['files']> {
  const found = { changed: [] as string[], unreadable: [] as string[] };
  const sources = store.sources.list().map(({ id }) => store.sources.idsOfSource(id));
  const total = sources.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const source of sources) {
    for (const { id, file, called } of store.sources.placesOf(source)) {
      signal?.throwIfAborted();
      try {
        const bytes = await objects.at(file).read(file, signal);
        if (contentHash(bytes) !== store.images.fileHash(id)) found.changed.push(called);
      } catch {
        signal?.throwIfAborted();
        found.unreadable.push(called);
      }
      done += 1;
      progress?.(done, total, { unit: 'files', of: name });
    }
  }
  return found;
}

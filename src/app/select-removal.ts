import { SemblanceError } from '../domain/errors/error.ts';
import { absolutePlace } from '../files/place-of.ts';
import { findMissing, type MissingImages } from '../indexing/missing.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { RemovalRequest } from './selection.ts';

/**
 * The images that a request means, and how many may be missing but cannot be told to be.
 * @throws SemblanceError REQUEST_INVALID when it names none in particular, IMAGE_NOT_FOUND when a path
 *   leads to none
 */
export async function selectRemoval(
  store: CollectionStore,
  { ids, paths = [], filter = [], where = '', missing = false }: RemovalRequest,
): Promise<{ removed: { id: number; path: string }[]; unclear: number }> {
  const isSome = ids !== undefined || paths.length > 0 || missing;
  if (!isSome && filter.length === 0 && where === '') {
    throw new SemblanceError('REQUEST_INVALID', 'It does not say which images are to be removed.');
  }
  const selected = store.fields.filter(filter, where);
  const lost = missing ? await missingIn(store) : undefined;
  const named = paths.length > 0 ? idsOfPaths(store, paths) : undefined;
  const numbered = ids && new Set(ids.map((id) => store.images.get(id).id));
  const isFiltered = filter.length > 0 || where !== '';
  const sets = [numbered, named, lost?.gone, isFiltered && store.images.setWhere(selected)];
  const removed: { id: number; path: string }[] = [];
  for (const [id, path] of candidates(store, numbered ?? named)) {
    if (sets.every((set) => !set || set.has(id))) removed.push({ id, path });
  }
  return { removed, unclear: lost?.unclear ?? 0 };
}

/** Id and path of the images that may be meant, in the order of ids: of millions, those that are named are not looked for. */
function candidates(
  store: CollectionStore,
  ids: ReadonlySet<number> | undefined,
): Iterable<readonly [id: number, path: string]> {
  if (ids === undefined) return store.images.paths();
  return store.images.some([...ids]).map(({ id, path }) => [id, path] as const);
}

/** The images of all sources whose files are gone, and how many may be. */
async function missingIn(
  store: CollectionStore,
): Promise<{ gone: { has(id: number): boolean }; unclear: number }> {
  const found: MissingImages[] = [];
  for (const { id, root } of store.sources.list()) {
    found.push(await findMissing(store, id, root));
  }
  return {
    gone: { has: (id) => found.some(({ gone }) => gone.has(id)) },
    unclear: found.reduce((sum, { unclear }) => sum + unclear.size, 0),
  };
}

/**
 * The images of files, and those in folders.
 * @throws SemblanceError IMAGE_NOT_FOUND when one names none
 */
function idsOfPaths(store: CollectionStore, paths: readonly string[]): Set<number> {
  const ids = new Set<number>();
  for (const path of paths) {
    const found = store.sources.idsOfPath(absolutePlace(path), path);
    if (found.length === 0) {
      throw new SemblanceError('IMAGE_NOT_FOUND', 'The collection has no image there.', {
        subject: path,
      });
    }
    for (const id of found) ids.add(id);
  }
  return ids;
}

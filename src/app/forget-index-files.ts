import { forgetIndexFile } from '../index/memory/kept-files.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';

/** Removes the kept indices of a collection whose images have gone, so that nothing of them stays. */
export function forgetIndexFiles(store: ReadableCollection): void {
  for (const { id } of store.encoders.list()) forgetIndexFile(store, id);
}

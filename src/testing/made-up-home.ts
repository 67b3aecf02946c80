import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Semblance } from '../app/semblance.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import { type MadeUpOptions, madeUpCollection } from './made-up-collection.ts';

/** A data directory of its own with one made-up collection. */
export interface MadeUpHome {
  /** A folder for the test alone; the data directory lies in it. */
  folder: string;
  path: string;
  collection: string;
  semblance: Semblance;
  close(): Promise<void>;
}

/** @param prepare changes the collection or the data directory before they are opened */
export async function madeUpHome(
  options: MadeUpOptions,
  prepare?: (store: CollectionStore, path: string) => void,
): Promise<MadeUpHome> {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-made-up-'));
  const path = join(folder, 'home');
  const collection = 'made-up';
  mkdirSync(path);
  const { store } = madeUpCollection(join(path, `${collection}.db`), options);
  prepare?.(store, path);
  store.close();
  const semblance = await Semblance.open({ home: path });
  return {
    folder,
    path,
    collection,
    semblance,
    async close() {
      await semblance.close();
      rmSync(folder, { recursive: true });
    },
  };
}

import { schemeOf } from '../files/place-of.ts';
import { PacsKeys } from '../pacs/access.ts';
import { fileObjects } from './file-objects.ts';
import type { ObjectStore } from './object-store.ts';
import { PacsObjects } from './pacs-objects.ts';

/** All objects, wherever they lie. */
export class Objects {
  private pacs: PacsObjects | undefined;

  /** @param keys how PACS let somebody in; by default as the environment says */
  constructor(private readonly keys = new PacsKeys()) {}

  /** The store of a place, by the scheme of its address; of a path that of files. */
  at(place: string): ObjectStore {
    if (schemeOf(place) === undefined) return fileObjects;
    this.pacs ??= new PacsObjects(this.keys);
    return this.pacs;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.pacs?.close();
  }
}

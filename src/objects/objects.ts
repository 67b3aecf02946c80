import { schemeOf } from '../files/place-of.ts';
import { PacsKeys } from '../pacs/access.ts';
import { fileObjects } from './file-objects.ts';
import type { ObjectStore } from './object-store.ts';
import { type ArchiveWatch, PacsObjects } from './pacs-objects.ts';

/** All objects, wherever they lie. */
export class Objects {
  private pacs: PacsObjects | undefined;

  /**
   * @param keys how PACS let somebody in; by default as the environment says
   * @param watch is told what PACS are asked for
   */
  constructor(
    private readonly keys = new PacsKeys(),
    private readonly watch?: ArchiveWatch,
  ) {}

  /** The store of a place, by the scheme of its address; of a path that of files. */
  at(place: string): ObjectStore {
    if (schemeOf(place) === undefined) return fileObjects;
    this.pacs ??= new PacsObjects(this.keys, this.watch);
    return this.pacs;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.pacs?.close();
  }
}

import { freeMemory } from '../../runtime/free-memory.ts';
import type { FlatIndex } from './flat-index.ts';

/** An index that several layered ones share; it is freed with the last of them, and its rows with it. */
export class SharedLayer {
  private users = 1;

  constructor(readonly index: FlatIndex) {}

  keep(): this {
    this.users += 1;
    return this;
  }

  letGo(): void {
    this.users -= 1;
    // What cannot be freed concerns nobody.
    if (this.users === 0) this.free().catch(() => undefined);
  }

  private async free(): Promise<void> {
    await this.index.release();
    const { values, ids, inverses } = this.index.matrix;
    freeMemory([values, ids, inverses]);
  }
}

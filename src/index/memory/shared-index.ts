import type { VectorIndex } from '../vector-index.ts';

/**
 * The index of one state of a collection, while searches use it. Once another has taken its place it
 * is released with the last search that uses it.
 */
export class SharedIndex {
  private users = 0;
  private retired = false;

  constructor(
    /** The store's generation that it was built of. */
    readonly generation: number,
    readonly building: Promise<VectorIndex>,
  ) {}

  /** Runs a search; the index stays until it has ended. */
  async use<T>(work: (index: VectorIndex) => Promise<T>): Promise<T> {
    this.users += 1;
    try {
      return await work(await this.building);
    } finally {
      this.users -= 1;
      this.releaseUnused();
    }
  }

  /** No further search will use it. */
  retire(): void {
    this.retired = true;
    this.releaseUnused();
  }

  private releaseUnused(): void {
    if (!this.retired || this.users > 0) return;
    // One that could not be built holds nothing.
    this.building.then(
      (index) => index.release(),
      () => undefined,
    );
  }
}

import type { IdBitmap } from '../domain/id-bitmap.ts';

/** So many filters are remembered. */
const MAX_SETS = 32;
/** Bytes of all that are remembered: a set takes a bit for each id up to its highest. */
const MAX_BYTES = 64e6;

/**
 * The images that filters let through, in one state of a collection: the same filter gives the same set,
 * so that whoever works something out for a set (the rows of an index) can keep it with the set.
 */
export class FilteredSets {
  /** By filter, the last used one last. */
  private readonly kept = new Map<string, IdBitmap>();
  private state: string | undefined;
  private bytes = 0;

  /**
   * The set of a filter.
   * @param state name of the state that is read; sets of another one are let go of
   * @param find gives it where it is not remembered
   */
  get(state: string, filter: string, find: () => IdBitmap): IdBitmap {
    if (state !== this.state) {
      this.kept.clear();
      this.bytes = 0;
      this.state = state;
    }
    const known = this.kept.get(filter);
    this.kept.delete(filter);
    const set = known ?? find();
    this.kept.set(filter, set);
    if (known === undefined) this.bytes += set.words.byteLength;
    this.shrink();
    return set;
  }

  /** Lets go of those that were not used for longest. */
  private shrink(): void {
    for (const [filter, set] of this.kept) {
      if (this.kept.size <= MAX_SETS && this.bytes <= MAX_BYTES) return;
      this.kept.delete(filter);
      this.bytes -= set.words.byteLength;
    }
  }
}

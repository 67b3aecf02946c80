/** So many filters are remembered. */
const MAX_SETS = 32;
/** So many ids are remembered in all: a set takes about 30 bytes for each. */
const MAX_IDS = 2_000_000;

/**
 * The images that filters let through, in one state of a collection: the same filter gives the same set,
 * so that whoever works something out for a set (the rows of an index) can keep it with the set.
 */
export class FilteredSets {
  /** By filter, the last used one last. */
  private readonly kept = new Map<string, ReadonlySet<number>>();
  private state: string | undefined;
  private ids = 0;

  /**
   * The set of a filter.
   * @param state name of the state that is read; sets of another one are let go of
   * @param find gives the ids where they are not remembered
   */
  get(state: string, filter: string, find: () => Iterable<number>): ReadonlySet<number> {
    if (state !== this.state) {
      this.kept.clear();
      this.ids = 0;
      this.state = state;
    }
    const known = this.kept.get(filter);
    this.kept.delete(filter);
    const set = known ?? new Set(find());
    this.kept.set(filter, set);
    if (known === undefined) this.ids += set.size;
    this.shrink();
    return set;
  }

  /** Lets go of those that were not used for longest. */
  private shrink(): void {
    for (const [filter, set] of this.kept) {
      if (this.kept.size <= MAX_SETS && this.ids <= MAX_IDS) return;
      this.kept.delete(filter);
      this.ids -= set.size;
    }
  }
}

import { untilAborted } from '../../runtime/until-aborted.ts';
import type { EmbeddingSource, IndexedEncoder } from '../embedding-source.ts';
import type { VectorIndex } from '../vector-index.ts';
import { DamagedFileError } from './block-file.ts';
import type { OpenIndex } from './open-index.ts';

/**
 * The index of one state of a collection, while searches use it. Once another has taken its place it
 * is released with the last search that uses it.
 */
class SharedIndex {
  private users = 0;
  private retired = false;

  constructor(
    /** The store's generation that it was built of. */
    readonly generation: number,
    readonly building: Promise<VectorIndex>,
  ) {}

  /** Runs a search; the index stays until it has ended. */
  use<T>(work: (index: VectorIndex) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.holding(async () => work(await untilAborted(this.building, signal)));
  }

  /** Builds another index, by this one if it is there; it stays until that has ended. */
  lend(build: (previous?: VectorIndex) => Promise<VectorIndex>): Promise<VectorIndex> {
    return this.holding(async () => build(await this.building.catch(() => undefined)));
  }

  /** No further search will use it. */
  retire(): void {
    if (this.retired) return;
    this.retired = true;
    this.releaseUnused();
  }

  private async holding<T>(work: () => Promise<T>): Promise<T> {
    this.users += 1;
    try {
      return await work();
    } finally {
      this.users -= 1;
      this.releaseUnused();
    }
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

/** The index of the state that was asked for last: built once for all searches of it. */
export class CurrentIndex {
  private current: SharedIndex | undefined;
  private released = false;

  /**
   * Works with the index of a state.
   * @param build builds it from that state, which whoever builds it keeps until the index is there: others may
   *   wait for it, even when the signal came. It gets the index of the state before, if there is one, which stays
   *   until then
   * @param signal ends the wait for an index that others build; the work has to look at it itself
   * @throws what `build` and `work` throw; the signal's reason
   */
  async use<T>(
    generation: number,
    build: (previous?: VectorIndex) => Promise<VectorIndex>,
    work: (index: VectorIndex) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const known = this.current?.generation === generation ? this.current : undefined;
      const shared = known ?? this.make(generation, build);
      const wanted = async (index: VectorIndex) => {
        signal?.throwIfAborted();
        return work(index);
      };
      try {
        // Whoever builds it waits for it in any case.
        return await (known ? known.use(wanted, signal) : shared.use(wanted));
      } catch (error) {
        if (!(error instanceof DamagedFileError) || tries > 1) throw error;
        // A kept index may turn out to be damaged where it is read last: the next is not made of it.
        shared.retire();
        if (this.current === shared) this.current = undefined;
      } finally {
        // A search that began before the release ends after it.
        if (this.released) this.release();
      }
    }
  }

  /** Begins to build the index of a state; the one before leaves. */
  private make(
    generation: number,
    build: (previous?: VectorIndex) => Promise<VectorIndex>,
  ): SharedIndex {
    const before = this.current;
    const built = new SharedIndex(generation, before === undefined ? build() : before.lend(build));
    before?.retire();
    this.current = built;
    // The next search may have more luck, for instance with memory or an engine that is back.
    built.building.catch(() => {
      if (this.current === built) this.current = undefined;
    });
    return built;
  }

  /** Frees the index with the last search that uses it. */
  release(): void {
    this.released = true;
    this.current?.retire();
    this.current = undefined;
  }
}

/**
 * Works with the index of a state, which is opened for that alone.
 * @throws what opening it and `work` throw
 */
export async function onceWithIndex<T>(
  open: OpenIndex,
  source: EmbeddingSource,
  encoder: IndexedEncoder,
  work: (index: VectorIndex) => Promise<T>,
): Promise<T> {
  const current = new CurrentIndex();
  try {
    return await current.use(source.generation(encoder.id), () => open(source, encoder), work);
  } finally {
    current.release();
  }
}

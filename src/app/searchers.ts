import { isFusion, parseFusion } from '../domain/fusion.ts';
import type { LoadOptions } from '../encoding/encoders/model.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import type { OpenIndex } from '../index/memory/open-index.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { EncoderSpace } from '../search/encoder-space.ts';
import { openSpace } from '../search/open-space.ts';
import { Searcher } from '../search/searcher.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { StoredEncoder } from '../store/records.ts';

/** So many indices of fused encoders are kept. */
const FUSED_LIMIT = 2;

/** The searchers of an open collection, each made once; one whose encoder is described anew leaves. */
export class Searchers {
  /** By the encoder's id. */
  private readonly searchers = new Map<number, { searcher: Searcher; definition: string }>();
  /** Searchers of fused encoders, the last used one last. */
  private readonly fused = new Map<string, { searcher: Searcher; parts: readonly number[] }>();
  /** Searchers that nobody gets any more, each with the uses that may still hold it. */
  private readonly leaving = new Map<Searcher, Set<object>>();

  /** @param users uses of the collection under way */
  constructor(
    private readonly store: CollectionStore,
    private readonly pictures: PreprocessPool,
    private readonly openIndex: OpenIndex,
    private readonly users: ReadonlySet<object>,
    private readonly loading: LoadOptions,
  ) {}

  /** See `OpenCollection.searcher`. */
  get(encoders: string | undefined, needsText: boolean): Searcher {
    const { store } = this;
    if (!isFusion(encoders)) return this.searcherOf(chooseEncoder(store, encoders, needsText));
    const stored = parseFusion(encoders).map(({ name }) => chooseEncoder(store, name, needsText));
    const key = JSON.stringify([encoders, stored.map((e) => [e.id, e.definition])]);
    let known = this.fused.get(key);
    if (known === undefined) {
      const spaceOf = (encoder: StoredEncoder) => this.searcherOf(encoder).space;
      const space = openSpace(store, encoders, needsText, spaceOf);
      const searcher = new Searcher(store, space, this.pictures);
      known = { searcher, parts: stored.map(({ id }) => id) };
    }
    // Each has an index of its own, and weights can be chosen without end: few are kept.
    this.fused.delete(key);
    this.fused.set(key, known);
    const [oldest] = this.fused;
    if (this.fused.size > FUSED_LIMIT && oldest !== undefined) {
      this.fused.delete(oldest[0]);
      this.letGo(oldest[1].searcher);
    }
    return known.searcher;
  }

  /** A use has ended: what left and was held by it alone is freed. */
  ended(use: object): void {
    for (const [searcher, holders] of this.leaving) {
      holders.delete(use);
      if (holders.size === 0) this.free(searcher);
    }
  }

  /** Frees all, when nobody uses them. */
  async release(): Promise<void> {
    for (const { searcher } of this.fused.values()) await searcher.release();
    for (const { searcher } of this.searchers.values()) await searcher.release();
  }

  private searcherOf(encoder: StoredEncoder): Searcher {
    const { id, definition } = encoder;
    const known = this.searchers.get(id);
    if (known?.definition === definition) return known.searcher;
    // The description is renewed when the encoder's files move or a text tower is added.
    if (known !== undefined) this.retire(id, known.searcher);
    const space = new EncoderSpace(encoder, this.openIndex, this.loading);
    const searcher = new Searcher(this.store, space, this.pictures);
    this.searchers.set(id, { searcher, definition });
    return searcher;
  }

  /** An encoder is described anew: what worked by its old description leaves. */
  private retire(encoderId: number, searcher: Searcher): void {
    for (const [key, { searcher: fused, parts }] of this.fused) {
      if (!parts.includes(encoderId)) continue;
      this.fused.delete(key);
      this.letGo(fused);
    }
    this.letGo(searcher);
  }

  /** Frees a searcher that nobody gets any more, as soon as those who may hold it have ended. */
  private letGo(searcher: Searcher): void {
    if (this.users.size > 0) this.leaving.set(searcher, new Set(this.users));
    else this.free(searcher);
  }

  private free(searcher: Searcher): void {
    this.leaving.delete(searcher);
    // What cannot be freed concerns nobody.
    searcher.release().catch(() => undefined);
  }
}

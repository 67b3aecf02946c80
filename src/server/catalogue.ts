import type { DecodeLimits } from '../images/decode.ts';
import { PreprocessPool } from '../preprocess/pool.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { EncoderSpace } from '../search/encoder-space.ts';
import { parseFusion } from '../search/fusion.ts';
import { isFusion, openSpace } from '../search/open-space.ts';
import { Searcher } from '../search/searcher.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Home } from '../store/home.ts';
import type { StoredEncoder } from '../store/records.ts';
import { embeddedIndex, type OpenIndex } from '../vector-index/open-index.ts';

/** So many indices of fused encoders are kept. */
const FUSED_LIMIT = 2;

/** The collections that a server has open: each is opened once, and each index loaded once. */
export class Catalogue {
  private readonly stores = new Map<string, CollectionStore>();
  private readonly searchers = new Map<string, Searcher>();
  /** Searchers of fused encoders, the last used one last. */
  private readonly fused = new Map<string, Searcher>();
  /** Reads all pictures, so that none holds or ends the server. */
  readonly pictures: PreprocessPool;

  constructor(
    private readonly home: Home,
    limits: DecodeLimits,
    private readonly openIndex: OpenIndex = embeddedIndex,
  ) {
    this.pictures = new PreprocessPool({ limits });
  }

  /** Names of the collections there are now. */
  names(): string[] {
    return this.home.collections();
  }

  /**
   * A collection.
   * @throws SemblanceError COLLECTION_NOT_FOUND and those of the store
   */
  store(name: string): CollectionStore {
    let store = this.stores.get(name);
    if (store === undefined) {
      store = this.home.open(name);
      this.stores.set(name, store);
    }
    return store;
  }

  /**
   * The searcher of a collection and an encoder, or several that are fused (see `openSpace`).
   * @param needsText whether texts are searched with
   * @throws SemblanceError COLLECTION_EMPTY, ENCODER_NOT_FOUND, TEXT_NOT_SUPPORTED, REQUEST_INVALID
   */
  searcher(collection: string, encoders: string | undefined, needsText = false): Searcher {
    const store = this.store(collection);
    if (!isFusion(encoders)) {
      return this.searcherOf(collection, chooseEncoder(store, encoders, needsText));
    }
    const stored = parseFusion(encoders).map(({ name }) => chooseEncoder(store, name, needsText));
    const key = JSON.stringify([collection, encoders, stored.map((e) => [e.id, e.definition])]);
    let searcher = this.fused.get(key);
    if (searcher === undefined) {
      const space = openSpace(
        store,
        encoders,
        needsText,
        (encoder) => this.searcherOf(collection, encoder).space,
      );
      searcher = new Searcher(store, space, this.pictures);
    }
    // Each has an index of its own, and weights can be chosen without end: few are kept.
    this.fused.delete(key);
    this.fused.set(key, searcher);
    const [oldest] = this.fused;
    if (this.fused.size > FUSED_LIMIT && oldest !== undefined) {
      this.fused.delete(oldest[0]);
      void oldest[1].release();
    }
    return searcher;
  }

  private searcherOf(collection: string, encoder: StoredEncoder): Searcher {
    const store = this.store(collection);
    // The description is renewed when the encoder's files move or a text tower is added.
    const key = JSON.stringify([collection, encoder.id, encoder.definition]);
    let searcher = this.searchers.get(key);
    if (searcher === undefined) {
      const space = new EncoderSpace(store, encoder, this.openIndex);
      searcher = new Searcher(store, space, this.pictures);
      this.searchers.set(key, searcher);
    }
    return searcher;
  }

  /** Closes everything. */
  async close(): Promise<void> {
    await this.pictures.close();
    for (const searcher of this.fused.values()) await searcher.release();
    for (const searcher of this.searchers.values()) await searcher.release();
    for (const store of this.stores.values()) store.close();
  }
}

import type { DecodeLimits } from '../images/decode.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { EncoderSpace } from '../search/encoder-space.ts';
import { embeddedIndex, type OpenIndex } from '../search/open-index.ts';
import { Searcher } from '../search/searcher.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Home } from '../store/home.ts';

/** The collections that a server has open: each is opened once, and each index loaded once. */
export class Catalogue {
  private readonly stores = new Map<string, CollectionStore>();
  private readonly searchers = new Map<string, Searcher>();

  constructor(
    private readonly home: Home,
    readonly limits: DecodeLimits,
    private readonly openIndex: OpenIndex = embeddedIndex,
  ) {}

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
   * The searcher of a collection and an encoder.
   * @param needsText whether texts are searched with
   * @throws SemblanceError COLLECTION_EMPTY, ENCODER_NOT_FOUND, TEXT_NOT_SUPPORTED
   */
  searcher(collection: string, encoderName: string | undefined, needsText = false): Searcher {
    const store = this.store(collection);
    const encoder = chooseEncoder(store, encoderName, needsText);
    // The description is renewed when the encoder's files move or a text tower is added.
    const key = JSON.stringify([collection, encoder.id, encoder.definition]);
    let searcher = this.searchers.get(key);
    if (searcher === undefined) {
      const space = new EncoderSpace(store, encoder, this.openIndex);
      searcher = new Searcher(store, space, this.limits);
      this.searchers.set(key, searcher);
    }
    return searcher;
  }

  /** Closes everything. */
  async close(): Promise<void> {
    for (const searcher of this.searchers.values()) await searcher.release();
    for (const store of this.stores.values()) store.close();
  }
}

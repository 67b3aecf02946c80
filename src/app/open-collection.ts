import { type BigIntStats, statSync } from 'node:fs';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import type { OpenIndex } from '../index/memory/open-index.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import { EncoderSpace } from '../search/encoder-space.ts';
import { parseFusion } from '../search/fusion.ts';
import { isFusion, openSpace } from '../search/open-space.ts';
import { Searcher } from '../search/searcher.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { StoredEncoder } from '../store/records.ts';

/** So many indices of fused encoders are kept. */
const FUSED_LIMIT = 2;

/** A collection that are open: its file, and each of its indices loaded once. */
export class OpenCollection {
  /** By the encoder's id. */
  private readonly searchers = new Map<number, { searcher: Searcher; definition: string }>();
  /** Searchers of fused encoders, the last used one last. */
  private readonly fused = new Map<string, { searcher: Searcher; parts: readonly number[] }>();
  /** Uses under way. */
  private readonly users = new Set<object>();
  /** Searchers that nobody gets any more, each with the uses that may still hold it. */
  private readonly leaving = new Map<Searcher, Set<object>>();
  private retired: (() => void) | undefined;
  private file: BigIntStats;
  private contents: Contents;

  constructor(
    readonly store: CollectionStore,
    private readonly pictures: PreprocessPool,
    private readonly openIndex: OpenIndex,
  ) {
    this.file = statSync(store.file, { bigint: true });
    this.contents = contentsOf(store);
  }

  /**
   * Whether the file on the disk is still the one that was opened. The open one keeps its number in the
   * file system to itself, so another one under its name has another. One that was written over, as `cp`
   * does it, is known by what it holds.
   */
  isCurrent(): boolean {
    const now = statSync(this.store.file, { bigint: true, throwIfNoEntry: false });
    if (now === undefined || now.ino !== this.file.ino || now.dev !== this.file.dev) return false;
    if (now.mtimeNs === this.file.mtimeNs && now.size === this.file.size) return true;
    // It changes with every checkpoint, too, so that it has to be read; not from the connection's memory.
    this.store.forgetPages();
    const contents = contentsOf(this.store);
    if (!follows(contents, this.contents)) return false;
    this.file = now;
    this.contents = contents;
    return true;
  }

  /**
   * The searcher of an encoder, or of several that are fused (see `openSpace`). To be used within
   * `OpenCollections.use`.
   * @param needsText whether texts are searched with
   * @throws SemblanceError COLLECTION_EMPTY, ENCODER_NOT_FOUND, TEXT_NOT_SUPPORTED, REQUEST_INVALID
   */
  searcher(encoders: string | undefined, needsText = false): Searcher {
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

  /** Runs work that the collection stays open for. */
  async use<T>(work: (collection: OpenCollection) => Promise<T>): Promise<T> {
    const use = {};
    this.users.add(use);
    try {
      return await work(this);
    } finally {
      this.users.delete(use);
      for (const [searcher, holders] of this.leaving) {
        holders.delete(use);
        if (holders.size === 0) this.free(searcher);
      }
      if (this.users.size === 0) this.retired?.();
    }
  }

  /** Frees everything as soon as nobody uses it. */
  async close(): Promise<void> {
    if (this.users.size > 0) {
      await new Promise<void>((resolve) => {
        this.retired = resolve;
      });
    }
    for (const { searcher } of this.fused.values()) await searcher.release();
    for (const { searcher } of this.searchers.values()) await searcher.release();
    this.store.close();
  }

  private searcherOf(encoder: StoredEncoder): Searcher {
    const { id, definition } = encoder;
    const known = this.searchers.get(id);
    if (known?.definition === definition) return known.searcher;
    // The description is renewed when the encoder's files move or a text tower is added.
    if (known !== undefined) this.retire(id, known.searcher);
    const space = new EncoderSpace(encoder, this.openIndex);
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

/** What a later state of the same collection has in common with an earlier one. */
interface Contents {
  generation: number;
  /** Random names of the collection and of its states, by encoder. */
  identity: string | undefined;
  states: Map<string, { generation: number; name: string | undefined }>;
}

function contentsOf(store: CollectionStore): Contents {
  const encoders = store.encoders.list();
  return {
    generation: store.generation(),
    identity: store.identity(),
    states: new Map(
      encoders.map(({ id, fingerprint }) => [
        `${id} ${fingerprint}`,
        { generation: store.generation(id), name: store.stateName(id) },
      ]),
    ),
  };
}

/** Whether a state can have come of an earlier one: it has all its encoders, and no number went back. */
function follows(now: Contents, before: Contents): boolean {
  if (now.generation < before.generation) return false;
  if (before.identity !== undefined && now.identity !== before.identity) return false;
  return [...before.states].every(([key, { generation, name }]) => {
    const state = now.states.get(key);
    if (state === undefined || state.generation < generation) return false;
    return state.generation > generation || state.name === name;
  });
}

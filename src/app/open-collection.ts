import { type BigIntStats, statSync } from 'node:fs';
import type { LoadOptions } from '../encoding/encoders/model.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import type { OpenIndex } from '../index/memory/open-index.ts';
import type { Searcher } from '../search/searcher.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Searchers } from './searchers.ts';

/** A collection that is open: its file, and each of its indices loaded once. */
export class OpenCollection {
  private searchers: Promise<Searchers> | undefined;
  /** Uses under way. */
  private readonly users = new Set<object>();
  private retired: (() => void) | undefined;
  private file: BigIntStats;
  private contents: Contents;

  constructor(
    readonly store: CollectionStore,
    private readonly pictures: PreprocessPool,
    private readonly openIndex: OpenIndex,
    private readonly loading: LoadOptions,
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
  async searcher(encoders: string | undefined, needsText = false): Promise<Searcher> {
    // Most calls do not search, and do not wait for the modules that do.
    this.searchers ??= import('./searchers.ts').then(
      ({ Searchers }) =>
        new Searchers(this.store, this.pictures, this.openIndex, this.users, this.loading),
    );
    return (await this.searchers).get(encoders, needsText);
  }

  /** Runs work that the collection stays open for. */
  async use<T>(work: (collection: OpenCollection) => Promise<T>): Promise<T> {
    const use = {};
    this.users.add(use);
    try {
      return await work(this);
    } finally {
      this.users.delete(use);
      (await this.searchers)?.ended(use);
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
    await (await this.searchers)?.release();
    this.store.close();
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

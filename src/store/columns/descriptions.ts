import { IdBitmap } from '../../domain/id-bitmap.ts';
import type { Filter } from '../../domain/search-language/filter.ts';
import { Thread } from '../../runtime/thread.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { FieldCounts } from '../facets.ts';
import type { ReadableCollection } from '../readable-collection.ts';
import type { ImageRecord } from '../records.ts';
import type { FoundPart, Part } from './description-reader.ts';
import type { DescribedState } from './read-column.ts';
import type { ReaderMethods } from './worker.ts';

/** From so many images on, SQL would hold the event loop for longer than a thread takes to start. */
const LARGE = 5000;
/** So many filters are remembered. */
const MAX_SELECTED = 32;
/** How often a filter is applied again because the collection changed meanwhile. */
const TRIES = 5;

/** What a search may find, and what is to be said of its filter. */
export interface Selected {
  /** Undefined: everything. One filter gives one set, as long as the collection does not change. */
  allowed: IdBitmap | undefined;
  notes: readonly string[];
}

/** What a filter selected, and the state in which it did. */
interface Remembered {
  bitmap: IdBitmap;
  described: DescribedState;
  notes: readonly string[];
}

/** The open collection. */
interface Described extends Pick<ReadableCollection, 'file' | 'images'> {
  /** See `CollectionStore.snapshot`. */
  snapshot<T>(read: (state: ReadableCollection) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/**
 * Filters, facets and lists without holding the event loop: where a collection is large, a thread answers
 * from values that it keeps in memory; else SQL does.
 */
export class Descriptions {
  private thread: Thread<ReaderMethods> | undefined;
  /** What filters selected in the state of `selectedOf`, the last used one last. */
  private readonly selected = new Map<string, Remembered>();
  private selectedOf: string | undefined;

  /** @param large images from which the thread answers */
  constructor(
    private readonly store: Described,
    private readonly large = LARGE,
  ) {}

  /** See `FieldTable.facets`. */
  async facets(filter: Filter, signal?: AbortSignal, limit = 50): Promise<FieldCounts[]> {
    if (this.isLarge) return untilAborted(this.reader.call('facets', [filter, limit]), signal);
    return this.store.snapshot(async (state) => state.fields.facets(filter, limit), signal);
  }

  /** A part of the images that match, in the order of their ids. */
  async page(filter: Filter, part: Part, signal?: AbortSignal): Promise<FoundPart> {
    if (this.isLarge) return untilAborted(this.reader.call('page', [filter, part]), signal);
    return this.store.snapshot(
      async ({ images }) => ({
        total: images.count(filter),
        offset: part.offset + (part.after === undefined ? 0 : images.countUpTo(part.after, filter)),
        images: images.page({ filter, ...part }),
      }),
      signal,
    );
  }

  /** See `ImageTable.withoutEmbedding`. */
  async withoutEmbedding(encoderIds: readonly number[], part: Part): Promise<ImageRecord[]> {
    if (this.isLarge) return this.reader.call('withoutEmbedding', [encoderIds, part]);
    return this.store.images.withoutEmbedding(encoderIds, part);
  }

  /**
   * Runs a function on one committed state (see `CollectionStore.snapshot`) with what a filter selects in it.
   * @throws SemblanceError FILTER_TOO_LARGE and those of the snapshot; the signal's reason
   */
  async selecting<T>(
    filter: Filter,
    read: (state: ReadableCollection, selected: Selected) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let tries = 0; filter.length > 0 && this.isLarge && tries < TRIES; tries++) {
      const { state: name, described, bitmap, notes } = await this.select(filter, signal);
      const found = await this.store.snapshot(async (state) => {
        const isSame = state.images.stateName() === name;
        // Where it is written all the time, no state lasts as long as the question.
        const allowed = isSame ? bitmap : state.images.selectedSince(filter, described, bitmap);
        return allowed && { value: await read(state, { allowed, notes }) };
      }, signal);
      if (found !== undefined) return found.value;
    }
    return this.store.snapshot(async (state) => {
      const allowed = filter.length === 0 ? undefined : state.images.setWhere(filter);
      return read(state, { allowed, notes: state.fields.uncompared(filter) });
    }, signal);
  }

  /** Reads all fields of a large collection into memory, one after the other, while others are answered. */
  async prepare(): Promise<void> {
    if (!this.isLarge) return;
    for (const field of await this.reader.call('names', []))
      await this.reader.call('prepare', [field]);
  }

  close(): void {
    // What the thread still does concerns nobody.
    this.thread?.close().catch(() => undefined);
  }

  private get isLarge(): boolean {
    return this.store.images.count() >= this.large;
  }

  private get reader(): Thread<ReaderMethods> {
    if (this.thread === undefined || this.thread.hasEnded) {
      this.thread = new Thread<ReaderMethods>(import.meta.url, './worker', this.store.file);
    }
    return this.thread;
  }

  private async select(
    filter: Filter,
    signal: AbortSignal | undefined,
  ): Promise<Remembered & { state: string }> {
    const key = JSON.stringify(filter);
    const now = this.store.images.stateName();
    const known = this.selectedOf === now ? this.selected.get(key) : undefined;
    if (known !== undefined) {
      this.keep(now, key, known);
      return { state: now, ...known };
    }
    const { state, words, described, notes } = await untilAborted(
      this.reader.call('select', [filter]),
      signal,
    );
    // Who asked at the same time may have had the answer before: one filter, one set.
    const before = this.selectedOf === state ? this.selected.get(key) : undefined;
    const selected = before ?? { bitmap: new IdBitmap(words), described, notes };
    this.keep(state, key, selected);
    return { state, ...selected };
  }

  private keep(state: string, key: string, selected: Remembered): void {
    if (this.selectedOf !== state) this.selected.clear();
    this.selectedOf = state;
    this.selected.delete(key);
    this.selected.set(key, selected);
    const [oldest] = this.selected.keys();
    if (this.selected.size > MAX_SELECTED && oldest !== undefined) this.selected.delete(oldest);
  }
}

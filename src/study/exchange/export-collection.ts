import { SemblanceError } from '../../domain/errors/error.ts';
import type { Filter } from '../../domain/search-language/filter.ts';
import { normalise } from '../../domain/vectors.ts';
import { Slices } from '../../runtime/slices.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { KeyIndex } from '../../tables/key-index.ts';
import { EmbeddingCollector } from './matrix-builder.ts';

/** Rows of a piece. */
const PIECE = 4096;

export interface ExportOptions {
  /** Scales every row to length 1, as an index of inner products needs it; zeros stay. */
  normalise?: boolean;
  signal?: AbortSignal | undefined;
  /** How many have been looked at, to decide which are used. */
  onLook?: (done: number, total: number) => void;
  /** How many of these have been given. */
  onProgress?: (done: number, total: number) => void;
}

/** Decides which embeddings are used, and keeps their paths alone. */
class Paths extends EmbeddingCollector {
  readonly paths: string[] = [];
  private readonly keys = new KeyIndex();
  private row = new Float32Array(0);

  get length(): number {
    return this.paths.length;
  }

  protected has(path: string): boolean {
    return this.keys.get(path) !== undefined;
  }

  protected room(): Float32Array {
    if (this.row.length === 0) this.row = new Float32Array(this.dimension);
    return this.row;
  }

  protected keep(path: string): void {
    this.keys.add(path);
    this.paths.push(path);
  }

  check(subject: string): void {
    this.requireSome(subject);
  }
}

/**
 * The embeddings of an encoder in a collection, by the images' paths, in the order of their ids: of each only the
 * path is held. To be used in a snapshot.
 */
export class CollectionEmbeddings {
  private constructor(
    private readonly store: ReadableCollection,
    private readonly encoder: StoredEncoder,
    readonly paths: readonly string[],
    /** Ids of the images whose embeddings are used, ascending. */
    readonly ids: Int32Array,
    /** What cannot be used: of images of two folders with one path, the second. */
    readonly excluded: readonly SemblanceError[],
    private readonly options: ExportOptions,
  ) {}

  get dimension(): number {
    return this.encoder.dimension;
  }

  /**
   * Decides what is used.
   * @throws SemblanceError COLLECTION_EMPTY when the filter leaves nothing, EMBEDDINGS_INVALID when nothing can be
   *   used; the signal's reason
   */
  static async select(
    store: ReadableCollection,
    encoder: StoredEncoder,
    filter: Filter,
    options: ExportOptions = {},
  ): Promise<CollectionEmbeddings> {
    const wanted = filter.length === 0 ? undefined : store.images.setWhere(filter);
    const slices = new Slices(options.signal);
    const collector = new Paths();
    collector.reserve(0, encoder.dimension);
    const ids: number[] = [];
    const paths = store.images.paths();
    let [at, path] = [0, ''];
    let [looked, found] = [0, 0];
    for (const [id, vector] of store.embeddings.each(encoder.id)) {
      options.onLook?.(++looked, encoder.embeddings);
      if (slices.over()) await slices.pause();
      if (wanted?.has(id) === false) continue;
      while (at < id) {
        const next = paths.next();
        if (next.done) break;
        [at, path] = next.value;
      }
      if (at !== id) continue;
      found += 1;
      const { length } = collector;
      collector.add(path, vector, store.file);
      if (collector.length > length) ids.push(id);
    }
    if (found === 0) {
      throw new SemblanceError('COLLECTION_EMPTY', 'The filter leaves no embedding to export.');
    }
    collector.check(store.file);
    const used = Int32Array.from(ids);
    return new CollectionEmbeddings(
      store,
      encoder,
      collector.paths,
      used,
      collector.excluded,
      options,
    );
  }

  /** The rows by pieces, read anew. @throws the signal's reason */
  async *pieces(): AsyncGenerator<Float32Array> {
    const { dimension, ids, options } = this;
    const slices = new Slices(options.signal);
    const piece = new Float32Array(Math.min(PIECE, ids.length) * dimension);
    let [row, filled] = [0, 0];
    for (const [id, vector] of this.store.embeddings.each(this.encoder.id)) {
      if (slices.over()) await slices.pause();
      if (id !== ids[row]) continue;
      const place = piece.subarray(filled * dimension, (filled + 1) * dimension);
      place.set(vector);
      if (options.normalise) normalise(place);
      row += 1;
      filled += 1;
      options.onProgress?.(row, ids.length);
      if (filled < PIECE && row < ids.length) continue;
      yield piece.subarray(0, filled * dimension);
      filled = 0;
    }
  }
}

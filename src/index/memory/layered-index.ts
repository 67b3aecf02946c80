import type { SourceState } from '../embedding-source.ts';
import type { Hit, SearchHits, SearchOptions, VectorIndex } from '../vector-index.ts';
import { FlatIndex } from './flat-index.ts';
import { mergedMatrix } from './merged-matrix.ts';
import { find } from './row-selection.ts';
import { SharedLayer } from './shared-layer.ts';

/** Above this share of the first layer's rows, what came since is merged with it in the background. */
const MOST_SINCE = 0.1;
/** Below so many rows, layers cost less than a merge. */
const LEAST_SINCE = 1000;

/** Rows of an index, without those that were replaced or removed since. */
interface Layer {
  shared: SharedLayer;
  /** Ids of rows that do not count any more; never changed. */
  hidden: ReadonlySet<number>;
}

/** What all layered indices that came of each other have in common. */
interface Lineage {
  /** The last of them. */
  head: LayeredIndex;
  /** A merge under way, with the ids that have changed since it began. */
  merge?: { changed: Set<number>; promise: Promise<void> } | undefined;
}

/**
 * An index that takes additions, replacements and removals without being built anew: a large layer, small ones of
 * what came since, and for each the rows that do not count any more. Every layer answers exactly, so the best of
 * their answers are exactly those of one index over all (the same similarity is computed in the same order of addition).
 * One that is made by `with` shares the layers of the one before it, which can be used on.
 *
 * A layer that is not larger than the one above it is merged with it, so that there are few (O'Neil et al. 1996, the
 * log-structured merge-tree); the first one when much has come since, in the background.
 */
export class LayeredIndex implements VectorIndex {
  private released = false;

  private constructor(
    private layers: readonly Layer[],
    readonly dimension: number,
    /** The state of the embeddings that it is of. */
    readonly state: SourceState,
    private readonly lineage: Lineage,
  ) {}

  /** An index of one layer, which is released with it: its rows are free then. */
  static over(index: FlatIndex, state: SourceState): LayeredIndex {
    const layers = [{ shared: new SharedLayer(index), hidden: new Set<number>() }];
    const lineage = {} as Lineage;
    lineage.head = new LayeredIndex(layers, index.dimension, state, lineage);
    return lineage.head;
  }

  /**
   * An index of one layer that answers before it is ready (see `FlatIndex.answering`).
   * @param ready called with the layer when it is; until that has ended, no merge begins
   */
  static answering(
    index: FlatIndex,
    state: SourceState,
    ready: (index: FlatIndex, state: SourceState) => Promise<void>,
  ): LayeredIndex {
    const layered = LayeredIndex.over(index, state);
    layered.lineage.merge = {
      changed: new Set(),
      promise: index.ready
        .then(() => ready(index, state))
        // Released before, it needs nothing.
        .catch(() => undefined)
        .finally(() => {
          layered.lineage.merge = undefined;
        }),
    };
    return layered;
  }

  get size(): number {
    return this.layers.reduce(
      (sum, { shared, hidden }) => sum + shared.index.size - hidden.size,
      0,
    );
  }

  /** The largest id of its rows; 0 without any. */
  get last(): number {
    return this.layers.reduce((last, { shared: { index } }) => {
      return Math.max(last, index.matrix.ids[index.size - 1] ?? 0);
    }, 0);
  }

  /** Waits until the embeddings of some ids are there. @throws DamagedFileError */
  async need(ids: readonly number[]): Promise<void> {
    for (const { shared } of this.layers) {
      const { matrix } = shared.index;
      if (matrix.arriving === undefined) continue;
      await matrix.arriving.need(ids.map((id) => find(matrix.ids, id)).filter((row) => row >= 0));
    }
  }

  /** Its embedding of an id, if it has one, after `need`; to be read while the index is in use. */
  vectorOf(id: number): Float32Array | undefined {
    return vectorIn(this.layers, id);
  }

  /** Rows that came since the first layer, or left it. */
  private get since(): number {
    const [first, ...others] = this.layers;
    const hidden = first?.hidden.size ?? 0;
    return others.reduce((sum, { shared }) => sum + shared.index.size, hidden);
  }

  /**
   * An index of a later state.
   * @param changed ids, ascending, of all rows that are others in it
   * @param vectorOf its embedding of an id; undefined where it has none
   */
  async with(
    state: SourceState,
    changed: readonly number[],
    vectorOf: (id: number) => Float32Array | undefined,
  ): Promise<LayeredIndex> {
    const { lineage, dimension } = this;
    const rows = changed.flatMap((id): Row[] => {
      const vector = vectorOf(id);
      return vector === undefined ? [] : [[id, vector]];
    });
    for (;;) {
      const before = this.layers;
      const layers = before.map((layer) => without(layer, changed));
      await push(layers, dimension, rows);
      if (this.layers === before) {
        for (const id of changed) lineage.merge?.changed.add(id);
        lineage.head = new LayeredIndex(layers, dimension, state, lineage);
        return lineage.head;
      }
      // A merge has ended meanwhile, and this one has taken its first layer.
      letGo(layers);
    }
  }

  async search(
    queries: readonly Float32Array[],
    k: number,
    options: SearchOptions = {},
  ): Promise<SearchHits> {
    const layers = kept(this.layers);
    try {
      const [first, ...others] = await Promise.all(
        layers.map(({ shared: { index }, hidden }) =>
          index.search(queries, k, { ...options, hidden }),
        ),
      );
      return others.reduce((all, more) => best(all, more, k), first as SearchHits);
    } finally {
      letGo(layers);
    }
  }

  /**
   * Merges its layers, while it answers, where much has come since the first one.
   * @param merged called with the new first layer and the state that it is of
   * @param always merges them in any case, because something in them is to be forgotten
   */
  merge(
    merged: (index: FlatIndex, state: SourceState) => Promise<void>,
    always = false,
  ): Promise<void> {
    const { lineage, since, state } = this;
    const first = this.layers[0]?.shared.index.size ?? 0;
    if (!always && since < Math.max(LEAST_SINCE, MOST_SINCE * first)) return Promise.resolve();
    const underWay = lineage.merge?.promise;
    // The one under way may have begun with what is to be forgotten.
    if (underWay !== undefined && always) return underWay.then(() => this.again(merged));
    if (underWay !== undefined) return underWay;
    const changed = new Set<number>();
    const promise = this.mergeLayers(changed)
      .then(async (layer) => {
        if (layer === undefined) return;
        try {
          await merged(layer.index, state);
        } finally {
          layer.letGo();
        }
      })
      .finally(() => {
        lineage.merge = undefined;
      });
    lineage.merge = { changed, promise };
    return promise;
  }

  /** Merges the layers of the last index that came of this one. */
  private again(merged: Parameters<LayeredIndex['merge']>[0]): Promise<void> {
    const { head } = this.lineage;
    return head.released ? Promise.resolve() : head.merge(merged, true);
  }

  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    letGo(this.layers);
  }

  /** @returns the new first layer, to be let go of; undefined when nobody needs it any more */
  private async mergeLayers(changed: ReadonlySet<number>): Promise<SharedLayer | undefined> {
    const { lineage, dimension } = this;
    const layers = kept(this.layers);
    let first: SharedLayer;
    try {
      const matrix = await mergedMatrix(
        dimension,
        layers.map(toPart),
        () => !lineage.head.released,
      );
      if (matrix === undefined) return undefined;
      first = new SharedLayer(await FlatIndex.over(matrix));
    } finally {
      letGo(layers);
    }
    while (!lineage.head.released) {
      if (await lineage.head.adopt(first, changed)) return first;
    }
    first.letGo();
    return undefined;
  }

  /**
   * Takes another first layer, from which it differs in some rows.
   * @returns whether it did: not when a later index has taken its place meanwhile
   */
  private async adopt(first: SharedLayer, changed: ReadonlySet<number>): Promise<boolean> {
    const before = this.layers;
    const ids = [...changed].sort((a, b) => a - b);
    const layers = [without({ shared: first, hidden: new Set() }, ids)];
    const rows = ids.flatMap((id): Row[] => {
      const vector = vectorIn(before, id);
      return vector === undefined ? [] : [[id, vector]];
    });
    await push(layers, this.dimension, rows);
    if (this.lineage.head !== this || this.released) {
      letGo(layers);
      return false;
    }
    this.layers = layers;
    letGo(before);
    return true;
  }
}

type Row = [id: number, vector: Float32Array];

/** A layer without some ids, to be let go of. */
function without({ shared, hidden }: Layer, ids: readonly number[]): Layer {
  const there = ids.filter((id) => find(shared.index.matrix.ids, id) >= 0);
  const more = there.length === 0 ? hidden : new Set([...hidden, ...there]);
  return { shared: shared.keep(), hidden: more };
}

/**
 * Adds rows as a layer, and merges small ones; those that it takes out are let go of, all of them when it fails. A
 * merged layer is small as long as the first one takes no part.
 */
async function push(layers: Layer[], dimension: number, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  try {
    const index = await FlatIndex.build(dimension, rows, { expected: rows.length });
    layers.push({ shared: new SharedLayer(index), hidden: new Set() });
    for (;;) {
      const last = layers.slice(-2);
      const [above, below] = last.map(({ shared: { index } }) => index.size) as [number, number];
      if (layers.length < 3 || above > below) return;
      const merged = await FlatIndex.over(await mergedMatrix(dimension, last.map(toPart)));
      layers.splice(-2, 2, { shared: new SharedLayer(merged), hidden: new Set() });
      letGo(last);
    }
  } catch (error) {
    letGo(layers);
    throw error;
  }
}

const toPart = ({ shared: { index }, hidden }: Layer) => ({ matrix: index.matrix, hidden });

/** The same layers, to be let go of. */
const kept = (layers: readonly Layer[]): Layer[] =>
  layers.map(({ shared, hidden }) => ({ shared: shared.keep(), hidden }));

function letGo(layers: readonly Layer[]): void {
  for (const { shared } of layers) shared.letGo();
}

/** The embedding of an id in the layer where it counts. */
function vectorIn(layers: readonly Layer[], id: number): Float32Array | undefined {
  for (const { shared, hidden } of layers) {
    const { ids, values, dimension } = shared.index.matrix;
    const row = hidden.has(id) ? -1 : find(ids, id);
    if (row >= 0) return values.subarray(row * dimension, (row + 1) * dimension);
  }
  return undefined;
}

/** The best of two answers to the same queries: no id is in both. */
function best(a: SearchHits, b: SearchHits, k: number): SearchHits {
  const better = (x: Hit, y: Hit) => y.similarity - x.similarity || x.id - y.id;
  return {
    candidates: a.candidates + b.candidates,
    neighbours: a.neighbours.map((hits, q) =>
      [...hits, ...(b.neighbours[q] ?? [])].sort(better).slice(0, k),
    ),
  };
}

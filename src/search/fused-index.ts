import type { DigestChange, SourceState } from '../index/embedding-source.ts';
import { FlatIndex } from '../index/memory/flat-index.ts';
import { follow, mostFollowed } from '../index/memory/follow.ts';
import { LayeredIndex } from '../index/memory/layered-index.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';

/** What an index holds of one encoder. */
interface Held {
  state: SourceState;
  /** The largest number of an image with an embedding. */
  last: number;
  /** By image; embeddings of images that lack another encoder's are among them, as they are in its sum. */
  digests: Map<number, number>;
}

/** What changed of one encoder. */
interface Followed {
  held: Held;
  state: SourceState;
  /** By image. */
  changes: Map<number, DigestChange>;
}

/**
 * Opens indices over joined embeddings of several encoders. One of an earlier state is followed up, as that of a single
 * encoder is; its changes are proved by the digests of what each encoder had.
 */
export class FusedIndex {
  private readonly held = new WeakMap<VectorIndex, readonly Held[]>();

  /**
   * @param encoders their numbers
   * @param join makes one embedding of theirs
   */
  constructor(
    private readonly dimension: number,
    private readonly encoders: readonly number[],
    private readonly join: (vectors: readonly Float32Array[]) => Float32Array,
  ) {}

  /**
   * @param previous the index of an earlier state, which can be used on
   * @throws SemblanceError COLLECTION_DAMAGED
   */
  async open(state: ReadableCollection, previous?: VectorIndex): Promise<VectorIndex> {
    const states = this.encoders.map((id) => stateOf(state, id));
    const followed =
      previous instanceof LayeredIndex ? await this.followed(state, states, previous) : undefined;
    if (followed !== undefined) {
      followed.merge(async () => undefined).catch(() => undefined);
      return followed;
    }
    const held = states.map((each): Held => ({ state: each, last: 0, digests: new Map() }));
    const index = await FlatIndex.build(this.dimension, this.rows(state, held));
    const layered = LayeredIndex.over(index, together(states));
    this.held.set(layered, held);
    return layered;
  }

  /** Joined embeddings of the images that have all, in the order of their ids, noting the digest of every one. */
  private *rows(
    state: ReadableCollection,
    held: readonly Held[],
  ): Generator<[id: number, vector: Float32Array]> {
    const rows = this.encoders.map((id, i) => noted(state, id, held[i] as Held));
    const heads = rows.map((each) => each.next());
    // To the end of each, so that all of them are read and proved.
    while (heads.some(({ done }) => !done)) {
      const id = Math.min(...heads.map((head) => (head.done ? Infinity : head.value[0])));
      const vectors: Float32Array[] = [];
      for (const [i, head] of heads.entries()) {
        if (head.done || head.value[0] !== id) continue;
        vectors.push(head.value[1]);
        heads[i] = (rows[i] as (typeof rows)[number]).next();
      }
      if (vectors.length === rows.length) yield [id, this.join(vectors)];
    }
  }

  /** The index of these states by that of earlier ones; undefined where there is no way. */
  private async followed(
    state: ReadableCollection,
    states: readonly SourceState[],
    previous: LayeredIndex,
  ): Promise<LayeredIndex | undefined> {
    const held = this.held.get(previous);
    if (held === undefined) return undefined;
    const parts: Followed[] = [];
    const images = new Set<number>();
    for (const [i, now] of states.entries()) {
      const of = held[i] as Held;
      const changed = changedSince(state, this.encoders[i] as number, of, now);
      if (changed === undefined) return undefined;
      for (const id of changed) images.add(id);
      parts.push({ held: of, state: now, changes: new Map() });
    }
    const next = await follow(previous, {
      state: together(states),
      images: [...images].sort((a, b) => a - b),
      get: (image) => this.read(state, parts, image),
      areAll: () => parts.every((part, i) => isProved(state, this.encoders[i] as number, part)),
    });
    if (next === undefined) return undefined;
    // They are taken over, so that nobody follows from the one before again.
    this.held.delete(previous);
    this.held.set(next.index, parts.map(taken));
    return next.index;
  }

  /** The joined embedding of an image, if it has all, noting what has changed of it. */
  private read(
    state: ReadableCollection,
    parts: readonly Followed[],
    image: number,
  ): Float32Array | undefined {
    const vectors = parts.flatMap(({ held, changes }, i) => {
      const vector = state.embeddings.get(this.encoders[i] as number, image);
      const now = vector && state.embeddings.digest(image, vector);
      changes.set(image, [held.digests.get(image), now]);
      return vector ?? [];
    });
    return vectors.length === parts.length ? this.join(vectors) : undefined;
  }
}

function stateOf(state: ReadableCollection, encoderId: number): SourceState {
  return { generation: state.generation(encoderId), state: state.stateName(encoderId) ?? '' };
}

/** None ever falls, so the sum rises whenever one does. */
function together(states: readonly SourceState[]): SourceState {
  return {
    generation: states.reduce((sum, { generation }) => sum + generation, 0),
    state: states.map(({ state }) => state).join(' '),
  };
}

/** An encoder's embeddings; each is noted when the next is asked for. */
function* noted(
  state: ReadableCollection,
  encoderId: number,
  held: Held,
): Generator<[id: number, vector: Float32Array], undefined> {
  for (const [id, vector] of state.embeddings.each(encoderId)) {
    held.digests.set(id, state.embeddings.digest(id, vector));
    held.last = id;
    yield [id, vector];
  }
}

function changedSince(
  state: ReadableCollection,
  encoderId: number,
  { state: before, last }: Held,
  now: SourceState,
): number[] | undefined {
  if (before.state === now.state) return [];
  const most = mostFollowed(state.embeddings.count(encoderId));
  return state.embeddings.changedSince(encoderId, { ...before, last }, most);
}

function isProved(
  state: ReadableCollection,
  encoderId: number,
  { held, state: now, changes }: Followed,
): boolean {
  if (held.state.state === now.state) return true;
  return state.embeddings.areChanged(encoderId, held.state, changes.values());
}

/** What is held after the changes. */
function taken({ held, state, changes }: Followed): Held {
  const { digests } = held;
  let { last } = held;
  for (const [image, [, now]] of changes) {
    if (now === undefined) digests.delete(image);
    else digests.set(image, now);
    if (now !== undefined) last = Math.max(last, image);
  }
  return { state, last, digests };
}

import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import {
  addDigest,
  type DigestChange,
  digestOf,
  EmbeddingLog,
  type EmbeddingSum,
  MODULUS,
} from './embedding-log.ts';
import { DESCRIBED } from './schema.ts';

/** What a transaction changed of an encoder's embeddings: how many more there are, and their sum. */
interface Change extends EmbeddingSum {
  /** Images whose embeddings were written or removed; null when all were removed. */
  images: number[] | null;
}

/** Changes of a transaction by encoder. */
export type Changes = Map<number, Change>;

/** What a transaction changed of the images themselves. */
export interface ImageChanges {
  /** How many more there are. */
  more: number;
  /** Known images that were described anew, or that have gone. */
  described: number[];
}

/** Key of the number of images, with the state that it is of. */
const IMAGES = 'images';
/** Key of the generation that `described` is complete from, with the state up to which it is. */
const DESCRIBED_FROM = 'described';

/** Notes that an embedding of an encoder was written (1) or removed (-1). */
export function note(
  changes: Changes,
  encoderId: number,
  imageId: number,
  vector: Buffer,
  sign: 1 | -1,
): void {
  const change = changes.get(encoderId) ?? { count: 0, sum: 0, images: [] };
  addDigest(change, digestOf(imageId, vector), sign);
  change.images?.push(imageId);
  changes.set(encoderId, change);
}

function countKey(encoderId: number): string {
  return `embeddings:${encoderId}`;
}

function sumKey(encoderId: number): string {
  return `sum:${encoderId}`;
}

function generationKey(encoderId: number | undefined): string {
  return encoderId === undefined ? 'generation' : `generation:${encoderId}`;
}

function stateKey(encoderId: number | undefined): string {
  return encoderId === undefined ? 'state' : `state:${encoderId}`;
}

/** Images of states that do not say how many they have, by file and state. */
const COUNTED = new Map<string, number>();
const MAX_COUNTED = 100;

const UNCHANGED: ImageChanges = { more: 0, described: [] };

/** What tells one state of a collection from another, and the counts that are kept with it. */
export class CollectionState {
  private readonly log: EmbeddingLog;

  constructor(private readonly connection: Connection) {
    this.log = new EmbeddingLog(connection);
  }

  /** See `CollectionStore.generation`. */
  generation(encoderId?: number): number {
    return Number(this.connection.meta(generationKey(encoderId)) ?? 0);
  }

  /** Differs between any two states of the images, their descriptions and their embeddings. */
  name(): string {
    return `${this.generation()} ${this.connection.meta(stateKey(undefined)) ?? ''}`;
  }

  /** See `CollectionStore.stateName`. */
  nameOf(encoderId: number): string | undefined {
    return this.connection.meta(stateKey(encoderId)) ?? this.connection.meta(stateKey(undefined));
  }

  /** Embeddings of an encoder: a count that is kept with them, because counting many takes seconds. */
  embeddings(encoderId: number): number {
    const kept = this.connection.meta(countKey(encoderId));
    return kept === undefined ? this.countRows(encoderId) : Number(kept);
  }

  /** How many images there are. */
  images(): number {
    const kept = this.keptOf(IMAGES);
    if (kept !== undefined) return kept;
    // A collection that was last written before the number was kept: counted once for all connections.
    const key = `${this.connection.file} ${this.name()}`;
    const count = COUNTED.get(key) ?? this.countImages();
    COUNTED.set(key, count);
    if (COUNTED.size > MAX_COUNTED) COUNTED.delete(COUNTED.keys().next().value as string);
    return count;
  }

  /** Whether `described` tells all that changed of known images since a generation. */
  describedSince(generation: number): boolean {
    const from = this.keptOf(DESCRIBED_FROM);
    return from !== undefined && from <= generation;
  }

  /** Ends a transaction that changed images or embeddings. */
  bump(changes: Changes = new Map(), { more, described }: ImageChanges = UNCHANGED): void {
    const images = this.keptOf(IMAGES);
    const from = this.keptOf(DESCRIBED_FROM);
    const generation = this.generation();
    const sums = new Map([...changes.keys()].map((id) => [id, this.sum(id)]));
    const followed = new Map(
      [...changes.keys()].map((id) => [id, this.log.followed(id, this.stateOf(id))]),
    );
    for (const id of [undefined, ...changes.keys()]) {
      this.connection.setMeta(generationKey(id), String(this.generation(id) + 1));
      this.connection.setMeta(stateKey(id), randomUUID());
    }
    this.keep(IMAGES, images === undefined ? this.countImages() : images + more);
    if (from === undefined) this.connection.db.exec(DESCRIBED);
    this.keep(DESCRIBED_FROM, from ?? generation + 1);
    for (const id of described) {
      this.connection.run('INSERT OR REPLACE INTO described VALUES (?, ?)', id, generation + 1);
    }
    for (const [id, change] of changes) {
      const before = this.connection.meta(countKey(id));
      const count = before === undefined ? this.countRows(id) : Number(before) + change.count;
      this.connection.setMeta(countKey(id), String(count));
      const isAll = change.images === null || count === change.count;
      const sum = isAll ? 0 : sums.get(id);
      const total = sum === undefined ? undefined : (sum + change.sum) % MODULUS;
      if (total !== undefined) this.keepSum(id, total);
      const now = { generation: this.generation(id), state: this.stateOf(id) ?? '' };
      const of = total === undefined ? undefined : { count, sum: total };
      this.log.note(id, change.images, followed.get(id), now, of);
    }
  }

  /** See `EmbeddingLog.changedSince`. */
  changedSince(
    encoderId: number,
    before: { generation: number; state: string; last: number },
    most: number,
  ): number[] | undefined {
    return this.log.changedSince(encoderId, this.stateOf(encoderId), before, most);
  }

  /** Whether the present embeddings are those of an earlier state with some changed: their number and sum agree. */
  areChanged(
    encoderId: number,
    before: { generation: number; state: string },
    changes: Iterable<DigestChange>,
  ): boolean {
    const found = this.log.sumAfter(encoderId, this.stateOf(encoderId), before, changes);
    const count = this.embeddings(encoderId);
    return found !== undefined && found.count === count && found.sum === this.sum(encoderId);
  }

  /** Notes that an encoder has no embeddings any more. */
  clear(encoderId: number): void {
    const change = { count: -this.embeddings(encoderId), sum: 0, images: null };
    this.bump(new Map([[encoderId, change]]));
  }

  /**
   * Sum of the digests of an encoder's embeddings; undefined where it was not kept, or where a program
   * that does not know it wrote last.
   */
  sum(encoderId: number): number | undefined {
    const [state, sum] = this.connection.meta(sumKey(encoderId))?.split(' ') ?? [];
    return state === (this.connection.meta(stateKey(encoderId)) ?? '') ? Number(sum) : undefined;
  }

  keepSum(encoderId: number, sum: number): void {
    const state = this.connection.meta(stateKey(encoderId)) ?? '';
    this.connection.setMeta(sumKey(encoderId), `${state} ${sum}`);
  }

  /** A number that is kept with the present state; undefined where a program that does not know it wrote last. */
  private keptOf(key: string): number | undefined {
    const [state, value] = this.connection.meta(key)?.split(' ') ?? [];
    return value !== undefined && state === this.connection.meta(stateKey(undefined))
      ? Number(value)
      : undefined;
  }

  private keep(key: string, value: number): void {
    this.connection.setMeta(key, `${this.connection.meta(stateKey(undefined))} ${value}`);
  }

  private stateOf(encoderId: number): string | undefined {
    return this.connection.meta(stateKey(encoderId));
  }

  private countImages(): number {
    return this.connection.get<{ n: number }>('SELECT count(*) AS n FROM images')?.n ?? 0;
  }

  private countRows(encoderId: number): number {
    // By the index without the vectors, which is a small part of the table.
    const row = this.connection.get<{ count: number }>(
      'SELECT count(*) AS count FROM embeddings INDEXED BY embeddings_by_item WHERE encoder_id = ?',
      encoderId,
    );
    return row?.count ?? 0;
  }
}

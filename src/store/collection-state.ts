import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Connection } from './connection.ts';
import { DESCRIBED, FOLLOWED } from './schema.ts';

/** What a transaction changed of an encoder's embeddings: how many more there are, and their sum. */
interface Change extends EmbeddingSum {
  /** Images whose embeddings were written or removed; null when all were removed. */
  images: number[] | null;
}

/** Changes of a transaction by encoder. */
export type Changes = Map<number, Change>;

/**
 * How many embeddings there are, and the sum of their digests: whatever is lost, doubled or altered in the
 * file without SQLite's notice changes it.
 */
export interface EmbeddingSum {
  count: number;
  /** 0 to 2^48 - 1. */
  sum: number;
}

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

/** Sums stay whole numbers that a double holds exactly. */
const MODULUS = 2 ** 48;

/** Adds an embedding of an image to a sum, or takes it away. */
export function addEmbedding(
  to: EmbeddingSum,
  imageId: number,
  vector: Buffer,
  sign: 1 | -1,
): void {
  to.count += sign;
  to.sum = (to.sum + sign * crc32(vector, imageId) + MODULUS) % MODULUS;
}

/** Notes that an embedding of an encoder was written (1) or removed (-1). */
export function note(
  changes: Changes,
  encoderId: number,
  imageId: number,
  vector: Buffer,
  sign: 1 | -1,
): void {
  const change = changes.get(encoderId) ?? { count: 0, sum: 0, images: [] };
  addEmbedding(change, imageId, vector, sign);
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

/** States of an encoder's embeddings that changes are followed from. */
const MOST_STATES = 10_000;

/** How far the changes of an encoder's embeddings are noted. */
interface Followed {
  /** The generation that they are noted since. */
  from: number;
  /** The largest number of an image that had an embedding: those above it are new without a note. */
  top: number;
}

function followedKey(encoderId: number): string {
  return `followed:${encoderId}`;
}

/** Images of states that do not say how many they have, by file and state. */
const COUNTED = new Map<string, number>();
const MAX_COUNTED = 100;

const UNCHANGED: ImageChanges = { more: 0, described: [] };

/** What tells one state of a collection from another, and the counts that are kept with it. */
export class CollectionState {
  constructor(private readonly connection: Connection) {}

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
    const followed = new Map([...changes.keys()].map((id) => [id, this.followed(id)]));
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
      const sum = sums.get(id) ?? (count === change.count ? 0 : undefined);
      if (sum !== undefined) this.keepSum(id, (sum + change.sum) % MODULUS);
      this.follow(id, change, followed.get(id));
    }
  }

  /**
   * Images whose embeddings are others than in an earlier state, ascending: written, written over or removed since.
   * @param before the earlier state: its generation and name, and the largest number of an image with an embedding
   * @param most more of them are not listed
   * @returns undefined where that state is not known to be an earlier one of these embeddings, or there are more
   */
  changedSince(
    encoderId: number,
    before: { generation: number; state: string; last: number },
    most: number,
  ): number[] | undefined {
    const followed = this.followed(encoderId);
    if (followed === undefined || before.generation < followed.from) return undefined;
    const state = this.connection.get<{ state: string }>(
      'SELECT state FROM embedding_states WHERE encoder_id = ? AND generation = ?',
      encoderId,
      before.generation,
    );
    if (state?.state !== before.state) return undefined;
    const limit = ` LIMIT ${Math.floor(most) + 1}`;
    const noted = this.connection.ids(
      `SELECT image_id AS id FROM changed_embeddings WHERE encoder_id = ? AND generation > ?${limit}`,
      encoderId,
      before.generation,
    );
    const fresh = this.connection.ids(
      `SELECT item_id AS id FROM embeddings WHERE encoder_id = ? AND item_id > ? ORDER BY item_id${limit}`,
      encoderId,
      before.last,
    );
    const changed = [...new Set([...noted, ...fresh])];
    return changed.length > most ? undefined : changed.sort((a, b) => a - b);
  }

  /** Notes which embeddings a transaction changed, for `changedSince`. */
  private follow(encoderId: number, { images }: Change, before: Followed | undefined): void {
    const generation = this.generation(encoderId);
    const state = this.connection.meta(stateKey(encoderId)) ?? '';
    let { from, top } = before ?? { from: generation, top: 0 };
    if (before === undefined || images === null) {
      this.connection.db.exec(FOLLOWED);
      for (const table of ['changed_embeddings', 'embedding_states']) {
        this.connection.run(`DELETE FROM ${table} WHERE encoder_id = ?`, encoderId);
      }
      const sql = 'SELECT max(item_id) AS top FROM embeddings WHERE encoder_id = ?';
      from = generation;
      top = this.connection.get<{ top: number | null }>(sql, encoderId)?.top ?? 0;
    } else {
      const below = top;
      for (const id of new Set(images)) {
        top = Math.max(top, id);
        if (id > below) continue;
        this.connection.run(
          'INSERT OR REPLACE INTO changed_embeddings VALUES (?, ?, ?)',
          ...[encoderId, id, generation],
        );
      }
    }
    this.connection.run(
      'INSERT OR REPLACE INTO embedding_states VALUES (?, ?, ?)',
      ...[encoderId, generation, state],
    );
    this.connection.run(
      'DELETE FROM embedding_states WHERE encoder_id = ? AND generation <= ?',
      ...[encoderId, generation - MOST_STATES],
    );
    this.connection.setMeta(followedKey(encoderId), `${state} ${from} ${top}`);
  }

  /** Undefined where changes were not noted, or a program that does not note them wrote last. */
  private followed(encoderId: number): Followed | undefined {
    const [state, from, top] = this.connection.meta(followedKey(encoderId))?.split(' ') ?? [];
    if (top === undefined || state !== this.connection.meta(stateKey(encoderId))) return undefined;
    return { from: Number(from), top: Number(top) };
  }

  /** Notes that an encoder has no embeddings any more. */
  clear(encoderId: number): void {
    const change = { count: -this.embeddings(encoderId), sum: 0, images: null };
    this.bump(new Map([[encoderId, change]]));
    this.keepSum(encoderId, 0);
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

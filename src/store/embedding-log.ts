import { crc32 } from 'node:zlib';
import type { Connection } from './connection.ts';
import { FOLLOWED } from './schema.ts';

/**
 * How many embeddings there are, and the sum of their digests: whatever is lost, doubled or altered in the
 * file without SQLite's notice changes it.
 */
export interface EmbeddingSum {
  count: number;
  /** 0 to 2^48 - 1. */
  sum: number;
}

/** A state of an encoder's embeddings by its generation and its random name. */
interface State {
  generation: number;
  state: string;
}

/** What an embedding of an image was and is: the digests of both, undefined where it had or has none. */
export type DigestChange = [before: number | undefined, now: number | undefined];

/** Sums stay whole numbers that a double holds exactly. */
export const MODULUS = 2 ** 48;

/** Digest of an image's embedding, as sums have it. */
export function digestOf(imageId: number, vector: Float32Array | Buffer): number {
  return crc32(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), imageId);
}

/** Adds a digest of an embedding to a sum, or takes it away. */
export function addDigest(to: EmbeddingSum, digest: number, sign: 1 | -1): void {
  to.count += sign;
  to.sum = (to.sum + sign * digest + MODULUS) % MODULUS;
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

function logKey(encoderId: number): string {
  return `changes:${encoderId}`;
}

/**
 * What changed of each encoder's embeddings, state by state, so that who holds them as they were follows without
 * reading all. It is not only believed: the sum of what is held and what is read must be that of the present state.
 */
export class EmbeddingLog {
  constructor(private readonly connection: Connection) {}

  /** How far changes are noted; undefined where they were not, or a program that does not note them wrote last. */
  followed(encoderId: number, present: string | undefined): Followed | undefined {
    const [state, from, top] = this.connection.meta(logKey(encoderId))?.split(' ') ?? [];
    if (top === undefined || state !== present) return undefined;
    return { from: Number(from), top: Number(top) };
  }

  /**
   * Notes a change, in its transaction.
   * @param images whose embeddings were written or removed; null when all were removed
   * @param before what `followed` gave in the state before
   * @param now the state that the change leads to
   * @param sum of it; undefined where it is not known, so that nobody can follow from it
   */
  note(
    encoderId: number,
    images: readonly number[] | null,
    before: Followed | undefined,
    { generation, state }: State,
    sum: EmbeddingSum | undefined,
  ): void {
    let { from, top } = before ?? { from: generation, top: 0 };
    if (before === undefined || images === null) {
      this.connection.db.exec(FOLLOWED);
      for (const table of ['changed_embeddings', 'followed_states']) {
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
    if (sum !== undefined) {
      this.connection.run(
        'INSERT OR REPLACE INTO followed_states VALUES (?, ?, ?, ?, ?)',
        ...[encoderId, generation, state, sum.count, sum.sum],
      );
    }
    this.connection.run(
      'DELETE FROM followed_states WHERE encoder_id = ? AND generation <= ?',
      ...[encoderId, generation - MOST_STATES],
    );
    this.connection.setMeta(logKey(encoderId), `${state} ${from} ${top}`);
  }

  /**
   * Images whose embeddings are others than in an earlier state, ascending: written, written over or removed since.
   * @param before the earlier state, with the largest number of an image that had an embedding in it
   * @param most more of them are not listed
   * @returns undefined where that state is not known to be an earlier one of these embeddings, or there are more
   */
  changedSince(
    encoderId: number,
    present: string | undefined,
    before: State & { last: number },
    most: number,
  ): number[] | undefined {
    if (this.sumOf(encoderId, present, before) === undefined) return undefined;
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

  /**
   * The sum of an earlier state with some embeddings changed.
   * @returns undefined where that state is not known to be an earlier one of these embeddings
   */
  sumAfter(
    encoderId: number,
    present: string | undefined,
    before: State,
    changes: Iterable<DigestChange>,
  ): EmbeddingSum | undefined {
    const sum = this.sumOf(encoderId, present, before);
    if (sum === undefined) return undefined;
    for (const [old, now] of changes) {
      if (old !== undefined) addDigest(sum, old, -1);
      if (now !== undefined) addDigest(sum, now, 1);
    }
    return sum;
  }

  /** The sum of an earlier state that changes are noted since. */
  private sumOf(
    encoderId: number,
    present: string | undefined,
    { generation, state }: State,
  ): EmbeddingSum | undefined {
    const followed = this.followed(encoderId, present);
    if (followed === undefined || generation < followed.from) return undefined;
    return this.connection.get<EmbeddingSum>(
      'SELECT count, sum FROM followed_states WHERE encoder_id = ? AND generation = ? AND state = ?',
      encoderId,
      generation,
      state,
    );
  }
}

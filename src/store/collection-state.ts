import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';

/** Encoders whose embeddings a transaction changed, with how many more there are of each. */
export type Changes = Map<number, number>;

/** Notes a change of an encoder's embeddings. */
export function note(changes: Changes, encoderId: number, more: number): void {
  changes.set(encoderId, (changes.get(encoderId) ?? 0) + more);
}

function countKey(encoderId: number): string {
  return `embeddings:${encoderId}`;
}

function generationKey(encoderId: number | undefined): string {
  return encoderId === undefined ? 'generation' : `generation:${encoderId}`;
}

/** What tells one state of a collection from another, and the counts that are kept with it. */
export class CollectionState {
  constructor(private readonly connection: Connection) {}

  /** See `CollectionStore.generation`. */
  generation(encoderId?: number): number {
    return Number(this.connection.meta(generationKey(encoderId)) ?? 0);
  }

  /** See `CollectionStore.stateName`. */
  nameOf(encoderId: number): string | undefined {
    return this.connection.meta(`state:${encoderId}`) ?? this.connection.meta('state');
  }

  /** Embeddings of an encoder: a count that is kept with them, because counting many takes seconds. */
  embeddings(encoderId: number): number {
    const kept = this.connection.meta(countKey(encoderId));
    return kept === undefined ? this.countRows(encoderId) : Number(kept);
  }

  /** Ends a transaction that changed images or embeddings. */
  bump(changes: Changes = new Map()): void {
    for (const id of [undefined, ...changes.keys()]) {
      this.connection.setMeta(generationKey(id), String(this.generation(id) + 1));
      this.connection.setMeta(id === undefined ? 'state' : `state:${id}`, randomUUID());
    }
    for (const [id, more] of changes) {
      const before = this.connection.meta(countKey(id));
      const count = before === undefined ? this.countRows(id) : Number(before) + more;
      this.connection.setMeta(countKey(id), String(count));
    }
  }

  private countRows(encoderId: number): number {
    // By the index without the vectors, which is a small part of the table.
    const row = this.connection.get<{ count: number }>(
      'SELECT count(*) AS count FROM embeddings INDEXED BY embeddings_by_image WHERE encoder_id = ?',
      encoderId,
    );
    return row?.count ?? 0;
  }
}

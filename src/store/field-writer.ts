import { numberOf } from '../domain/search-language/compared-value.ts';
import type { Connection } from './connection.ts';
import {
  type Described,
  type IdOf,
  remembered,
  storedFields,
  valueIdsOf,
} from './described-fields.ts';

/** The ids of a collection's values; to be used while nobody writes them. */
export function knownIds(connection: Connection): IdOf {
  return remembered((field, value) => idOf(connection, field, value));
}

function idOf(connection: Connection, field: string, value: string): number | undefined {
  const sql = 'SELECT id FROM field_values WHERE field = ? AND value = ?';
  return connection.get<{ id: number }>(sql, field, value)?.id;
}

/**
 * Writes which values images have, as part of one transaction, which is to end with `finish`. Values that no image has
 * any more are removed then: one may be of a patient.
 */
export class FieldWriter {
  private readonly idOf: IdOf;
  /** Images that had no values, which are written together. */
  private readonly added = new Map<number, string>();
  /** Values that an image has lost; others may have them. */
  private readonly lost = new Set<number>();

  constructor(private readonly connection: Connection) {
    const sql = 'INSERT INTO field_values (field, value, number) VALUES (?, ?, ?)';
    this.idOf = remembered(
      (field, value) =>
        idOf(connection, field, value) ??
        connection.insert(sql, field, value, numberOf(value, field)),
    );
  }

  /** The description as it is stored; its values get ids where they have none. */
  stored(description: Described): string {
    return storedFields(description, this.idOf) as string;
  }

  /** Notes the stored description of a new image. */
  add(image: number, fields: string): void {
    this.added.set(image, fields);
  }

  /** How many images were added. */
  get additions(): number {
    return this.added.size;
  }

  /** Notes that an image is described otherwise. */
  change(image: number, before: string, now: string): void {
    if (this.added.has(image)) {
      for (const value of valueIdsOf(before)) this.lost.add(value);
      this.add(image, now);
      return;
    }
    const [old, fresh] = [valueIdsOf(before), valueIdsOf(now)];
    for (const value of old) if (!fresh.has(value)) this.lose(image, value);
    for (const value of fresh) {
      if (old.has(value)) continue;
      this.connection.run('INSERT OR IGNORE INTO image_values VALUES (?, ?)', value, image);
    }
  }

  /** Notes that an image goes. */
  remove(image: number, before: string): void {
    for (const value of valueIdsOf(before)) this.lose(image, value);
  }

  finish(): void {
    const images = new Map<number, number[]>();
    for (const [image, fields] of this.added) {
      for (const value of valueIdsOf(fields)) {
        const list = images.get(value);
        if (list === undefined) images.set(value, [image]);
        else list.push(image);
      }
    }
    // In the order of the table, so that its pages are gone through once.
    for (const [value, list] of [...images].sort(([a], [b]) => a - b)) {
      this.connection.run(
        'INSERT OR IGNORE INTO image_values SELECT ?, value FROM json_each(?)',
        value,
        `[${list.join()}]`,
      );
    }
    for (const value of this.lost) {
      this.connection.run(
        'DELETE FROM field_values WHERE id = ? AND id NOT IN (SELECT value_id FROM image_values WHERE value_id = ?)',
        value,
        value,
      );
    }
  }

  private lose(image: number, value: number): void {
    this.lost.add(value);
    const sql = 'DELETE FROM image_values WHERE value_id = ? AND image_id = ?';
    this.connection.run(sql, value, image);
  }
}

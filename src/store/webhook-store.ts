import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { Connection } from './connection.ts';
import { identityKey } from './identity-key.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { openSmall } from './small-database.ts';

/** Version of the layout below. */
export const WEBHOOKS_LAYOUT = 1;

/**
 * Whom is told of tasks that have ended. url and secret are encrypted: an address may hold a password. since: tasks that
 * ended before are not told. deliveries: what is told of which end of which task, for as long as the task is kept, so that
 * it is told once; body: JSON, null once it is done with.
 * Times are Unix times in milliseconds; ids are never given again.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url BLOB NOT NULL,
    secret BLOB NOT NULL,
    since INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    task INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    body TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    ready_at INTEGER NOT NULL,
    outcome TEXT,
    UNIQUE (webhook, task, ended)
  );
`;

/** Whom is told, as it is kept. */
export interface StoredWebhook {
  id: number;
  url: string;
  secret: string;
  since: number;
}

/** Something that is to be told. */
export interface Delivery {
  id: number;
  webhook: number;
  body: string;
  /** How often it was tried, with this time. */
  tries: number;
}

type Row = { id: number; url: Buffer; secret: Buffer; since: number };

/** Whom is told of tasks that have ended, and what is still to be told. */
export class WebhookStore {
  private readonly pseudonyms: Pseudonyms;

  private constructor(private readonly connection: Connection) {
    this.pseudonyms = new Pseudonyms(identityKey(dirname(connection.file)));
  }

  /**
   * Opens the file, which is made where it is absent; undefined where it is absent and not to be made.
   * @throws SemblanceError COLLECTION_TOO_NEW, COLLECTION_DAMAGED, COLLECTION_BUSY, DISK_FULL, HOME_READ_ONLY
   */
  static open(file: string, create: boolean): WebhookStore | undefined {
    if (!create && !existsSync(file)) return undefined;
    return new WebhookStore(
      new Connection(file, create, undefined, () => openSmall(file, SCHEMA, WEBHOOKS_LAYOUT)),
    );
  }

  /** @returns its id */
  add({ url, secret, since }: Omit<StoredWebhook, 'id'>): number {
    return this.connection.insert(
      'INSERT INTO webhooks (url, secret, since) VALUES (?, ?, ?)',
      ...[this.pseudonyms.seal(url), this.pseudonyms.seal(secret), since],
    );
  }

  list(): StoredWebhook[] {
    return this.connection
      .all<Row>('SELECT * FROM webhooks ORDER BY id')
      .map(({ id, url, secret, since }) => ({
        ...{ id, since, url: this.pseudonyms.open(url), secret: this.pseudonyms.open(secret) },
      }));
  }

  /** With all that was to be told. @throws SemblanceError WEBHOOK_NOT_FOUND */
  remove(id: number): void {
    if (this.connection.run('DELETE FROM webhooks WHERE id = ?', id) > 0) return;
    throw new SemblanceError('WEBHOOK_NOT_FOUND', `There is no webhook ${id}.`);
  }

  /** Notes that one is to be told of the end of a task; once for each end. */
  note(webhook: number, task: number, ended: number, body: string): void {
    this.connection.run(
      'INSERT OR IGNORE INTO deliveries (webhook, task, ended, body, ready_at) VALUES (?, ?, ?, ?, ?)',
      ...[webhook, task, ended, body, Date.now()],
    );
  }

  /**
   * What is to be told now; it is this process's to tell until then.
   * @param until Unix time in milliseconds
   */
  take(until: number): Delivery | undefined {
    return this.connection.write(() => {
      const row = this.connection.get<Delivery>(
        `SELECT id, webhook, body, tries + 1 AS tries FROM deliveries
         WHERE body IS NOT NULL AND ready_at <= ? ORDER BY ready_at, id LIMIT 1`,
        Date.now(),
      );
      if (row === undefined) return undefined;
      const sql = 'UPDATE deliveries SET tries = ?, ready_at = ? WHERE id = ?';
      this.connection.run(sql, row.tries, until, row.id);
      return row;
    });
  }

  /** Says how it went. @param again when it is tried again; undefined: it is done with */
  told(id: number, outcome: string, again?: number): void {
    if (again === undefined) {
      this.connection.run(
        'UPDATE deliveries SET outcome = ?, body = NULL WHERE id = ?',
        outcome,
        id,
      );
    } else {
      const sql = 'UPDATE deliveries SET outcome = ?, ready_at = ? WHERE id = ?';
      this.connection.run(sql, outcome, again, id);
    }
  }

  /**
   * Forgets what was told of tasks that are themselves forgotten, but for the last one to each.
   * @param tasks ids of those that there are
   */
  forget(tasks: readonly number[]): void {
    // A task that was begun since has a higher number.
    this.connection.run(
      `DELETE FROM deliveries WHERE body IS NULL AND task < ? AND task NOT IN (SELECT value FROM json_each(?))
       AND id NOT IN (SELECT max(id) FROM deliveries WHERE outcome IS NOT NULL GROUP BY webhook)`,
      ...[Math.max(0, ...tasks), JSON.stringify(tasks)],
    );
  }

  /** How the last one to each went, and how many wait. */
  outcomes(): { webhook: number; last: string | null; waiting: number }[] {
    return this.connection.all(
      `SELECT webhook, count(body) AS waiting,
         (SELECT outcome FROM deliveries AS d WHERE d.webhook = deliveries.webhook AND outcome IS NOT NULL
          ORDER BY id DESC LIMIT 1) AS last
       FROM deliveries GROUP BY webhook`,
    );
  }

  close(): void {
    this.connection.close();
  }
}

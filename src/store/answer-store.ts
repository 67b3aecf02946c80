import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { Connection } from './connection.ts';
import { holderOf, isAlive, letGo, newHolder } from './holder.ts';
import { identityKey } from './identity-key.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { openSmall } from './small-database.ts';

/** Version of the layout below. */
export const ANSWERS_LAYOUT = 1;
/** So long is an answer kept, in milliseconds. */
const KEPT = 24 * 3_600_000;

/**
 * What requests with a key of their own were answered. name: keyed hash of who asked for what with which key. request: keyed
 * hash of what was sent. holder: who is answering it. answer: what was answered, encrypted; null until then. created: Unix
 * time in milliseconds.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS answers (
    name BLOB PRIMARY KEY,
    request BLOB NOT NULL,
    holder TEXT NOT NULL,
    answer BLOB,
    created INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS answers_created ON answers (created);
`;

/** An answer as it is kept. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A request that is to be answered, and whose answer is then kept or not. */
export interface Answering {
  keep(answer: KeptAnswer): void;
  /** Whoever asks again is answered anew. */
  forget(): void;
}

interface Row {
  request: Buffer;
  holder: string;
  answer: Buffer | null;
}

/** What was answered to requests with a key, so that one that is sent again does nothing twice. */
export class AnswerStore {
  private readonly pseudonyms: Pseudonyms;

  private constructor(private readonly connection: Connection) {
    this.pseudonyms = new Pseudonyms(identityKey(dirname(connection.file)));
  }

  /**
   * Opens the file, which is made where it is absent.
   * @throws SemblanceError COLLECTION_TOO_NEW, COLLECTION_DAMAGED, COLLECTION_BUSY, DISK_FULL, HOME_READ_ONLY
   */
  static open(file: string): AnswerStore {
    return new AnswerStore(
      new Connection(file, !existsSync(file), undefined, () =>
        openSmall(file, SCHEMA, ANSWERS_LAYOUT),
      ),
    );
  }

  /**
   * What was answered, or that this process is to answer. One whose process ended before its answer is answered anew.
   * @param name who asks for what with which key
   * @param request what is sent
   * @throws SemblanceError REQUEST_KEY_REUSED where something else was sent with it, REQUEST_UNDER_WAY while it is answered
   */
  begin(name: string, request: string): KeptAnswer | Answering {
    const key = this.pseudonyms.hash('answer', name);
    const sent = this.pseudonyms.hash('answered', request);
    const holder = newHolder();
    const found = this.connection.write(() => {
      const now = Date.now();
      this.connection.run('DELETE FROM answers WHERE created < ?', now - KEPT);
      const sql = 'SELECT request, holder, answer FROM answers WHERE name = ?';
      const row = this.connection.get<Row>(sql, key);
      if (row !== undefined && !Buffer.from(row.request).equals(sent)) {
        throw new SemblanceError('REQUEST_KEY_REUSED', 'Another request was sent with it.');
      }
      if (row?.answer) return row.answer;
      const other = holderOf(row?.holder);
      if (other !== undefined && isAlive(other)) {
        throw new SemblanceError('REQUEST_UNDER_WAY', 'It is being answered.');
      }
      this.connection.run(
        'INSERT OR REPLACE INTO answers (name, request, holder, created) VALUES (?, ?, ?, ?)',
        ...[key, sent, JSON.stringify(holder), now],
      );
      return undefined;
    });
    if (found !== undefined) {
      letGo(holder);
      return JSON.parse(this.pseudonyms.open(found));
    }
    return {
      keep: (answer) => {
        const sealed = this.pseudonyms.seal(JSON.stringify(answer));
        this.connection.run('UPDATE answers SET answer = ? WHERE name = ?', sealed, key);
        letGo(holder);
      },
      forget: () => {
        letGo(holder);
        this.connection.run('DELETE FROM answers WHERE name = ? AND answer IS NULL', key);
      },
    };
  }

  close(): void {
    this.connection.close();
  }
}

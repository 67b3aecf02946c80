import { existsSync } from 'node:fs';
import type { Roles } from '../domain/roles.ts';
import { Connection } from './connection.ts';
import { openSmall } from './small-database.ts';

/** Its file in the data directory. */
export const ACCESS_FILE = 'access.sqlite';

/** Version of the layout below. */
export const ACCESS_LAYOUT = 3;

/** Who logs in by a provider is known by what it calls him, which it never gives to another one. */
const BY_PROVIDER = `
  CREATE UNIQUE INDEX IF NOT EXISTS users_of_provider ON users (issuer, subject);
`;

const SESSIONS = `
  CREATE TABLE IF NOT EXISTS sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    browser TEXT
  );
  CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user);
`;

/**
 * Who may do what. password: argon2id in its own text form; empty for who logs in by a provider, whose issuer and subject
 * say who it is. roles: JSON, by collection. hash: SHA-256 of a random secret
 * that is kept nowhere. browser: what kind it says it is. Times are Unix times in milliseconds; ids are never given again.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    roles TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    issuer TEXT,
    subject TEXT
  );
  ${BY_PROVIDER}
  ${SESSIONS}
  CREATE TABLE IF NOT EXISTS keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    roles TEXT NOT NULL,
    created INTEGER NOT NULL,
    ends INTEGER NOT NULL
  );
`;

/** What makes an earlier layout into the next one. */
const UPGRADES = {
  1: `ALTER TABLE users ADD COLUMN issuer TEXT; ALTER TABLE users ADD COLUMN subject TEXT; ${BY_PROVIDER}`,
  2: `
    DROP INDEX sessions_of_user;
    ALTER TABLE sessions RENAME TO earlier_sessions;
    ${SESSIONS}
    INSERT INTO sessions (hash, user, created, seen) SELECT hash, user, created, seen FROM earlier_sessions;
    DROP TABLE earlier_sessions;
  `,
};

/** Whom a provider of OpenID Connect names: the one that it says of itself, and the name that it gives to nobody else. */
export interface ProvidedIdentity {
  issuer: string;
  subject: string;
}

/** A user as kept. */
export interface StoredUser {
  id: number;
  name: string;
  /** Empty where a provider says who it is. */
  password: string;
  roles: Roles;
  disabled: boolean;
  created: number;
  /** By which provider he logs in; null where by a password. */
  issuer: string | null;
  subject: string | null;
}

/** A key as kept, without its hash. */
export interface StoredKey {
  id: number;
  name: string;
  roles: Roles;
  created: number;
  ends: number;
}

/** A session as kept, and whose it is. */
export interface StoredSession {
  created: number;
  seen: number;
  user: StoredUser;
}

/** A session of a user that is known, without what names it. */
export interface OwnSession {
  id: number;
  hash: Buffer;
  created: number;
  seen: number;
  browser: string | null;
}

type UserRow = Omit<StoredUser, 'roles' | 'disabled'> & { roles: string; disabled: number };
type KeyRow = Omit<StoredKey, 'roles'> & { roles: string };

const KEY = 'id, name, roles, created, ends';

/** Users, their sessions and keys of programs, of a data directory. What one process writes holds for all at once. */
export class AccessStore {
  private constructor(private readonly connection: Connection) {}

  /**
   * Opens the file, which is made where it is absent; undefined where it is absent and not to be made.
   * @throws SemblanceError COLLECTION_TOO_NEW, COLLECTION_DAMAGED, COLLECTION_BUSY, DISK_FULL, HOME_READ_ONLY
   */
  static open(file: string, create: boolean): AccessStore | undefined {
    if (!create && !existsSync(file)) return undefined;
    const open = () => openSmall(file, SCHEMA, ACCESS_LAYOUT, UPGRADES);
    return new AccessStore(new Connection(file, create, undefined, open));
  }

  /** Whether there is a user or a key at all. */
  anybody(): boolean {
    const sql = 'SELECT EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM keys) AS found';
    return this.connection.get<{ found: number }>(sql)?.found === 1;
  }

  users(): StoredUser[] {
    return this.connection.all<UserRow>('SELECT * FROM users ORDER BY name').map(userOf);
  }

  user(name: string): StoredUser | undefined {
    const row = this.connection.get<UserRow>('SELECT * FROM users WHERE name = ?', name);
    return row && userOf(row);
  }

  /** The user whom a provider names so. */
  provided({ issuer, subject }: ProvidedIdentity): StoredUser | undefined {
    const sql = 'SELECT * FROM users WHERE issuer = ? AND subject = ?';
    const row = this.connection.get<UserRow>(sql, issuer, subject);
    return row && userOf(row);
  }

  /** @returns whether the name, and who it is for a provider, was free */
  addUser(
    { name, password, roles }: Pick<StoredUser, 'name' | 'password' | 'roles'>,
    { issuer, subject }: ProvidedIdentity | { issuer: null; subject: null } = {
      issuer: null,
      subject: null,
    },
  ): boolean {
    const sql = `INSERT INTO users (name, password, roles, created, issuer, subject)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
    const values = [name, password, JSON.stringify(roles), Date.now(), issuer, subject];
    return this.connection.run(sql, ...values) > 0;
  }

  /** Changes a user; a new password and a user who is disabled end all sessions of the user. */
  changeUser({ id, password, roles, disabled }: StoredUser, endSessions: boolean): void {
    this.connection.write(() => {
      const sql = 'UPDATE users SET password = ?, roles = ?, disabled = ? WHERE id = ?';
      this.connection.run(sql, password, JSON.stringify(roles), Number(disabled), id);
      if (endSessions) this.connection.run('DELETE FROM sessions WHERE user = ?', id);
    });
  }

  removeUser(id: number): void {
    this.connection.run('DELETE FROM users WHERE id = ?', id);
  }

  /** Adds a session, and forgets those that began before a time. */
  addSession(
    hash: Uint8Array,
    { user, browser }: { user: number; browser: string | null },
    forgetBefore: number,
  ): void {
    this.connection.write(() => {
      const now = Date.now();
      this.connection.run('DELETE FROM sessions WHERE created < ?', forgetBefore);
      const sql =
        'INSERT INTO sessions (hash, user, created, seen, browser) VALUES (?, ?, ?, ?, ?)';
      this.connection.run(sql, hash, user, now, now, browser);
    });
  }

  session(hash: Uint8Array): StoredSession | undefined {
    type Row = UserRow & { begun: number; seen: number };
    const row = this.connection.get<Row>(
      `SELECT users.*, sessions.created AS begun, seen
       FROM sessions JOIN users ON users.id = sessions.user WHERE hash = ?`,
      hash,
    );
    if (row === undefined) return undefined;
    const { begun: created, seen, ...user } = row;
    return { created, seen, user: userOf(user) };
  }

  /** The sessions of a user, the last one first. */
  sessionsOf(user: number): OwnSession[] {
    const sql =
      'SELECT id, hash, created, seen, browser FROM sessions WHERE user = ? ORDER BY id DESC';
    return this.connection.all<OwnSession>(sql, user);
  }

  /** Says that a session was used just now. */
  seeSession(hash: Uint8Array): void {
    this.connection.run('UPDATE sessions SET seen = ? WHERE hash = ?', Date.now(), hash);
  }

  endSession(hash: Uint8Array): void {
    this.connection.run('DELETE FROM sessions WHERE hash = ?', hash);
  }

  keys(): StoredKey[] {
    return this.connection.all<KeyRow>(`SELECT ${KEY} FROM keys ORDER BY id`).map(keyOf);
  }

  key(hash: Uint8Array): StoredKey | undefined {
    const row = this.connection.get<KeyRow>(`SELECT ${KEY} FROM keys WHERE hash = ?`, hash);
    return row && keyOf(row);
  }

  /** @returns its id */
  addKey(hash: Uint8Array, { name, roles, created, ends }: Omit<StoredKey, 'id'>): number {
    return this.connection.insert(
      'INSERT INTO keys (name, hash, roles, created, ends) VALUES (?, ?, ?, ?, ?)',
      ...[name, hash, JSON.stringify(roles), created, ends],
    );
  }

  /** @returns whether there was one */
  removeKey(id: number): boolean {
    return this.connection.run('DELETE FROM keys WHERE id = ?', id) > 0;
  }

  /** Has roles in a collection hold in another one in its place; without one, they end. */
  moveRoles(from: string, to: string | undefined): void {
    this.connection.write(() => {
      for (const table of ['users', 'keys']) {
        const rows = this.connection.all<{ id: number; roles: string }>(
          `SELECT id, roles FROM ${table}`,
        );
        for (const { id, roles } of rows) {
          const { [from]: role, ...others } = JSON.parse(roles) as Roles;
          if (role === undefined) continue;
          const now = JSON.stringify(to === undefined ? others : { ...others, [to]: role });
          this.connection.run(`UPDATE ${table} SET roles = ? WHERE id = ?`, now, id);
        }
      }
    });
  }

  close(): void {
    this.connection.close();
  }
}

function userOf({ roles, disabled, ...user }: UserRow): StoredUser {
  return { ...user, roles: JSON.parse(roles), disabled: disabled === 1 };
}

function keyOf({ roles, ...key }: KeyRow): StoredKey {
  return { ...key, roles: JSON.parse(roles) };
}

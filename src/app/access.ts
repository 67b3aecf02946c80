import { createHash, randomBytes } from 'node:crypto';
import type { ApiKey, NewApiKey, OwnSession, User } from '../contract/access.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { suggestion } from '../domain/errors/suggest.ts';
import { EVERY_COLLECTION, mayDo, type Role, type Roles } from '../domain/roles.ts';
import { AccessStore, type ProvidedIdentity, type StoredUser } from '../store/access-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { LoginFailures } from './login-failures.ts';
import { isPassword, keptPassword } from './passwords.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A session ends when it is not used for so long, and at last after so long (ASVS 3.3.2). */
const IDLE = 30 * MINUTE;
const LONGEST = 12 * 60 * MINUTE;
/** Days that a key holds at the most. */
const LONGEST_KEY = 366;

/** What a key begins with, so that it is known for one where it has got to by mistake. */
const KEY_PREFIX = 'semblance_';
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

/** Who asks, and what he may do. */
export interface Principal {
  kind: 'user' | 'key';
  /** The user's or key's number, which nobody else is ever given. */
  id: number;
  /** Name of the user, or number of the key. */
  name: string;
  roles: Roles;
  /** Issuer of the provider that says who he is; not where he has a password here. */
  provider?: string;
}

/** A role, in some collections or in every one. */
export interface RoleRequest {
  /** `none` takes it away. */
  role: Role | 'none';
  /** By default every one. */
  collections?: readonly string[] | undefined;
}

/** What is asked for by somebody who may lock himself and all others out by it. */
export interface KeepingAdmin {
  /** Whether it is refused where no user would be admin of every collection; not by default. */
  keepAdmin?: boolean;
}

/** What decides whether an admin stays. */
type Kept = Pick<User, 'name' | 'roles' | 'disabled'> & { provider?: string | null };

/** Who may do what with a data directory: users, their sessions, and keys of programs. */
export class AccessService {
  private store: AccessStore | undefined;
  private readonly failures = new LoginFailures();

  /** @internal */
  constructor(private readonly directory: DataDirectory) {}

  /** Whether there is a user or a key. @throws SemblanceError those of the store */
  anybody(): boolean {
    return this.found()?.anybody() ?? false;
  }

  /** The users, by name. */
  users(): User[] {
    return (this.found()?.users() ?? []).map(told);
  }

  /** Whether there is a user of this name. */
  isUser(name: string): boolean {
    return this.found()?.user(name) !== undefined;
  }

  /**
   * Adds a user.
   * @throws SemblanceError USER_NAME_INVALID, USER_EXISTS, PASSWORD_REFUSED, COLLECTION_NAME_INVALID, LAST_ADMIN
   */
  async addUser(
    request: { name: string; password: string } & RoleRequest & KeepingAdmin,
  ): Promise<User> {
    const { name } = request;
    checkName(name);
    const roles = this.granted({}, request);
    this.keepAdmin(request, { name, roles, disabled: false });
    const password = await keptPassword(request.password, name);
    if (!this.made().addUser({ name, password, roles })) {
      throw new SemblanceError('USER_EXISTS', 'Choose another name.', { subject: name });
    }
    return told(this.user(name));
  }

  /**
   * Gives a role, or takes it away; it holds from the next request on.
   * @throws SemblanceError USER_NOT_FOUND, USER_OF_PROVIDER, COLLECTION_NAME_INVALID, LAST_ADMIN
   */
  setRole({ name, ...request }: { name: string } & RoleRequest & KeepingAdmin): User {
    const user = this.ownUser(name);
    const changed = { ...user, roles: this.granted(user.roles, request) };
    this.keepAdmin(request, changed);
    return this.change(changed, false);
  }

  /**
   * Changes a password and ends the sessions.
   * @throws SemblanceError USER_NOT_FOUND, USER_OF_PROVIDER, PASSWORD_REFUSED
   */
  async setPassword({ name, password }: { name: string; password: string }): Promise<User> {
    const kept = await keptPassword(password, name);
    return this.change({ ...this.ownUser(name), password: kept }, true);
  }

  /**
   * Changes one's own password, and ends the sessions; wrong ones count as in a login.
   * @param request address: of whoever asks
   * @throws SemblanceError PASSWORD_REFUSED, USER_OF_PROVIDER, and those of `logIn`
   */
  async changePassword(request: {
    name: string;
    old: string;
    password: string;
    address: string;
  }): Promise<User> {
    const { name, old, password, address } = request;
    this.ownUser(name);
    await this.verified({ name, password: old, address });
    return this.setPassword({ name, password });
  }

  /**
   * Lets a user log in no more and ends the sessions, or lets him again.
   * @throws SemblanceError USER_NOT_FOUND, LAST_ADMIN
   */
  setDisabled({
    name,
    disabled,
    ...request
  }: { name: string; disabled: boolean } & KeepingAdmin): User {
    const changed = { ...this.user(name), disabled };
    this.keepAdmin(request, changed);
    return this.change(changed, true);
  }

  /** @throws SemblanceError USER_NOT_FOUND, LAST_ADMIN */
  removeUser({ name, ...request }: { name: string } & KeepingAdmin): void {
    const user = this.user(name);
    this.keepAdmin(request, { ...user, roles: {} });
    this.made().removeUser(user.id);
  }

  /** The keys, without their secrets; those that have ended, too. */
  keys(): ApiKey[] {
    return this.found()?.keys() ?? [];
  }

  /**
   * Makes a key for a program; its secret is told this once.
   * @param request days: how long it holds
   * @throws SemblanceError USAGE, USER_NAME_INVALID, COLLECTION_NAME_INVALID, LAST_ADMIN (there is none)
   */
  addKey({
    name,
    days,
    ...request
  }: { name: string; days: number } & RoleRequest & KeepingAdmin): NewApiKey {
    checkName(name);
    this.keepAdmin(request);
    if (!(days > 0 && days <= LONGEST_KEY)) {
      throw new SemblanceError('USAGE', `A key holds 1 to ${LONGEST_KEY} days.`);
    }
    const secret = KEY_PREFIX + newSecret();
    const created = Date.now();
    const roles = this.granted({}, request);
    const key = { name, roles, created, ends: created + days * DAY };
    return { id: this.made().addKey(hashOf(secret), key), ...key, secret };
  }

  /** @throws SemblanceError KEY_NOT_FOUND */
  revokeKey({ id }: { id: number }): void {
    if (this.found()?.removeKey(id)) return;
    throw new SemblanceError('KEY_NOT_FOUND', `There is no key ${id}.`);
  }

  /**
   * Begins a session.
   * @param request address: of whoever asks; browser: what kind it is
   * @returns its token, which is kept nowhere
   * @throws SemblanceError LOGIN_REFUSED whatever is wrong; LOGIN_LOCKED (with `retryAfter`, in seconds) after too many such
   */
  async logIn(request: {
    name: string;
    password: string;
    address: string;
    browser?: string | null;
  }): Promise<string> {
    return this.begin(await this.verified(request), request.browser);
  }

  /**
   * Begins a session of somebody whom a provider of OpenID Connect names, who is a user from then on.
   * @param request names: what he may be called, the best first; the first that nobody else has is his for good
   * @returns its token, which is kept nowhere, and the name
   * @throws SemblanceError LOGIN_REFUSED for one who is kept out here
   * @internal
   */
  logInProvided(request: {
    identity: ProvidedIdentity;
    names: readonly string[];
    roles: Roles;
    browser?: string | null;
  }): { token: string; name: string } {
    const { identity, names, roles, browser } = request;
    const store = this.made();
    if (!this.setProvidedRoles(identity, roles)) {
      const isTaken = (name: string) => !store.addUser({ name, password: '', roles }, identity);
      names.filter((name) => NAME.test(name)).every(isTaken);
    }
    const user = store.provided(identity);
    if (user === undefined || user.disabled) {
      throw new SemblanceError('LOGIN_REFUSED', 'Who runs the server lets this user in no more.');
    }
    return { token: this.begin(user, browser), name: user.name };
  }

  /**
   * Has somebody do what a provider says of him, from now on.
   * @returns whether there is such a user
   * @internal
   */
  setProvidedRoles(identity: ProvidedIdentity, roles: Roles): boolean {
    const user = this.found()?.provided(identity);
    if (user === undefined) return false;
    this.change({ ...user, roles }, false);
    return true;
  }

  private begin(user: StoredUser, browser: string | null = null): string {
    const token = newSecret();
    this.made().addSession(hashOf(token), { user: user.id, browser }, Date.now() - LONGEST);
    return token;
  }

  /** The user whose password it is. @throws SemblanceError as `logIn` */
  private async verified(request: {
    name: string;
    password: string;
    address: string;
  }): Promise<StoredUser> {
    const store = this.made();
    // Counted before it is known, so that many at once are not all let try.
    const failed = this.failures.begin(request.name, request.address);
    const user = store.user(request.name);
    const isRight = await isPassword(user?.password || undefined, request.password);
    // Read again: it takes a while, in which much can change.
    const now = store.user(request.name);
    if (!isRight || now === undefined || now.disabled || now.password !== user?.password) {
      throw new SemblanceError('LOGIN_REFUSED', 'The name or the password is not right.');
    }
    failed.forget();
    return now;
  }

  /** Whose session it is; undefined when it has ended or is none. */
  session(token: string): Principal | undefined {
    const hash = hashOf(token);
    const store = this.found();
    const session = store?.session(hash);
    if (session === undefined) return undefined;
    const { seen, user } = session;
    if (isOver(session) || user.disabled) {
      store?.endSession(hash);
      return undefined;
    }
    if (Date.now() - seen > MINUTE) store?.seeSession(hash);
    const { name, roles, issuer } = user;
    const provider = issuer !== null && { provider: issuer };
    return { kind: 'user', id: user.id, name, roles, ...provider };
  }

  /** Ends a session. */
  logOut(token: string): void {
    this.found()?.endSession(hashOf(token));
  }

  /**
   * Where a user is logged in.
   * @param request token: of the session that asks
   * @throws SemblanceError USER_NOT_FOUND
   */
  sessions({ name, token }: { name: string; token?: string | undefined }): OwnSession[] {
    const own = token === undefined ? undefined : hashOf(token);
    const all = this.found()?.sessionsOf(this.user(name).id) ?? [];
    return all
      .filter((each) => !isOver(each))
      .map(({ id, hash, created, seen, browser }) => {
        const current = own?.equals(hash) ?? false;
        return { id, begun: created, used: seen, browser, current };
      });
  }

  /** Ends one session of a user. @throws SemblanceError USER_NOT_FOUND, SESSION_NOT_FOUND */
  endSession({ name, id }: { name: string; id: number }): void {
    const store = this.made();
    const found = store.sessionsOf(this.user(name).id).find((each) => each.id === id);
    if (found === undefined || isOver(found)) {
      throw new SemblanceError('SESSION_NOT_FOUND', `${name} has no session ${id}.`);
    }
    store.endSession(found.hash);
  }

  /**
   * Ends one of one's own sessions, for which the password is asked for once more (ASVS 3.3.4); who logs in by a provider has none
   * here. Wrong ones count as in a login.
   * @param request address: of whoever asks
   * @throws SemblanceError SESSION_NOT_FOUND, and those of `logIn`
   */
  async endOwnSession(request: {
    name: string;
    id: number;
    password: string;
    address: string;
  }): Promise<void> {
    if (this.user(request.name).issuer === null) await this.verified(request);
    this.endSession(request);
  }

  /** Whose key it is; undefined when it has ended, is revoked or is none. */
  key(secret: string): Principal | undefined {
    const key = this.found()?.key(hashOf(secret));
    const now = Date.now();
    // A clock that was set back, to the year 1970 above all, gives no key more time.
    if (key === undefined || now >= key.ends || now < key.created - MINUTE) return undefined;
    return { kind: 'key', id: key.id, name: String(key.id), roles: key.roles };
  }

  /** @internal */
  close(): void {
    this.store?.close();
  }

  private found(): AccessStore | undefined {
    this.store ??= AccessStore.open(this.directory.accessFile, false);
    return this.store;
  }

  private made(): AccessStore {
    this.directory.create();
    this.store ??= AccessStore.open(this.directory.accessFile, true);
    return this.store as AccessStore;
  }

  private user(name: string): StoredUser {
    const user = this.found()?.user(name);
    if (user !== undefined) return user;
    const names = this.users().map((each) => each.name);
    throw new SemblanceError('USER_NOT_FOUND', suggestion(name, names, 'user'), { subject: name });
  }

  /** A user whose password and roles are kept here. */
  private ownUser(name: string): StoredUser {
    const user = this.user(name);
    if (user.issuer === null) return user;
    throw new SemblanceError('USER_OF_PROVIDER', `It is ${user.issuer}.`, { subject: name });
  }

  /** @param changed a user as he is to be */
  private keepAdmin({ keepAdmin = false }: KeepingAdmin, changed?: Kept): void {
    // What a provider says of somebody, it may say no longer.
    const isAdmin = ({ roles, disabled, provider }: Kept) =>
      !disabled && !provider && mayDo(roles, 'admin');
    const users = this.users();
    const others = users.filter(({ name }) => name !== changed?.name);
    // Where there is none already, only who is the first makes it worse.
    const isThere = users.some(isAdmin) || !this.anybody();
    if (!keepAdmin || !isThere) return;
    if (others.some(isAdmin) || (changed !== undefined && isAdmin(changed))) return;
    throw new SemblanceError('LAST_ADMIN', 'Nobody could give roles here any more.');
  }

  private change(user: StoredUser, endSessions: boolean): User {
    this.made().changeUser(user, endSessions);
    return told(user);
  }

  private granted(before: Roles, { role, collections }: RoleRequest): Roles {
    const roles = new Map(Object.entries(before));
    for (const name of collections ?? []) this.directory.checkName(name);
    for (const name of collections ?? [EVERY_COLLECTION]) {
      if (role === 'none') roles.delete(name);
      else roles.set(name, role);
    }
    return Object.fromEntries(roles);
  }
}

/** Whether a session has ended; a clock that was set back makes none longer. */
function isOver({ created, seen }: { created: number; seen: number }): boolean {
  const now = Date.now();
  return now - seen > IDLE || now - created > LONGEST || now < created - MINUTE;
}

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new SemblanceError('USER_NAME_INVALID', 'It cannot be used.', { subject: name });
}

/** 256 random bits. */
function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a random secret; it needs no slow hash, because it cannot be guessed. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function told({ name, roles, disabled, created, issuer }: StoredUser): User {
  return { name, roles, disabled, created, provider: issuer };
}

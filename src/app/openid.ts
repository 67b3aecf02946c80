import { createHash } from 'node:crypto';
import { SemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import { EVERY_COLLECTION, ROLES, type Role, type Roles } from '../domain/roles.ts';
import { agent } from '../http/answers.ts';
import { privateAddress } from '../http/private-address.ts';
import type { AccessService } from './access.ts';

/** Seconds that the provider may take for an answer. */
const TIMEOUT = 10;
/** For so long what the provider said of somebody is believed without asking again, in milliseconds. */
const BELIEVED = 60_000;
/** For so long a session is believed where the provider does not say how long, in seconds. */
const LONGEST = 3600;
/** For so long a login that was begun may be ended, in milliseconds. */
const BEGUN = 10 * 60_000;
/** So many ended logins, and sessions, are remembered; the oldest make room. */
const REMEMBERED = 10_000;
/** What is wrong with what a provider signed, in place of with how it answers. */
const NOT_BELIEVED: ReadonlySet<unknown> = new Set([
  ...['OAUTH_JWT_TIMESTAMP_CHECK_FAILED', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
  ...['OAUTH_KEY_SELECTION_FAILED', 'OAUTH_UNSUPPORTED_OPERATION', 'OAUTH_INVALID_RESPONSE'],
  ...['OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED', 'OAUTH_PARSE_ERROR'],
]);

/** A role for everybody of whom the provider says something. */
export interface ProvidedRole {
  /** What one of the values of the claim has to be; `*` for whatever it says. */
  value: string;
  role: Role;
  /** By default every one. */
  collection?: string | undefined;
}

/** A provider of OpenID Connect, by which one may log in. */
export interface OpenIdOptions {
  /** Its address as it is in what it signs; only of this machine may it be without TLS. */
  issuer: string;
  /** What it calls this server. */
  client: string;
  /** What this server shows to it, beside PKCE. */
  secret?: string | undefined;
  /** What the page calls it. */
  name?: string | undefined;
  /** What it is asked for, beside `openid`. */
  scopes?: readonly string[];
  /** Claim that is the name of the user; `preferred_username` by default. */
  userClaim?: string | undefined;
  /** Claim that says what he may do, with dots for a claim in a claim; `groups` by default. */
  roleClaim?: string | undefined;
  roles: readonly ProvidedRole[];
  /** Whom a token may be for, beside this server. */
  audiences?: readonly string[];
  /** Where it sends browsers back to; by default to the address of the page, as they ask for it. */
  redirect?: string | undefined;
}

/** What a browser keeps between the beginning of a login and its end. */
export interface BegunLogin {
  state: string;
  nonce: string;
  verifier: string;
  redirect: string;
  /** By the clock of this process that nobody sets, in milliseconds. */
  begun: number;
}

type Library = typeof import('openid-client');
type Configuration = import('openid-client').Configuration;
type CustomFetch = import('openid-client').CustomFetch;
type Claims = Readonly<Record<string, unknown>>;

/** What the provider gave for a session; it is kept in memory alone. */
interface Held {
  subject: string;
  access: string;
  refresh: string | undefined;
  idToken: string | undefined;
  /** When `access` ends, by the clock of this process, in milliseconds. */
  ends: number;
  /** Whether the roles are in what the provider tells of a user, and not in the token alone. */
  isTold: boolean;
  looked: number;
  looking: Promise<void> | undefined;
}

/** Login by a provider of OpenID Connect: authorization code with PKCE, state and nonce. */
export class OpenIdService {
  private library: Promise<Library> | undefined;
  private configured: Promise<Configuration> | undefined;
  /** By the hash of a session's token. */
  private readonly held = new Map<string, Held>();
  /** States of logins that were ended. */
  private readonly ended = new Map<string, true>();
  private readonly issuer: URL;

  /** @throws SemblanceError USAGE for an issuer that is none */
  constructor(
    private readonly options: OpenIdOptions,
    private readonly access: AccessService,
  ) {
    this.issuer = issuerOf(options.issuer);
  }

  /** What the page calls the provider. */
  get name(): string {
    return this.options.name ?? this.issuer.hostname;
  }

  /**
   * Where a browser goes to log in, and what it keeps until it is back.
   * @param page address that it is at
   * @throws SemblanceError OPENID_UNAVAILABLE
   */
  async begin(page: string): Promise<{ url: string; login: BegunLogin }> {
    const redirect = this.options.redirect ?? page;
    return this.asking(async (library, configured) => {
      const [state, nonce] = [library.randomState(), library.randomNonce()];
      const verifier = library.randomPKCECodeVerifier();
      const { scopes = [] } = this.options;
      const url = library.buildAuthorizationUrl(configured, {
        redirect_uri: redirect,
        scope: [...new Set(['openid', ...scopes])].join(' '),
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...{ state, nonce },
      });
      const begun = performance.now();
      return { url: url.href, login: { state, nonce, verifier, redirect, begun } };
    });
  }

  /**
   * Begins a session with what the provider sent the browser back with.
   * @param login what the browser kept; undefined where it kept nothing that this process had given it
   * @param query of the address that it was sent back to
   * @throws SemblanceError OPENID_STATE_INVALID, OPENID_REFUSED, OPENID_TOKEN_INVALID, OPENID_NO_ROLE, OPENID_UNAVAILABLE,
   *   LOGIN_REFUSED for one who is kept out here
   */
  async finish(
    login: BegunLogin | undefined,
    query: string,
    browser: string | null = null,
  ): Promise<{ token: string; name: string }> {
    const given = new URLSearchParams(query);
    const { state, nonce, verifier, redirect, begun } = login ?? {};
    const isLate = begun === undefined || performance.now() - begun > BEGUN;
    const isOwn = state !== undefined && given.getAll('state').join() === state;
    if (isLate || !isOwn || redirect === undefined || this.ended.has(state)) {
      throw new SemblanceError('OPENID_STATE_INVALID', 'Nobody was logged in.');
    }
    remember(this.ended, state, true);
    const { held, claims } = await this.asking(async (library, configured) => {
      const at = new URL(redirect);
      at.search = given.toString();
      const tokens = await library.authorizationCodeGrant(configured, at, {
        ...{ expectedState: state, idTokenExpected: true },
        ...(nonce !== undefined && { expectedNonce: nonce }),
        ...(verifier !== undefined && { pkceCodeVerifier: verifier }),
      });
      const claims = tokens.claims();
      if (claims === undefined) throw notBelieved('It sent no ID token.');
      this.checkAudience(claims);
      const told = await this.told(library, configured, tokens.access_token, claims.sub);
      const isTold = claimOf(told, this.roleClaim) !== undefined;
      const held: Held = {
        ...{ subject: claims.sub, isTold, looked: performance.now(), looking: undefined },
        ...heldOf(tokens),
      };
      return { held, claims: isTold ? told : { ...told, ...claims } };
    });
    const roles = this.rolesOf(claims);
    if (Object.keys(roles).length === 0) {
      throw new SemblanceError('OPENID_NO_ROLE', `Its claim ${this.roleClaim} gives none.`);
    }
    const identity = this.identityOf(held);
    const begunSession = this.access.logInProvided({
      ...{ identity, roles, browser },
      names: this.namesOf(claims, identity.subject),
    });
    remember(this.held, hashOf(begunSession.token), held);
    return begunSession;
  }

  /** Whether this process knows what the provider gave for a session, and can ask again. */
  holds(token: string): boolean {
    return this.held.has(hashOf(token));
  }

  /**
   * Asks the provider again what the user of a session may do, if it was not asked lately. Where it no longer knows the
   * session, that ends; where it does not answer, all stays as it was.
   */
  async lookAgain(token: string): Promise<void> {
    const held = this.held.get(hashOf(token));
    if (held === undefined || performance.now() - held.looked < BELIEVED) return;
    held.looking ??= this.look(token, held).finally(() => {
      held.looked = performance.now();
      held.looking = undefined;
    });
    await held.looking;
  }

  /** Forgets a session. @returns where a browser logs out at the provider, too; null where it has no such address */
  async logOut(token: string, page: string): Promise<string | null> {
    const held = this.held.get(hashOf(token));
    this.held.delete(hashOf(token));
    if (held === undefined) return null;
    try {
      return await this.asking(async (library, configured) => {
        if (configured.serverMetadata().end_session_endpoint === undefined) return null;
        const url = library.buildEndSessionUrl(configured, {
          post_logout_redirect_uri: this.options.redirect ?? page,
          ...(held.idToken !== undefined && { id_token_hint: held.idToken }),
        });
        return url.href;
      });
    } catch {
      // Here he is logged out in any case.
      return null;
    }
  }

  private get roleClaim(): string {
    return this.options.roleClaim ?? 'groups';
  }

  private identityOf({ subject }: Held) {
    return { issuer: this.options.issuer, subject };
  }

  private async look(token: string, held: Held): Promise<void> {
    try {
      await this.asking(async (library, configured) => {
        let claims: Claims = {};
        if (held.refresh !== undefined && performance.now() > held.ends - BELIEVED) {
          const tokens = await library.refreshTokenGrant(configured, held.refresh);
          const { refresh = held.refresh, idToken = held.idToken, ...rest } = heldOf(tokens);
          Object.assign(held, { ...rest, refresh, idToken });
          claims = tokens.claims() ?? {};
        }
        if (performance.now() > held.ends)
          throw new SemblanceError('OPENID_REFUSED', 'It is over.');
        const told = await this.told(library, configured, held.access, held.subject);
        const isKnown = held.isTold || claimOf(claims, this.roleClaim) !== undefined;
        if (!isKnown) return;
        const roles = this.rolesOf(held.isTold ? told : claims);
        this.access.setProvidedRoles(this.identityOf(held), roles);
      });
    } catch (error) {
      if (error instanceof SemblanceError && error.code === 'OPENID_UNAVAILABLE') return;
      this.held.delete(hashOf(token));
      this.access.logOut(token);
    }
  }

  /** What the provider tells of a user; nothing where it has no address for that. */
  private async told(
    library: Library,
    configured: Configuration,
    access: string,
    subject: string,
  ): Promise<Claims> {
    if (configured.serverMetadata().userinfo_endpoint === undefined) return {};
    return library.fetchUserInfo(configured, access, subject);
  }

  /** @throws SemblanceError OPENID_TOKEN_INVALID where a token is for others, too (OpenID Connect Core, 3.1.3.7) */
  private checkAudience({ aud }: { aud: string | string[] }): void {
    const known = [this.options.client, ...(this.options.audiences ?? [])];
    if ([aud].flat().every((each) => known.includes(each))) return;
    throw notBelieved('Its ID token is for others, too: --oidc-audience names whom it may be for.');
  }

  private rolesOf(claims: Claims): Roles {
    const values = [claimOf(claims, this.roleClaim)].flat();
    const roles = new Map<string, Role>();
    for (const { value, role, collection = EVERY_COLLECTION } of this.options.roles) {
      if (value !== '*' && !values.includes(value)) continue;
      const before = roles.get(collection);
      const isMore = before === undefined || ROLES.indexOf(role) > ROLES.indexOf(before);
      if (isMore) roles.set(collection, role);
    }
    return Object.fromEntries(roles);
  }

  /** What somebody may be called, the best first; the last nobody else has. */
  private namesOf(claims: Claims, subject: string): string[] {
    const { userClaim = 'preferred_username', issuer } = this.options;
    const known = [claimOf(claims, userClaim), subject].filter((name) => typeof name === 'string');
    const sum = createHash('sha256')
      .update(JSON.stringify([issuer, subject]))
      .digest('hex');
    const { hostname } = this.issuer;
    return [...known.flatMap((name) => [name, `${name}@${hostname}`]), `user-${sum.slice(0, 16)}`];
  }

  /** Does something with the provider. @throws SemblanceError OPENID_UNAVAILABLE, OPENID_REFUSED, OPENID_TOKEN_INVALID */
  private async asking<T>(
    work: (library: Library, configured: Configuration) => Promise<T>,
  ): Promise<T> {
    try {
      this.library ??= import('openid-client');
      const library = await this.library;
      this.configured ??= this.configure(library).catch((error) => {
        // It may be there the next time.
        this.configured = undefined;
        throw error;
      });
      return await work(library, await this.configured);
    } catch (error) {
      throw errorOf(error, this.issuer.host);
    }
  }

  private async configure(library: Library): Promise<Configuration> {
    const { client, secret } = this.options;
    const isPlain = this.issuer.protocol === 'http:';
    const { fetch } = await import('undici');
    // By the proxies of the environment, as everything else.
    const dispatcher = agent({ silence: TIMEOUT * 1000 });
    const through = (url: string, options: object) => fetch(url, { ...options, dispatcher });
    const configured = await library.discovery(
      ...([this.issuer, client, secret] as const),
      secret === undefined ? library.None() : library.ClientSecretBasic(secret),
      {
        timeout: TIMEOUT,
        [library.customFetch]: through as unknown as CustomFetch,
        ...(isPlain && { execute: [library.allowInsecureRequests] }),
      },
    );
    // Who sits between this server and the provider does not sign in its place.
    library.enableNonRepudiationChecks(configured);
    return configured;
  }
}

/** @throws SemblanceError USAGE */
function issuerOf(text: string): URL {
  const url = privateAddress(text);
  if (url !== undefined) return url;
  const why = 'The issuer is an address that begins with https://.';
  throw new SemblanceError('USAGE', why, { subject: text });
}

function notBelieved(why: string): SemblanceError {
  return new SemblanceError('OPENID_TOKEN_INVALID', why);
}

/** What went wrong, as it is told: nothing of what the provider said but its code. */
function errorOf(thrown: unknown, host: string): unknown {
  if (thrown instanceof SemblanceError) return thrown;
  const { code, error, status, cause } = thrown as Record<string, unknown>;
  const coded = (to: ErrorCode, why: string) => new SemblanceError(to, why, { cause: thrown });
  if (code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return coded('OPENID_REFUSED', 'It is over.');
  const isRefusal = code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR' || Number(status) < 500;
  if (typeof error === 'string' && isRefusal) {
    const said = /^[a-z_]{1,40}$/.test(error) ? error : 'something else';
    return coded('OPENID_REFUSED', `It says ${said}.`);
  }
  if (NOT_BELIEVED.has(code)) return coded('OPENID_TOKEN_INVALID', 'Nobody was logged in.');
  const why = (cause as { code?: unknown } | undefined)?.code ?? code;
  const how = typeof why === 'string' ? ` (${why})` : '';
  return coded('OPENID_UNAVAILABLE', `${host} did not answer as a provider does${how}.`);
}

/** The tokens of an answer. */
function heldOf(tokens: {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  expires_in?: number;
}): Pick<Held, 'access' | 'refresh' | 'idToken' | 'ends'> {
  const { access_token: access, refresh_token: refresh, id_token: idToken } = tokens;
  const ends = performance.now() + (tokens.expires_in ?? LONGEST) * 1000;
  return { access, refresh, idToken, ends };
}

/** What is said under a name, or under names with dots between them. */
function claimOf(claims: Claims, path: string): unknown {
  const inside = (at: unknown, key: string): unknown =>
    typeof at === 'object' && at !== null && Object.hasOwn(at, key)
      ? (at as Claims)[key]
      : undefined;
  return inside(claims, path) ?? path.split('.').reduce(inside, claims as unknown);
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED) map.delete(oldest as string);
}

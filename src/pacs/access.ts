import { readFileSync } from 'node:fs';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { parsePacs } from './place.ts';

/** How a PACS lets somebody in. */
export interface PacsAccess {
  /** The header of every request. */
  authorization?: string;
  /** Certificates: the PACS's authority, and the client's own. */
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

/** Where each part of it is taken from. */
const VARIABLES = {
  url: 'SEMBLANCE_DICOMWEB_URL',
  token: 'SEMBLANCE_DICOMWEB_TOKEN',
  user: 'SEMBLANCE_DICOMWEB_USER',
  password: 'SEMBLANCE_DICOMWEB_PASSWORD',
  ca: 'SEMBLANCE_DICOMWEB_CA',
  cert: 'SEMBLANCE_DICOMWEB_CERTIFICATE',
  key: 'SEMBLANCE_DICOMWEB_KEY',
} as const;

/**
 * What the environment says: a bearer token, or user and password; files with certificates (PEM). It is for the one
 * PACS that the environment names, so that no other is told a secret.
 * @param root the PACS's address
 * @throws SemblanceError USAGE, PACS_SECRET_INVALID, PATH_NOT_FOUND and others of reading a file
 * @testing
 */
export function accessFrom(env: NodeJS.ProcessEnv, root: string): PacsAccess {
  const { url, ...secrets } = VARIABLES;
  const given = Object.values(secrets).filter((name) => env[name]);
  if (given.length === 0) return {};
  const owner = env[url];
  if (!owner) throw new SemblanceError('USAGE', `Name the PACS that ${given[0]} is for in ${url}.`);
  if (parsePacs(owner.replace(/^https?:/i, 'dicomweb+$&')).root !== root) return {};
  const [token, user, password] = [VARIABLES.token, VARIABLES.user, VARIABLES.password].map(
    (name) => env[name] || undefined,
  );
  const tls = Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((name) => {
      const file = env[VARIABLES[name]];
      return file ? [[name, contentOf(file)]] : [];
    }),
  );
  return {
    ...authorized({ token, user, password }, VARIABLES),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

/** What a PACS is told so that it lets somebody in: a bearer token, or user and password. */
export interface PacsSecrets {
  user?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
}

/**
 * The header of every request, where there is something to tell. No message shows a secret.
 * @param names what each is called, in messages
 * @throws SemblanceError PACS_SECRET_INVALID
 */
function authorized(
  { user, password = '', token }: PacsSecrets,
  names: Record<'user' | 'token', string>,
): Pick<PacsAccess, 'authorization'> {
  if (token !== undefined && user !== undefined) {
    throw new SemblanceError(
      'PACS_SECRET_INVALID',
      `Give ${names.token} or ${names.user}, not both.`,
    );
  }
  if (token !== undefined) {
    if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` };
    throw new SemblanceError(
      'PACS_SECRET_INVALID',
      `${names.token} has characters that no token has.`,
    );
  }
  if (user === undefined) return {};
  // It would be read as part of the password (RFC 7617, section 2).
  if (user.includes(':'))
    throw new SemblanceError('PACS_SECRET_INVALID', `${names.user} has a colon in it.`);
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { authorization: `Basic ${basic}` };
}

/**
 * How PACS let somebody in: what the environment says of one, and what was told of others since. It is kept in memory
 * alone, and each is told its own.
 */
export class PacsKeys {
  private readonly secrets = new Map<string, PacsSecrets>();
  /** Rises with every secret that is told. */
  changes = 0;

  constructor(private readonly env: NodeJS.ProcessEnv = process.env) {}

  /**
   * How a PACS lets somebody in.
   * @param root its address, as `parsePacs` gives it
   * @param secrets for this once
   * @throws SemblanceError as `accessFrom`
   */
  of(root: string, secrets = this.secrets.get(root)): PacsAccess {
    const names = { user: 'the user name', token: 'the token' };
    const own = secrets && authorized(secrets, names);
    return { ...accessFrom(this.env, root), ...own };
  }

  /** What was told of a PACS. */
  told(root: string): PacsSecrets | undefined {
    return this.secrets.get(root);
  }

  /** Tells what lets somebody into a PACS from now on; nothing given changes nothing. */
  tell(root: string, secrets: PacsSecrets): void {
    if (secrets.user === undefined && secrets.token === undefined) return;
    this.secrets.set(root, secrets);
    this.changes += 1;
  }
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}

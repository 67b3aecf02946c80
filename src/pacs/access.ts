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
 * @throws SemblanceError USAGE, PATH_NOT_FOUND and others of reading a file
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
  if (token !== undefined && user !== undefined) {
    throw new SemblanceError('USAGE', `Set ${VARIABLES.token} or ${VARIABLES.user}, not both.`);
  }
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    // The text itself is a secret and is not shown.
    throw new SemblanceError('USAGE', `${VARIABLES.token} has characters that no token has.`);
  }
  const basic = user === undefined ? undefined : Buffer.from(`${user}:${password ?? ''}`);
  const tls = Object.fromEntries(
    (['ca', 'cert', 'key'] as const).flatMap((name) => {
      const file = env[VARIABLES[name]];
      return file ? [[name, contentOf(file)]] : [];
    }),
  );
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(basic !== undefined && { authorization: `Basic ${basic.toString('base64')}` }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}

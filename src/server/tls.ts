import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';

/** Files of a certificate, with those that it is signed by, and of its private key; both in PEM. */
export interface TlsFiles {
  cert: string;
  key: string;
}

/** What a TLS server works with. */
export interface TlsPair {
  cert: Buffer;
  key: Buffer;
  /** When it ends. */
  ends: Date;
}

/** How often the files are looked at for a change, in milliseconds. */
const LOOK = 2000;
const DAY = 24 * 60 * 60_000;
/** So many days before its end a certificate is warned of. */
const WARNED = 14;

/**
 * Reads a certificate and its key.
 * @throws SemblanceError TLS_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_A_FILE
 */
export function readTls(files: TlsFiles): TlsPair {
  const cert = read(files.cert);
  const key = read(files.key);
  const certificate = attempt(files.cert, 'It has no certificate in PEM.', () => {
    return new X509Certificate(cert);
  });
  const why =
    'It has no private key in PEM, or one behind a passphrase, which nobody would be asked for.';
  const own = attempt(files.key, why, () => createPrivateKey(key));
  const invalid = (text: string, subject = files.cert) =>
    new SemblanceError('TLS_INVALID', text, { subject });
  const [begins, ends] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (ends.getTime() <= Date.now()) throw invalid(`It ended on ${ends.toISOString()}.`);
  if (begins.getTime() > Date.now()) throw invalid(`It begins on ${begins.toISOString()}.`);
  if (!certificate.checkPrivateKey(own)) {
    throw invalid('It is not the key of this certificate, the first of its file.', files.key);
  }
  return { cert, key, ends };
}

/** What is to be said of a certificate that ends soon; undefined of others. */
export function endingSoon({ ends }: TlsPair): string | undefined {
  const days = (ends.getTime() - Date.now()) / DAY;
  return days > WARNED ? undefined : `The certificate ends on ${ends.toISOString()}.`;
}

/**
 * Looks whether the files change, and hands over what they hold then. What cannot be used is told, and what was used before
 * stays.
 * @returns ends it
 */
export function followTls(
  files: TlsFiles,
  take: (pair: TlsPair) => void,
  tell: (warning: string) => void,
): () => void {
  let before = stateOf(files);
  /** Two files are replaced one after the other: it is waited until both stay as they are. */
  let changed: string | undefined;
  const timer = setInterval(() => {
    const now = stateOf(files);
    if (now === before) return;
    if (now !== changed) {
      changed = now;
      return;
    }
    before = now;
    try {
      const pair = readTls(files);
      take(pair);
      const warning = endingSoon(pair);
      tell(warning ?? `The certificate was read again; it ends on ${pair.ends.toISOString()}.`);
    } catch (error) {
      const { code, subject, message } = toSemblanceError(error);
      tell(`${code}: ${subject}: ${message} The one before stays in use.`);
    }
  }, LOOK);
  timer.unref();
  return () => clearInterval(timer);
}

function stateOf({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((file) => {
      try {
        const { ino, size, mtimeMs } = statSync(file);
        return `${ino} ${size} ${mtimeMs}`;
      } catch {
        return 'gone';
      }
    })
    .join(';');
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}

function attempt<T>(subject: string, why: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SemblanceError('TLS_INVALID', why, { subject, cause: error });
  }
}

import { hash, verify } from '@node-rs/argon2';
import { SemblanceError } from '../domain/errors/error.ts';

/** Lengths of a password in characters (NIST SP 800-63B, ASVS 2.1); longer ones would be work for nothing. */
const SHORTEST = 12;
const LONGEST = 128;

/** Beginnings of long passwords that are tried first; what follows them is little. */
const COMMON = [
  ...['password', 'passwort', 'letmein', 'welcome', 'willkommen', 'iloveyou', 'changeme'],
  ...['administrator', 'admin', 'semblance', 'radiology', 'radiologie', 'hospital', 'krankenhaus'],
  ...['qwertyuiop', 'qwertzuiop', 'asdfghjkl', '1q2w3e4r', 'abcdefghijkl', '1234567890'],
];
/** So many characters after or around such a word make a password of its own. */
const ENOUGH_BESIDE = 8;

/** One spelling of what keyboards write in several ways (NIST SP 800-63B, 5.1.1.2). */
const spelled = (password: string) => password.normalize('NFKC');

/**
 * A password as it is kept, by argon2id (RFC 9106; 19 MiB, 2 passes, as OWASP recommends).
 * @param user whose it is to be
 * @throws SemblanceError PASSWORD_REFUSED for one that is too short, too long or soon found
 */
export async function keptPassword(password: string, user: string): Promise<string> {
  const text = spelled(password);
  const { length } = [...text];
  if (length < SHORTEST || length > LONGEST) {
    const why = `It must have ${SHORTEST} to ${LONGEST} characters.`;
    throw new SemblanceError('PASSWORD_REFUSED', why);
  }
  const low = text.toLowerCase();
  const known = [...COMMON, user.toLowerCase()].some(
    (word) => low.includes(word) && length - [...word].length < ENOUGH_BESIDE,
  );
  if (known || new Set(low).size < 5) {
    throw new SemblanceError('PASSWORD_REFUSED', 'It is one of those that are tried first.');
  }
  return hash(text);
}

/** What a password is compared with where there is no such user, so that the answer takes as long. */
let nobody: Promise<string> | undefined;

/**
 * Whether a password is the kept one.
 * @param kept undefined where there is none: as much is computed, and it is not
 */
export async function isPassword(kept: string | undefined, password: string): Promise<boolean> {
  nobody ??= hash('of nobody');
  const is = await verify(kept ?? (await nobody), spelled(password));
  return kept !== undefined && is;
}

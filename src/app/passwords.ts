import { hash, verify } from '@node-rs/argon2';
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { SemblanceError } from '../domain/errors/error.ts';

/** Lengths of a password in characters (NIST SP 800-63B, ASVS 2.1); longer ones would be work for nothing. */
const SHORTEST = 12;
const LONGEST = 128;

/** Words that are tried here before others, beside those that people choose everywhere. */
const OWN_WORDS = [
  ...['semblance', 'radiology', 'radiologie', 'hospital', 'krankenhaus', 'clinic', 'klinik'],
  ...['passwort', 'willkommen', 'administrator', 'qwertzuiop'],
];
/** How hard a password has to be to find, from 0 to 4: not within ten thousand million tries. */
const ENOUGH = 4;
/** So many characters of it are looked at: some long ones take a processor for most of a second. */
const LOOKED_AT = 64;

/** One spelling of what keyboards write in several ways (NIST SP 800-63B, 5.1.1.2). */
const spelled = (password: string) => password.normalize('NFKC');

/**
 * A password as it is kept, by argon2id (RFC 9106; 19 MiB, 2 passes, as OWASP recommends).
 * @param user whose it is to be
 * @throws SemblanceError PASSWORD_REFUSED for one that is too short, too long or soon found
 */
export async function keptPassword(password: string, user: string): Promise<string> {
  const text = spelled(password);
  // Several spaces are one (ASVS 2.1.1).
  const { length } = [...text.replaceAll(/\s+/g, ' ')];
  if (length < SHORTEST || [...text].length > LONGEST) {
    const why = `It must have ${SHORTEST} to ${LONGEST} characters.`;
    throw new SemblanceError('PASSWORD_REFUSED', why);
  }
  const beginning = [...text].slice(0, LOOKED_AT).join('');
  if ((await guesser()).check(beginning, [user, ...OWN_WORDS]).score < ENOUGH) {
    throw new SemblanceError('PASSWORD_REFUSED', 'It is one of those that are tried first.');
  }
  return hash(text);
}

let known: ZxcvbnFactory | undefined;

/** Finds out how soon a password is found, with lists of those that are used most; they are read when they are needed. */
async function guesser() {
  const [core, { dictionary, adjacencyGraphs: graphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  known ??= new core.ZxcvbnFactory({ dictionary, graphs });
  return known;
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

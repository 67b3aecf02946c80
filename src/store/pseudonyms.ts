import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { SemblanceError } from '../domain/errors/error.ts';

/** Hexadecimal digits of a pseudonym: 96 bits, so that no two of a hospital's patients are one. */
const DIGITS = 24;
const MOST_DAYS = 3650;
const NONCE = 12;
const TAG = 16;

/** What stands for names, and names that are locked away, by the key of a data directory. */
export class Pseudonyms {
  private readonly hashKey: Buffer;
  private readonly sealKey: Buffer;

  /** @param key see `identityKey` */
  constructor(key: Uint8Array) {
    const derived = (use: string) => Buffer.from(hkdfSync('sha256', key, '', use, 32));
    this.hashKey = derived('pseudonyms');
    this.sealKey = derived('seals');
  }

  /** A keyed hash, hexadecimal: equal values of a use have equal ones. */
  of(use: string, value: string, digits = DIGITS): string {
    return this.hash(use, value).toString('hex').slice(0, digits);
  }

  /** A keyed hash (HMAC-SHA-256, 32 bytes). */
  hash(use: string, value: string): Buffer {
    return createHmac('sha256', this.hashKey).update(`${use}\0${value}`).digest();
  }

  /** A UID (PS3.5, B.2: of a UUID, here one of version 8) that stands for another. */
  uid(uid: string): string {
    const bytes = this.hash('uid', uid).subarray(0, 16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
  }

  /** By how many days the dates of a patient are moved back: 1 to 3650, the same for all of one. */
  days(patient: string): number {
    return 1 + (this.hash('days', patient).readUInt32LE() % MOST_DAYS);
  }

  /** Encrypts a text (AES-256-GCM). */
  seal(text: string): Buffer {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.sealKey, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws SemblanceError COLLECTION_DAMAGED when it was sealed with another key, or altered */
  open(sealed: Uint8Array): string {
    try {
      const opened = createDecipheriv('aes-256-gcm', this.sealKey, sealed.subarray(0, NONCE));
      opened.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
      return Buffer.concat([
        opened.update(sealed.subarray(NONCE + TAG)),
        opened.final(),
      ]).toString();
    } catch (cause) {
      throw new SemblanceError(
        'COLLECTION_DAMAGED',
        'What is sealed in it was sealed with another key than that of this data directory, or was altered.',
        { cause },
      );
    }
  }
}

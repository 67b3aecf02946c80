import { randomUUID } from 'node:crypto';

/** Whether it is a unique identifier (PS3.5 section 9.1); a component may begin with 0, as some makers write it. */
export function isUid(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 64 && /^\d+(\.\d+)*$/.test(text);
}

/** A UID that nobody has (PS3.5 section B.2: of a random UUID). */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
}

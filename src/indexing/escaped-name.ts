import { isUtf8 } from 'node:buffer';

/**
 * A file name that is not UTF-8 in a form that can be shown: bytes beyond ASCII and control characters
 * as `\x` and two digits. Undefined when the name is UTF-8.
 */
export function escapedName(name: Uint8Array): string | undefined {
  if (isUtf8(name)) return undefined;
  return Array.from(name, (byte) =>
    byte < 0x20 || byte > 0x7e
      ? `\\x${byte.toString(16).padStart(2, '0')}`
      : String.fromCharCode(byte),
  ).join('');
}

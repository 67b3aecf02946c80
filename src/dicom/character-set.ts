import { convertBytes } from 'dicom-character-set';

const LATIN = new TextDecoder('latin1');
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Representations whose texts are written in the character set of the file (PS3.5, 6.1.2.3). */
const LOCAL = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT', 'UN']);

/** Common misspellings of character sets that others read, too. */
function repaired(characterSet: string): string {
  return characterSet
    .toUpperCase()
    .replace(/\bISO[ _]?IR[ _-]?(\d+)/g, 'ISO_IR $1')
    .replace(/\bISO[ _-]?2022[ _-]?IR[ _-]?(\d+)/g, 'ISO 2022 IR $1');
}

/** Where Latin-9 (ISO_IR 203) differs from Latin-1. */
const LATIN9: Readonly<Record<string, string>> = {
  '¤': '€',
  '¦': 'Š',
  '¨': 'š',
  '´': 'Ž',
  '¸': 'ž',
  '¼': 'Œ',
  '½': 'œ',
  '¾': 'Ÿ',
};

/** Latin-9, which the library does not know, by Latin-1, with escape sequences or without. */
function latin9(characterSet: string, bytes: Uint8Array, vr: string): string {
  const escaped = Buffer.from(LATIN.decode(bytes).replaceAll('\x1b-b', '\x1b-A'), 'latin1');
  const text = convertBytes(characterSet.replaceAll('IR 203', 'IR 100'), escaped, { vr });
  return text.replace(/[¤¦¨´¸¼½¾]/g, (each) => LATIN9[each] as string);
}

/**
 * Text of bytes in the character sets of a file (PS3.3, C.12.1.1.2), their changes by escape sequences
 * included. Where bytes do not fit, or the set is none of the standard's, they are read as UTF-8, and
 * as Latin-1 if they are none either: a name is never a reason to refuse a picture.
 *
 * @param characterSet value of Specific Character Set, its parts divided by backslashes
 * @param vr value representation of the text
 */
export function decodeText(
  bytes: Uint8Array,
  characterSet: string | undefined,
  vr: string,
): string {
  if (!LOCAL.has(vr) || bytes.every((byte) => byte < 0x80 && byte !== 0x1b)) {
    return LATIN.decode(bytes);
  }
  if (characterSet !== undefined && characterSet !== '') {
    try {
      const known = repaired(characterSet);
      return known.includes('IR 203')
        ? latin9(known, bytes, vr)
        : convertBytes(known, bytes, { vr });
    } catch {
      // Not a set of the standard, or an escape sequence of another one.
    }
  }
  try {
    return UTF8.decode(bytes);
  } catch {
    return LATIN.decode(bytes);
  }
}

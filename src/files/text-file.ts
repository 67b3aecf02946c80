/** Byte order marks, and the encodings that they say. */
const MARKS: readonly [mark: readonly number[], encoding: string][] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * The text of a file: UTF-8, or what its byte order mark says (Windows editors write one), without the
 * mark. UTF-16 without a mark is known by the zeros in its first characters.
 */
export function decodeText(bytes: Uint8Array): string {
  const marked = MARKS.find(([mark]) => mark.every((byte, i) => bytes[i] === byte))?.[1];
  return new TextDecoder(marked ?? unmarked(bytes)).decode(bytes);
}

/** The encoding of a text without a mark, by its first two characters, which are of ASCII. */
function unmarked([a, b, c, d]: Uint8Array): string {
  if (a && b === 0 && c && d === 0) return 'utf-16le';
  if (a === 0 && b && c === 0 && d) return 'utf-16be';
  return 'utf-8';
}

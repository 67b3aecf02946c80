/** The picture formats that are read, decided by content. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'bmp';

/** File name endings of these formats, for scans of folders. */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set([
  '.png',
  '.jpg',
  '.jpeg',
  '.jpe',
  '.webp',
  '.tif',
  '.tiff',
  '.bmp',
  '.dib',
]);

/** First bytes of each format, as Latin-1 text; `.` stands for any byte. */
const SIGNATURES: readonly [ImageFormat, RegExp][] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['png', /^\x89PNG\r\n\x1a\n/s],
  ['jpeg', /^\xff\xd8\xff/s],
  ['webp', /^RIFF....WEBP/s],
  ['tiff', /^(II[*+]\0|MM\0[*+])/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['bmp', /^BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0/s],
];

/** The format of a file by its first bytes, never by its name; nothing else may reach a decoder. */
export function detectFormat(bytes: Uint8Array): ImageFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(32, bytes.length));
  const text = head.toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0];
}

/** The picture formats that are read, decided by content. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'bmp';

/**
 * File name endings of these formats. The content decides what is read; a file that only claims to be
 * a picture by its ending is named as an error.
 */
export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set([
  '.png',
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.pjpeg',
  '.pjp',
  '.webp',
  '.tif',
  '.tiff',
  '.bmp',
  '.dib',
  '.dcm',
  '.dicom',
]);

/** First bytes of each format, as Latin-1 text; `.` stands for any byte. */
const SIGNATURES: readonly [ImageFormat, RegExp][] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['png', /^\x89PNG\r\n\x1a\n/s],
  // JPEG-LS (marker F7) begins like JPEG and is another format.
  ['jpeg', /^\xff\xd8\xff/s],
  ['webp', /^RIFF....WEBP/s],
  ['tiff', /^(II[*+]\0|MM\0[*+])/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['bmp', /^BM.{12}[\x0c\x10-\x40\x6c\x7c]\0\0\0/s],
];

/** The format of a file by its first bytes, never by its name; nothing else may reach a decoder. */
export function detectFormat(bytes: Uint8Array): ImageFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(32, bytes.length));
  const text = head.toString('latin1');
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0];
}

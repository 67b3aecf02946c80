import { isUtf8 } from 'node:buffer';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { fileTypeFromBuffer } from 'file-type';
import { SemblanceError } from '../domain/errors/error.ts';
import { detectFormat } from './format.ts';

/** So many of a file's first bytes tell its kind. */
export const HEAD_BYTES = 1024;
/** What the first bytes of a gzip may become at most; 1 KiB expands to 1 MiB and no more. */
const INFLATED_BYTES = 2 << 20;
/** The kind of content that nothing is known of. */
const UNKNOWN_KIND = 'unknown';

/** Value representations that a DICOM data set begins with (PS3.5, table 6.2-1). */
const VR =
  '(?:AE|AS|AT|CS|DA|DS|DT|FL|FD|IS|LO|LT|OB|OD|OF|OL|OW|PN|SH|SL|SQ|SS|ST|TM|UI|UL|UN|US|UT)';

/**
 * First bytes as Latin-1 text; `.` stands for any byte. Formats of medicine and research, which general
 * lists lack, and those that such lists take for another one. The first that fits counts.
 */
const SIGNATURES: readonly [kind: string, RegExp][] = [
  ['DICOM', /^.{128}DICM/s],
  ['DICOM', /^DICM/s],
  // Without preamble: group 0002 or 0008 begins, explicit or implicit, least significant byte first or last.
  ['DICOM', new RegExp(`^[\\x02\\x08]\\0..${VR}`, 's')],
  ['DICOM', new RegExp(`^\\0[\\x02\\x08]..${VR}`, 's')],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['DICOM', /^[\x02\x08]\0[\x00-\x20]\0[\x02-\x7f]\0\0\0/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['NIfTI', /^(?:\x5c\x01\0\0|\0\0\x01\x5c).{340}n[i+]1\0/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['NIfTI', /^(?:\x1c\x02\0\0|\0\0\x02\x1c)n[i+]2\0\r\n\x1a\n/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['Analyze', /^(?:\x5c\x01\0\0|\0\0\x01\x5c)/s],
  ['NRRD', /^NRRD\d{4}/],
  ['MetaImage', /^(?:Comment|ObjectType|NDims|ObjectSubType)\s*=/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['MINC (NetCDF)', /^CDF[\x01\x02\x05]/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['HDF5 (MINC 2 among others)', /^\x89HDF\r\n\x1a\n/s],
  ['MRC volume', /^.{208}MAP /s],
  ['ECAT', /^MATRIX\d\d/],
  ['Interfile', /^!INTERFILE/i],
  ['Philips PAR', /^# === DATA DESCRIPTION FILE/],
  ['JCAMP-DX', /^##TITLE=/i],
  ['FITS', /^SIMPLE {2}=/],
  ['VTK', /^# vtk DataFile/],
  ['MATLAB', /^MATLAB 5\.0 MAT-file/],
  ['NumPy array', /^\x93NUMPY/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['Python pickle', /^\x80[\x02-\x05][\x8a\x95}\](cX]/s],
  ['safetensors', /^.{5}\0\0\0\{\s*"/s],
  ['Git LFS pointer', /^version https:\/\/git-lfs\.github\.com\/spec\//],
  ['git-annex pointer', /^(?:\.\.\/)*(?:\.git)?\/annex\/objects\//],
  ['JPEG 2000', /^\xff\x4f\xff\x51/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['OpenEXR', /^\x76\x2f\x31\x01/s],
  ['Radiance HDR', /^#\?(?:RADIANCE|RGBE)/],
  ['Netpbm', /^P[1-7]\s+(?:#|\d|WIDTH)/],
  ['Netpbm', /^P[Ff]\s+\d/],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['PCX', /^\x0a[\0\x02-\x05][\0\x01][\x01\x02\x04\x08]/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['SGI picture', /^\x01\xda[\0\x01][\x01\x02]\0[\x01-\x03]/s],
  ['Sun raster', /^\x59\xa6\x6a\x95/s],
  // As Windows holds it in memory and Pillow writes `.dib`.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['headerless BMP', /^[\x28\x6c\x7c]\0{3}.{8}\x01\0[\x01-\x20]\0[\0-\x06]\0{3}/s],
  ['DjVu', /^AT&TFORM/],
  ['QOI', /^qoif/],
  ['DDS', /^DDS \x7c/],
  ['farbfeld', /^farbfeld/],
  ['XPM', /^\/\* XPM \*\//],
  ['PNG damaged by a transfer as text', /^.PNG[\r\n]/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['AppleDouble', /^\0\x05\x16[\0\x07]\0[\x01\x02]\0\0/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['Office', /^PK\x03\x04.{26}\[Content_Types\]\.xml/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['Office', /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/s],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: part of the signature
  ['ZIP', /^PK(?:\x03\x04|\x05\x06|\x07\x08)/s],
];

/** What the endings that `file-type` gives are called, where it is not simply the ending. */
const NAMES: Readonly<Record<string, string>> = {
  jpg: 'JPEG',
  jp2: 'JPEG 2000',
  j2c: 'JPEG 2000',
  jpm: 'JPEG 2000',
  jpx: 'JPEG 2000',
  mj2: 'JPEG 2000',
  jxl: 'JPEG XL',
  jxr: 'JPEG XR',
  jls: 'JPEG-LS',
  dcm: 'DICOM',
  gz: 'gzip',
  'tar.gz': 'gzip',
  bz2: 'bzip2',
  zst: 'Zstandard',
  tif: 'TIFF',
  sqlite: 'SQLite database',
  parquet: 'Parquet',
  ps: 'PostScript',
  eps: 'PostScript',
  exe: 'Windows program',
  elf: 'ELF program',
  macho: 'macOS program',
  lnk: 'Windows shortcut',
  alias: 'macOS alias',
};

/** Texts that say by their beginning what they are. */
const TEXTS: readonly [kind: string, RegExp][] = [
  ['SVG', /<svg[\s>]/i],
  ['HTML', /^\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)[\s>]/is],
  ['XML', /^\s*<\?xml/],
  ['JSON', /^\s*(?:\{\s*["}]|\[\s*["{[\d\]-])/],
];

/**
 * The kind of a file by its first bytes: a name such as "DICOM", "ZIP" or "text", "empty" for no
 * content, `UNKNOWN_KIND` for what nothing is known of.
 * @param head at most `HEAD_BYTES` are looked at
 */
export async function kindOf(head: Uint8Array): Promise<string> {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(HEAD_BYTES, head.length));
  if (bytes.length === 0) return 'empty';
  const format = detectFormat(bytes);
  if (format !== undefined) return format === 'webp' ? 'WebP' : format.toUpperCase();
  const latin1 = bytes.toString('latin1');
  const own = SIGNATURES.find(([, signature]) => signature.test(latin1))?.[0];
  if (own !== undefined) return own;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gzipKind(bytes);
  const text = textKind(bytes);
  if (text !== undefined && text !== 'text') return text;
  // Asked before the general list, for which a colour TGA is a cursor.
  if (text === undefined && isTarga(bytes)) return 'TGA';
  return (await generalKind(bytes, text)) ?? UNKNOWN_KIND;
}

/**
 * The error for content that is no picture that is read; it says what the content is instead.
 * @param head first bytes of the file
 */
export async function notRecognised(head: Uint8Array): Promise<SemblanceError> {
  const kind = await kindOf(head);
  return new SemblanceError(
    'IMAGE_NOT_RECOGNISED',
    kind === UNKNOWN_KIND
      ? 'The content is of no known kind.'
      : `This is ${article(kind)} ${kind} file, which is not read.`,
  );
}

/** Its article, by the sound of letters that are read out one by one, else by the vowel. */
function article(kind: string): string {
  const spelled = /^(?!ZIP|RAR|NIfTI|HEIC|FITS|MINC|MATLAB)[A-Z]{2}/.test(kind);
  return (spelled ? /^[AEFHILMNORSX]/ : /^[AEIO]/i).test(kind) ? 'an' : 'a';
}

/** What is inside decides: medical volumes are mostly compressed so. */
async function gzipKind(bytes: Buffer): Promise<string> {
  let inner: Buffer;
  try {
    // The end is missing: what there is comes out all the same.
    inner = gunzipSync(bytes, {
      finishFlush: zlib.Z_SYNC_FLUSH,
      maxOutputLength: INFLATED_BYTES,
    });
  } catch {
    return 'gzip';
  }
  if (inner.length < 2 || (inner[0] === 0x1f && inner[1] === 0x8b)) return 'gzip';
  const kind = await kindOf(inner);
  if (kind === 'NIfTI') return kind;
  return kind === UNKNOWN_KIND ? 'gzip' : `gzip (${kind})`;
}

async function generalKind(bytes: Buffer, text: 'text' | undefined): Promise<string | undefined> {
  // Some texts look like media to it: "BM" begins every BMP, and many a word.
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  if (found === undefined || (text !== undefined && !found.mime.startsWith('application/'))) {
    return text;
  }
  const name = NAMES[found.ext] ?? found.ext.toUpperCase();
  const media = /^(video|audio|font)\//.exec(found.mime)?.[1];
  return media === undefined ? name : `${name} ${media}`;
}

function textKind(bytes: Buffer): string | undefined {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-16be';
  if (utf16 === 'utf-16le' || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return kindOfText(new TextDecoder(utf16).decode(bytes));
  }
  // The last character may be cut.
  const whole = [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
  const text = bytes.toString(whole ? 'utf8' : 'latin1').replace(/^\ufeff/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no text holds
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) return undefined;
  if (!whole) {
    const plain = text.match(/[\t\n\r -~]/g)?.length ?? 0;
    if (plain < 0.7 * text.length) return undefined;
  }
  return kindOfText(text);
}

function kindOfText(text: string): string {
  const kind = TEXTS.find(([, begin]) => begin.test(text))?.[0];
  return kind ?? (isTable(text) ? 'CSV' : 'text');
}

/** Whether the first two lines have the same number of separators. */
function isTable(text: string): boolean {
  const [first = '', second = ''] = text.split(/\r\n|\r|\n/, 2);
  return [',', ';', '\t'].some((separator) => {
    const columns = first.split(separator).length;
    return columns > 1 && columns === second.split(separator).length;
  });
}

/** TGA has no signature: all fields of its header must be possible. */
function isTarga(bytes: Buffer): boolean {
  if (bytes.length < 18) return false;
  const palette = bytes[1] as number;
  const type = bytes[2] as number;
  const depth = bytes[16] as number;
  const noPalette = bytes.subarray(3, 8).every((byte) => byte === 0);
  return (
    (palette === 1
      ? [1, 9].includes(type)
      : palette === 0 && noPalette && [2, 3, 10, 11].includes(type)) &&
    bytes.readUInt16LE(12) > 0 &&
    bytes.readUInt16LE(14) > 0 &&
    [8, 15, 16, 24, 32].includes(depth) &&
    ((bytes[17] as number) & 0xc0) === 0
  );
}

import { SemblanceError } from '../domain/errors/error.ts';
import { decodeDeepJpeg, JPEG_DAMAGE } from './deep-jpeg.ts';
import { undoOrientation } from './orientation.ts';
import { checkSize, type DecodeLimits, damaged, type Samples, unsupported } from './samples.ts';
import { decodeWithSharp } from './sharp.ts';
import { readTiffDirectories, TAG } from './tiff-directory.ts';

/** How a JPEG is coded, by the marker of its frame (ITU-T T.81 table B.1, T.87). */
type Coding = 'huffman' | 'arithmetic' | 'lossless' | 'jpeg-ls' | 'unread';

const CODINGS: Readonly<Record<number, { coding: Coding; name: string }>> = {
  192: { coding: 'huffman', name: 'baseline' },
  193: { coding: 'huffman', name: 'extended sequential' },
  194: { coding: 'huffman', name: 'progressive' },
  195: { coding: 'lossless', name: 'lossless' },
  197: { coding: 'unread', name: 'hierarchical' },
  198: { coding: 'unread', name: 'hierarchical progressive' },
  199: { coding: 'unread', name: 'hierarchical lossless' },
  201: { coding: 'arithmetic', name: 'arithmetic' },
  202: { coding: 'arithmetic', name: 'progressive arithmetic' },
  203: { coding: 'unread', name: 'lossless arithmetic' },
  205: { coding: 'unread', name: 'hierarchical arithmetic' },
  206: { coding: 'unread', name: 'hierarchical progressive arithmetic' },
  207: { coding: 'unread', name: 'hierarchical lossless arithmetic' },
  247: { coding: 'jpeg-ls', name: 'JPEG-LS' },
};

/** What the markers of a JPEG say. */
export interface JpegHeader {
  width: number;
  height: number;
  /** Bits of a sample. */
  bits: number;
  components: number;
  coding: Coding;
  /** Name of the process, for messages. */
  name: string;
  /** Whether the marker of the end was found. */
  ended: boolean;
  /** Whether there are scans of every component, coefficient and bit. */
  scanned: boolean;
  /** The EXIF block, from its byte order on. */
  exif: Uint8Array | undefined;
  /** Pictures in the file, by the index of an MPO. */
  pages: number;
}

const EXIF = Buffer.from('Exif\0\0', 'latin1');
const MPF = Buffer.from('MPF\0', 'latin1');
const MPF_IMAGES = 0xb001;
const SCAN = 0xda;
const END = 0xd9;

/** Place behind the entropy-coded data that begin at `from`: of the next marker's 0xff. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1] ?? 0;
    // Below 0xc0 are stuffed bytes of JPEG and of JPEG-LS; RST0 to RST7 belong to the data.
    if (next >= 0xc0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return file.length;
}

/** Whether scans, of which each is what follows a marker and its length, give the whole picture. */
function isScanned(scans: readonly Uint8Array[], components: number): boolean {
  // Bits that each coefficient of a component still lacks, by the component's number.
  const lacking = new Map<number, Uint8Array>();
  for (const scan of scans) {
    const count = scan[0] ?? 0;
    const [first = 0, last = 0, bits = 0] = scan.subarray(1 + 2 * count);
    for (let i = 0; i < count; i++) {
      const id = scan[1 + 2 * i] ?? 0;
      const coefficients = lacking.get(id) ?? new Uint8Array(64).fill(0xff);
      lacking.set(id, coefficients.fill(bits & 15, first, last + 1));
    }
  }
  const isWhole = (coefficients: Uint8Array) => coefficients.every((bits) => bits === 0);
  return lacking.size >= components && [...lacking.values()].every(isWhole);
}

/** A tag of a block that is written as a TIFF is (EXIF, MPF); 1 where it is absent or damaged. */
function tagOf(block: Uint8Array | undefined, tag: number): number {
  try {
    return block === undefined ? 1 : readTiffDirectories(block).first.number(tag, 1);
  } catch {
    return 1;
  }
}

/** Reads the markers of a JPEG up to its end; undefined when it has no frame. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let header: JpegHeader | undefined;
  let exif: Uint8Array | undefined;
  let pages = 1;
  const scans: Uint8Array[] = [];
  for (let at = 2; ; ) {
    // Decoders skip bytes that stand before a marker.
    at = file.indexOf(0xff, at);
    const marker = at < 0 ? undefined : file[at + 1];
    if (at < 0 || marker === undefined) break;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === END) {
      if (header !== undefined) header.ended = true;
      break;
    }
    const alone = marker <= 1 || (marker >= 0xd0 && marker <= 0xd8);
    if (alone) {
      at += 2;
      continue;
    }
    if (at + 4 > file.length) break;
    const end = at + 2 + file.readUInt16BE(at + 2);
    const coding = CODINGS[marker];
    if (coding !== undefined && header === undefined && at + 10 <= file.length) {
      const [bits, height] = [file[at + 4] as number, file.readUInt16BE(at + 5)];
      const [width, components] = [file.readUInt16BE(at + 7), file[at + 9] as number];
      const known = { width, height, bits, components, exif, pages };
      header = { ...known, ...coding, ended: false, scanned: false };
    }
    if (marker === 0xe1 && file.subarray(at + 4, at + 10).equals(EXIF)) {
      exif ??= file.subarray(at + 10, end);
    }
    if (marker === 0xe2 && file.subarray(at + 4, at + 8).equals(MPF)) {
      pages = tagOf(file.subarray(at + 8, end), MPF_IMAGES);
    }
    if (marker === SCAN && end <= file.length) scans.push(file.subarray(at + 4, end));
    at = marker === SCAN ? endOfScan(file, end) : end;
  }
  if (header === undefined) return undefined;
  return { ...header, exif, pages, scanned: isScanned(scans, header.components) };
}

/** Whether a JPEG is one that libvips does not read and dcmjs-codecs does. */
export function needsDeepJpeg({ bits, coding }: JpegHeader): boolean {
  return coding === 'lossless' || coding === 'jpeg-ls' || (coding !== 'unread' && bits > 8);
}

/**
 * @throws SemblanceError IMAGE_UNSUPPORTED with the variant's name; IMAGE_DAMAGED for a header that
 *   promises more than the file can hold
 */
export function checkJpeg(header: JpegHeader, size: number): void {
  const { width, height, bits, components, coding, name } = header;
  if (coding === 'unread') throw unsupported(`A JPEG of the kind "${name}".`);
  if (height === 0) throw unsupported('A JPEG whose height stands behind its data (DNL).');
  if (width === 0) throw damaged(undefined, 'The picture has no width.');
  const deep = needsDeepJpeg(header);
  const depths = { huffman: [8, 12], arithmetic: [8] }[coding as string];
  if (!(depths?.includes(bits) ?? (bits >= 2 && bits <= 16))) {
    throw unsupported(`A JPEG of ${bits} bits (${name}).`);
  }
  if (!(deep ? [1, 3] : [1, 3, 4]).includes(components)) {
    throw unsupported(`A JPEG of ${components} components and ${bits} bits (${name}).`);
  }
  if (coding === 'huffman' && !header.ended && !header.scanned) {
    throw damaged(undefined, 'It ends early: a part of its scans is absent.');
  }
  // A block of 64 samples takes a bit or more by Huffman's codes, and so does a lossless sample.
  const perBit = { huffman: 64, lossless: 1 / components } as const;
  const most = size * 8 * (perBit[coding as keyof typeof perBit] ?? Number.POSITIVE_INFINITY);
  if (width * height > most) {
    throw damaged(
      undefined,
      `Its header promises ${width} x ${height} pixels, which ${size} bytes cannot hold.`,
    );
  }
}

/**
 * The file with a marker of its end: where only that is lacking the picture is whole, and where
 * data are lacking too the decoder meets the marker too early, which it tells.
 */
function withEnd(bytes: Uint8Array, { ended, coding }: JpegHeader): Uint8Array {
  // An arithmetic decoder takes the marker for data of zeros, and tells nothing.
  if (ended || coding === 'arithmetic') return bytes;
  // A file whose copy was broken off may be filled up with zeros, which would read as data.
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0 && bytes[end - 2] !== 0xff) end -= 1;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from([0xff, END])]);
}

async function decodeDeep(bytes: Uint8Array, header: JpegHeader): Promise<Samples> {
  const { width, height, bits, components, exif, pages } = header;
  const tag = tagOf(exif, TAG.orientation);
  const orientation = tag >= 1 && tag <= 8 ? tag : 1;
  const colour = components === 1 ? 'grey' : 'rgb';
  const decoding = { format: 'jpeg', bits, colour, orientation, pages };
  try {
    const data = await decodeDeepJpeg(bytes, header);
    return undoOrientation({ width, height, channels: components, data, decoding });
  } catch (cause) {
    throw damaged(cause);
  }
}

async function decodeShallow(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  try {
    return await decodeWithSharp(bytes, 'jpeg', limits, 'warning', JPEG_DAMAGE);
  } catch (error) {
    // Warnings of another kind (a JFIF of a later version, filling bytes) cost nothing.
    const cause = error instanceof SemblanceError ? error.cause : undefined;
    if (!(cause instanceof Error) || JPEG_DAMAGE.test(cause.message)) throw error;
    return decodeWithSharp(bytes, 'jpeg', limits, 'error', JPEG_DAMAGE);
  }
}

/**
 * Decodes a JPEG of any kind that is read; docs/pictures.md lists them. Other than libjpeg, whose
 * pictures go on in grey or noise, it refuses data that end early or are corrupt.
 *
 * @throws SemblanceError IMAGE_UNSUPPORTED, IMAGE_DAMAGED, IMAGE_TOO_LARGE
 */
export async function decodeJpeg(bytes: Uint8Array, limits: DecodeLimits): Promise<Samples> {
  const header = readJpegHeader(bytes);
  if (header === undefined) throw damaged(undefined, 'The JPEG has no frame.');
  checkSize(header.width, header.height, limits);
  checkJpeg(header, bytes.length);
  const file = withEnd(bytes, header);
  if (needsDeepJpeg(header)) return decodeDeep(file, header);
  const samples = await decodeShallow(file, limits);
  return { ...samples, decoding: { ...samples.decoding, pages: header.pages } };
}

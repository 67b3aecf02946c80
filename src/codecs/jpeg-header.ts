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
  /** Scans that it has. */
  scans: number;
  /** Whether components differ in size, as Cb and Cr do from Y. */
  subsampled: boolean;
  /** How colours are coded by Adobe's mark: 0 for none, 1 for Y, Cb and Cr, 2 for YCCK. */
  transform: number | undefined;
  /** The EXIF block, from its byte order on. */
  exif: Uint8Array | undefined;
  /** The index of an MPO, from its byte order on. */
  mpf: Uint8Array | undefined;
}

const ADOBE = Buffer.from('Adobe', 'latin1');
const EXIF = Buffer.from('Exif\0\0', 'latin1');
const MPF = Buffer.from('MPF\0', 'latin1');
const SCAN = 0xda;
/** The marker of the end. */
export const END = 0xd9;

/** Place behind the entropy-coded data that begin at `from`: of the next marker's 0xff. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1] ?? 0;
    // Below 0xc0 are stuffed bytes of JPEG and of JPEG-LS; RST0 to RST7 belong to the data.
    if (next >= 0xc0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return file.length;
}

/** Whether components, each of three bytes, differ in their sampling factors. */
function isSubsampled(components: Uint8Array): boolean {
  for (let at = 4; at < components.length; at += 3) {
    if (components[at] !== components[1]) return true;
  }
  return false;
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

/** Reads the markers of a JPEG up to its end; undefined when it has no frame. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let header: JpegHeader | undefined;
  let exif: Uint8Array | undefined;
  let mpf: Uint8Array | undefined;
  let transform: number | undefined;
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
      const known = { width, height, bits, components, exif, mpf, transform };
      const subsampled = isSubsampled(file.subarray(at + 10, end));
      header = { ...known, ...coding, subsampled, ended: false, scanned: false, scans: 0 };
    }
    if (marker === 0xe1 && file.subarray(at + 4, at + 10).equals(EXIF)) {
      exif ??= file.subarray(at + 10, end);
    }
    if (marker === 0xe2 && file.subarray(at + 4, at + 8).equals(MPF)) {
      mpf ??= file.subarray(at + 8, end);
    }
    if (marker === 0xee && file.subarray(at + 4, at + 9).equals(ADOBE)) transform ??= file[at + 15];
    if (marker === SCAN && end <= file.length) scans.push(file.subarray(at + 4, end));
    at = marker === SCAN ? endOfScan(file, end) : end;
  }
  if (header === undefined) return undefined;
  const scanned = isScanned(scans, header.components);
  return { ...header, exif, mpf, transform, scans: scans.length, scanned };
}

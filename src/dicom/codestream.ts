import { dataView } from './elements.ts';
import { damaged } from './errors.ts';

/** Kinds of coded pixels that begin with a mark of their own. */
export type CodestreamKind = 'jpeg' | 'jpeg-2000' | 'jpeg-xl';

/** The kind of coded pixels by their first 12 bytes; undefined for RLE and all else without a mark. */
export function codestreamKind(head: Uint8Array): CodestreamKind | undefined {
  const [a, b, c, d] = head;
  // A JPEG begins with SOI and another marker, JPEG-LS too.
  if (a === 0xff && b === 0xd8 && c === 0xff) return 'jpeg';
  if (a === 0xff && b === 0x4f && c === 0xff && d === 0x51) return 'jpeg-2000';
  const box = String.fromCharCode(...head.subarray(4, 8));
  if (box === 'jP  ') return 'jpeg-2000';
  if (box === 'JXL ' || (a === 0xff && b === 0x0a)) return 'jpeg-xl';
  return undefined;
}

/** What the header of a JPEG 2000 codestream says. */
export interface Jpeg2000Header {
  width: number;
  height: number;
  components: number;
  bits: number;
  signed: boolean;
  /** Whether its blocks are coded by the fast coder of part 15. */
  highThroughput: boolean;
  /** Whether all tile-parts are as long as they promise. */
  whole: boolean;
}

const SOC_SIZ = Buffer.from([0xff, 0x4f, 0xff, 0x51]);
const CAP = 0xff50;

/**
 * Reads the header of a JPEG 2000 codestream, in a JP2 file or alone (ITU-T T.800, A.5.1).
 * @throws SemblanceError DICOM_DAMAGED, also for components of different size or depth
 */
export function readJpeg2000Header(bytes: Uint8Array): Jpeg2000Header {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = file.indexOf(SOC_SIZ);
  const components = start < 0 || start + 45 > file.length ? 0 : file.readUInt16BE(start + 40);
  const end = start + 42 + components * 3;
  if (components === 0 || end + 2 > file.length) {
    throw damaged('Its JPEG 2000 data have no readable header.');
  }
  const view = dataView(file.subarray(start));
  const [depth, dx, dy] = [0, 1, 2].map((i) => view.getUint8(42 + i)) as [number, number, number];
  for (let i = 0; i < components * 3; i++) {
    const same = i % 3 === 0 ? depth : 1;
    if (view.getUint8(42 + i) !== same || dx !== 1 || dy !== 1) {
      throw damaged('Its JPEG 2000 data have components of different size or depth.');
    }
  }
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components,
    bits: (depth & 0x7f) + 1,
    signed: (depth & 0x80) !== 0,
    highThroughput: file.readUInt16BE(end) === CAP,
    whole: isWhole(file, end),
  };
}

const SOT = 0xff90;
const EOC = 0xffd9;

/** Follows the lengths of headers and tile-parts to the end. */
function isWhole(file: Buffer, from: number): boolean {
  for (let at = from; at + 2 <= file.length; ) {
    const marker = file.readUInt16BE(at);
    if (marker === EOC) return true;
    if (at + 10 > file.length) return false;
    const length = marker === SOT ? file.readUInt32BE(at + 6) : 2 + file.readUInt16BE(at + 2);
    // A last tile-part may leave its length to the end of the data.
    if (marker === SOT && length === 0) return file.readUInt16BE(file.length - 2) === EOC;
    if (length < 4) return false;
    at += length;
  }
  return false;
}

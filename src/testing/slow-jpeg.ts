import { dicomFile, elements, fragments, picture } from './dicom.ts';

const PROGRESSIVE = '1.2.840.10008.1.2.4.55';

/**
 * A progressive JPEG of one colour whose scans say nothing: each takes the decoder over all of its blocks again.
 * @param side pixels, a multiple of 8
 * @param scans that follow the first one
 */
function slowJpeg(side: number, scans: number): Buffer {
  const segment = (marker: number, bytes: number[]) =>
    Buffer.from([0xff, marker, 0, bytes.length + 2, ...bytes]);
  const size = [side >> 8, side & 255];
  const blocks = (side / 8) ** 2;
  // Codes of one bit: the difference 0, and a run of 16,384 or more blocks that end.
  const table = (kind: number, symbol: number) =>
    segment(0xc4, [kind, 1, ...Array<number>(15).fill(0), symbol]);
  const first = Buffer.alloc(Math.ceil(blocks / 8));
  const runs: string[] = [];
  for (let left = blocks; left > 0; left -= 16_384) runs.push('0'.padEnd(15, '0'));
  const bits = runs.join('').padEnd(Math.ceil((runs.length * 15) / 8) * 8, '1');
  const nothing = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const more = Buffer.concat([segment(0xda, [1, 1, 0, 1, 63, 0]), nothing]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array<number>(64).fill(1)]),
    segment(0xc2, [8, ...size, ...size, 1, 1, 0x11, 0]),
    table(0x00, 0),
    table(0x10, 0xe0),
    segment(0xda, [1, 1, 0, 0, 0, 0]),
    first,
    ...Array<Buffer>(scans).fill(more),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** A frame that a decoder walks over for seconds, and that takes hundreds of megabytes. */
export function slowDicom(side: number, scans: number): Buffer {
  const made = picture([0], 1, [
    ['Rows', side],
    ['Columns', side],
    ['BitsAllocated', 8],
    ['BitsStored', 8],
    ['HighBit', 7],
  ]);
  const attributes = made.filter(([keyword]) => keyword !== 'PixelData');
  const jpeg = slowJpeg(side, scans);
  return dicomFile(PROGRESSIVE, Buffer.concat([elements(attributes), fragments([jpeg])]));
}

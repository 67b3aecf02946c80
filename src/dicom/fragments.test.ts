import { describe, expect, it } from 'vitest';
import { dicomFile, elements, fragments, type MadeElement, picture } from '../testing/dicom.ts';
import { readDicom } from './instance.ts';

const RLE = '1.2.840.10008.1.2.5';

/** A frame of 4 pixels of 8 bits, coded by RLE: one run. */
function coded(value: number): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(64, 4);
  return Buffer.concat([header, Buffer.from([257 - 4, value])]);
}

const FRAMES = [coded(1), coded(2), coded(3)];
const [LENGTH] = FRAMES.map(({ length }) => length) as [number];

/** A file of as many frames as said, with pixels in fragments. */
function file(parts: Buffer[], table: number[], others: MadeElement[] = [], frames = 3): Buffer {
  const made = picture([0, 0, 0, 0], 2, [
    ['NumberOfFrames', String(frames)],
    ['BitsAllocated', 8],
    ['BitsStored', 8],
    ['HighBit', 7],
    ...others,
  ]);
  const attributes = made.filter(([keyword]) => keyword !== 'PixelData');
  return dicomFile(RLE, Buffer.concat([elements(attributes), fragments(parts, table)]));
}

async function values(bytes: Uint8Array): Promise<number[][]> {
  const instance = readDicom(bytes);
  const all = [];
  for (let i = 0; i < instance.frames; i++) all.push([...(await instance.frame(i)).data]);
  return all;
}

const EXPECTED = [1, 2, 3].map((value) => [value, value, value, value]);
/** Each frame in two fragments. */
const HALVES = FRAMES.flatMap((frame) => [frame.subarray(0, 64), frame.subarray(64)]);
const step = LENGTH + 8;

describe('frames in fragments', () => {
  it.each([
    ['a basic offset table', FRAMES, [0, step, 2 * step]],
    ['no table', FRAMES, []],
    ['a table that does not fit', FRAMES, [0, 5, 9]],
    ['several fragments a frame and a table', HALVES, [0, step + 8, 2 * (step + 8)]],
    ['several fragments a frame and no table', HALVES, []],
  ])('are found by %s', async (_, parts, table) => {
    expect(await values(file(parts, table))).toEqual(EXPECTED);
  });

  it.each([
    ['an empty one behind the last', [...FRAMES, Buffer.alloc(0)], []],
    ['an empty one in each frame', FRAMES.flatMap((each) => [each, Buffer.alloc(0)]), []],
    ['bytes of padding in each', FRAMES.map((each) => Buffer.concat([each, Buffer.alloc(8)])), []],
    ['a table whose entries descend', FRAMES, [2 * step, step, 0]],
    ['a table that begins behind the first', FRAMES, [step, 2 * step, 3 * step]],
    ['a table of one entry', FRAMES, [0]],
  ])('are found with %s', async (_, parts, table) => {
    expect(await values(file(parts, table))).toEqual(EXPECTED);
  });

  it('need not be coded', async () => {
    const parts = [1, 2, 3].map((value) => Buffer.alloc(4, value));
    const made = picture([0, 0, 0, 0], 2, [
      ['NumberOfFrames', '3'],
      ['BitsAllocated', 8],
      ['BitsStored', 8],
      ['HighBit', 7],
    ]).filter(([keyword]) => keyword !== 'PixelData');
    const uncompressed = (each: Buffer[]) =>
      dicomFile('1.2.840.10008.1.2.1.98', Buffer.concat([elements(made), fragments(each)]));
    expect(await values(uncompressed(parts))).toEqual(EXPECTED);
    const short = uncompressed(parts.map((part) => part.subarray(0, 2)));
    await expect(values(short)).rejects.toMatchObject({ code: 'DICOM_DAMAGED' });
  });

  it('are found by an extended offset table', async () => {
    const offsets: MadeElement = ['ExtendedOffsetTable', [0, step + 8, 2 * (step + 8)]];
    expect(await values(file(HALVES, [], [offsets]))).toEqual(EXPECTED);
  });

  it('are found where the end of the last one is not marked', async () => {
    const bytes = file(FRAMES, []);
    expect(await values(bytes.subarray(0, -8))).toEqual(EXPECTED);
  });

  it('that are fewer than promised are an error', async () => {
    await expect(values(file(FRAMES, [], [], 4))).rejects.toMatchObject({
      code: 'DICOM_DAMAGED',
      message: 'It promises 4 frames and has 3 fragments.',
    });
  });

  it('that end early are an error, and not those before them', async () => {
    const instance = readDicom(file([coded(1), coded(2), coded(3).subarray(0, 64)], []));
    expect([...(await instance.frame(1)).data]).toEqual(EXPECTED[1]);
    await expect(instance.frame(2)).rejects.toMatchObject({ code: 'DICOM_DAMAGED' });
  });
});

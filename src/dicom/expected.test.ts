import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { readDicom } from './instance.ts';
import { swapBytes } from './samples.ts';

/** What an independent reader (pydicom with gdcm) makes of a file. */
interface Expected {
  file: string;
  px: boolean;
  decoded?: boolean;
  shape?: number[];
  dtype?: string;
  min: number;
  max: number;
  mean: number;
  sha256: string;
}

/** A lossy JPEG of 12 bits: decoders differ by rounding. */
const ROUNDED = '150';
/** Bytes of 8-bit pixels in big-endian words: the reference of 057 and 170 left them in the order of the words. */
const WORDS = ['057', '170'];

const present = hasShared('dicom/expected.json');
const expected: Expected[] = present
  ? JSON.parse(readFileSync(sharedPath('dicom/expected.json'), 'utf8'))
  : [];

/** Stored pixels of all frames, in the byte order of the reference. */
async function read({ file, dtype = '' }: Expected) {
  const instance = readDicom(sharedPath(`dicom/files/${file}`));
  const hash = createHash('sha256');
  const shape = instance.frames > 1 ? [instance.frames] : [];
  let [min, max, sum, count, samples] = [Infinity, -Infinity, 0, 0, 1];
  try {
    for (let i = 0; i < instance.frames; i++) {
      const { data, ...frame } = await instance.frame(i);
      samples = frame.samples;
      for (const value of data) {
        if (value < min) min = value;
        if (value > max) max = value;
        sum += value;
      }
      count += data.length;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
      const words = WORDS.some((name) => file.startsWith(name));
      if (dtype.startsWith('>')) swapBytes(bytes, data.BYTES_PER_ELEMENT);
      else if (words) swapBytes(bytes, 2);
      hash.update(bytes);
      if (i === 0) shape.push(frame.rows, frame.columns, ...(samples > 1 ? [samples] : []));
    }
  } finally {
    instance.close();
  }
  return { shape, min, max, mean: sum / count, sha256: hash.digest('hex') };
}

describe.skipIf(!present)('files of many makers, against pydicom with gdcm', () => {
  const decodable = expected.filter(({ decoded }) => decoded);
  it.each(decodable)('reads $file to the same stored pixels', async (entry) => {
    const found = await read(entry);
    expect(found.shape).toEqual(entry.shape);
    if (entry.file.startsWith(ROUNDED)) {
      expect(Math.abs(found.mean - entry.mean)).toBeLessThan(0.01);
      expect(Math.abs(found.max - entry.max)).toBeLessThanOrEqual(2);
      return;
    }
    expect(found.sha256).toBe(entry.sha256);
    expect([found.min, found.max]).toEqual([entry.min, entry.max]);
    expect(found.mean).toBeCloseTo(entry.mean, 6);
  });

  const others = expected.filter(({ decoded }) => !decoded);
  it.each(others)('reads $file, or refuses it with a code', async (entry) => {
    const error = await read(entry).catch((thrown: unknown) => thrown);
    if (!(error instanceof Error)) return;
    expect(error).toBeInstanceOf(SemblanceError);
    expect((error as SemblanceError).code).not.toBe('INTERNAL');
  });

  it('undoes the words of a big-endian file: both orders are the same picture', async () => {
    const find = (name: string) => expected.find(({ file }) => file.startsWith(name)) as Expected;
    const [little, big] = await Promise.all(
      ['168', '057'].map(async (name) => {
        const instance = readDicom(sharedPath(`dicom/files/${find(name).file}`));
        return (await instance.frame(0)).data;
      }),
    );
    expect(Buffer.compare(little as Uint8Array, big as Uint8Array)).toBe(0);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../domain/decode-limits.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { inspectDicom } from './inspect.ts';
import { readDicom } from './instance.ts';

/** What an independent reader (pydicom with gdcm) makes of a file. */
interface Expected {
  file: string;
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

const present = hasShared('dicom/expected.json');
const expected: Expected[] = present
  ? JSON.parse(readFileSync(sharedPath('dicom/expected.json'), 'utf8'))
  : [];

const inspect = ({ file }: Expected) =>
  inspectDicom(sharedPath(`dicom/files/${file}`), DEFAULT_LIMITS, { kind: 'default' });
const find = (name: string) => expected.find(({ file }) => file.startsWith(name)) as Expected;

describe.skipIf(!present)('files of many makers, against pydicom with gdcm', () => {
  const decodable = expected.filter(({ decoded }) => decoded);
  it.each(decodable)('reads $file to the same stored pixels', async (entry) => {
    const { pixels, error } = await inspect(entry);
    expect(error).toBeUndefined();
    const { shape, dtype, min, max, mean, sha256 } = entry;
    expect(pixels).toMatchObject({ shape, dtype, min });
    if (entry.file.startsWith(ROUNDED)) {
      expect(Math.abs((pixels?.mean ?? 0) - mean)).toBeLessThan(0.01);
      expect(Math.abs((pixels?.max ?? 0) - max)).toBeLessThanOrEqual(2);
      return;
    }
    expect(pixels).toMatchObject({ max, sha256 });
    expect(pixels?.mean).toBeCloseTo(mean, 6);
  });

  const others = expected.filter(({ decoded }) => !decoded);
  it.each(others)('reads $file, or refuses it with a code', async (entry) => {
    const { pixels, error } = await inspect(entry);
    expect(error === undefined).toBe(pixels !== undefined);
    expect(error?.code).not.toBe('INTERNAL');
  });

  it('reads the same samples in either byte order', async () => {
    // The same picture twice; the words of 8-bit samples in 057 are undone, too.
    for (const [little, big] of [
      ['001', '002'],
      ['113', '115'],
      ['168', '057'],
    ] as const) {
      const { pixels } = await inspect(find(big));
      const same = await inspect(find(little));
      expect(pixels?.sha256LittleEndian).toBe(same.pixels?.sha256);
      expect(pixels?.sha256).not.toBe(same.pixels?.sha256);
    }
  });

  it('undoes the words of a big-endian file: both orders are the same picture', async () => {
    const [little, big] = await Promise.all(
      ['168', '057'].map(async (name) => {
        const instance = readDicom(sharedPath(`dicom/files/${find(name).file}`));
        return (await instance.frame(0)).data;
      }),
    );
    expect(Buffer.compare(little as Uint8Array, big as Uint8Array)).toBe(0);
  });
});

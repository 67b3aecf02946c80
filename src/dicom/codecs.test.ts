import { describe, expect, it } from 'vitest';
import { loadCodecs } from '../codecs/native.ts';
import { randomFrom } from '../domain/random.ts';
import { dicomFile, elements, fragments, type MadeElement, picture } from '../testing/dicom.ts';
import { readDicom } from './instance.ts';

const SIDE = 40;
const JPEG = '1.2.840.10008.1.2.4.';

/** What of the library's encoders each transfer syntax is made by. */
const ENCODERS = [
  [`${JPEG}70`, 'encodeJpeg', { lossy: false, predictor: 1 }],
  [`${JPEG}57`, 'encodeJpeg', { lossy: false, predictor: 5 }],
  [`${JPEG}80`, 'encodeJpegLs', { lossy: false }],
  [`${JPEG}90`, 'encodeJpeg2000', { lossy: false }],
  [`${JPEG}201`, 'encodeHtJpeg2000', { lossy: false }],
  [`${JPEG}110`, 'encodeJpegXl', { lossy: false }],
] as const;

/** Values that differ from their neighbours, over all of the bits. */
function values(count: number, bits: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * 7919 + (i % SIDE) * 31) % 2 ** bits);
}

/** A file of a coded frame; `stored` are its samples. */
async function coded(entry: (typeof ENCODERS)[number], bits: number, samples = 1) {
  const [uid, encoder, parameters] = entry;
  const { Context, NativeCodecs } = await loadCodecs();
  const stored = values(SIDE * SIDE * samples, bits);
  const array = bits <= 8 ? Uint8Array.from(stored) : Uint16Array.from(stored);
  const allocated = bits <= 8 ? 8 : 16;
  const context = new Context({
    width: SIDE,
    height: SIDE,
    bitsAllocated: allocated,
    bitsStored: bits,
    samplesPerPixel: samples,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: samples === 1 ? 'MONOCHROME2' : 'RGB',
    decodedBuffer: new Uint8Array(array.buffer),
  });
  const bytes = NativeCodecs[encoder](
    context,
    parameters as never,
  ).getEncodedBuffer() as Uint8Array;
  const attributes: MadeElement[] = [
    ['Rows', SIDE],
    ['Columns', SIDE],
    ['SamplesPerPixel', samples],
    ['PhotometricInterpretation', samples === 1 ? 'MONOCHROME2' : 'RGB'],
    ['BitsAllocated', allocated],
    ['BitsStored', bits],
    ['HighBit', bits - 1],
  ];
  const made = picture([0], 1, attributes).filter(([keyword]) => keyword !== 'PixelData');
  const file = (part: Uint8Array) =>
    dicomFile(uid, Buffer.concat([elements(made), fragments([part])]));
  return { stored, bytes, file };
}

const CASES = ENCODERS.map((entry) => ({ entry, uid: entry[0], encoder: entry[1] }));

describe.each(CASES)('frames of transfer syntax $uid by $encoder', ({ entry }) => {
  it.each([8, 12, 16])('of %d bits come back as they were', async (bits) => {
    const { stored, bytes, file } = await coded(entry, bits);
    const { data } = await readDicom(file(bytes)).frame(0);
    expect([...data]).toEqual(stored);
  });

  it('in colour come back as they were', async () => {
    const { stored, bytes, file } = await coded(entry, 8, 3);
    const { data } = await readDicom(file(bytes)).frame(0);
    expect([...data]).toEqual(stored);
  });

  it('that end early are errors, and the next one is read', async () => {
    const { stored, bytes, file } = await coded(entry, 12);
    for (const share of [0.1, 0.5, 0.9, 0.98]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      await expect(readDicom(file(cut)).frame(0), String(share)).rejects.toMatchObject({
        code: 'DICOM_DAMAGED',
      });
    }
    const { data } = await readDicom(file(bytes)).frame(0);
    expect([...data]).toEqual(stored);
  });

  it('of which bytes flip are a picture or an error, in little time, and the next one is read', async () => {
    const { stored, bytes, file } = await coded(entry, 12);
    const random = randomFrom(5);
    let refused = 0;
    for (let i = 0; i < 150; i++) {
      const flipped = Buffer.from(bytes);
      const at = Math.floor(random() * flipped.length);
      flipped[at] = (flipped[at] as number) ^ (1 << Math.floor(random() * 8));
      const start = performance.now();
      const error = await readDicom(file(flipped))
        .frame(0)
        .catch((thrown: unknown) => thrown);
      expect(performance.now() - start, String(at)).toBeLessThan(2000);
      if (!(error instanceof Error)) continue;
      expect(error).toMatchObject({ code: expect.stringMatching(/^DICOM_/) });
      refused += 1;
    }
    expect(refused).toBeGreaterThan(0);
    const { data } = await readDicom(file(bytes)).frame(0);
    expect([...data]).toEqual(stored);
  });

  it('that say another size than the attributes are errors', async () => {
    const { bytes, file } = await coded(entry, 12);
    const wrong = Buffer.from(file(bytes));
    const rows = wrong.indexOf(Buffer.from([0x28, 0x00, 0x10, 0x00, 0x55, 0x53]));
    wrong.writeUInt16LE(SIDE / 2, rows + 8);
    await expect(readDicom(wrong).frame(0)).rejects.toMatchObject({ code: 'DICOM_DAMAGED' });
  });
});

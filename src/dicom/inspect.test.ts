import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../domain/decode-limits.ts';
import { dicomFile, elements, type MadeElement, picture } from '../testing/dicom.ts';
import { inspectDicom } from './inspect.ts';
import { BIG, EXPLICIT } from './transfer-syntax.ts';

const inspect = (bytes: Uint8Array) => inspectDicom(bytes, DEFAULT_LIMITS, { kind: 'default' });
const made = (others: MadeElement[] = []) =>
  dicomFile(EXPLICIT.uid, elements(picture([1, 2, 3, 600], 2, others)));

describe('an inspection', () => {
  it('sums up the stored pixels of all frames', async () => {
    const { pixels } = await inspect(
      made([
        ['Rows', 1],
        ['NumberOfFrames', '2'],
      ]),
    );
    expect(pixels).toEqual({
      frames: 2,
      shape: [2, 1, 2],
      dtype: 'uint16',
      min: 1,
      max: 600,
      mean: 151.5,
      // printf '\1\0\2\0\3\0\x58\2' | sha256sum
      sha256: '50b6839e6c28661f8a3ced341e517eeb803ad90dd4dce9d53fbc809a41d98b63',
    });
  });

  it('names nobody', async () => {
    const secret = 'Geheim^Gertrud';
    const uid = '1.2.999.31415';
    const found = await inspect(
      made([
        ['PatientName', secret],
        ['PatientID', secret],
        ['StudyDate', '19991231'],
        ['StudyInstanceUID', uid],
        ['SeriesDescription', secret],
        ['WindowCenter', '40'],
        ['WindowWidth', '400'],
        ['PhotometricInterpretation', secret],
      ]),
    );
    expect(found.identity).toContain('PatientName');
    expect(found.identity).toContain('StudyInstanceUID');
    const said = JSON.stringify({ ...found, error: found.error?.message });
    for (const planted of [secret, uid, '19991231', 'Gertrud']) {
      expect(said.toLowerCase()).not.toContain(planted.toLowerCase());
    }
  });

  it.each([
    ['1.2.840.10008.5.1.4.1.1.2', 'image'],
    ['1.2.840.10008.5.1.4.1.1.7', 'secondary capture'],
    ['1.2.840.10008.5.1.4.1.1.7.2', 'secondary capture'],
    ['1.2.840.10008.5.1.4.1.1.77.1.4', 'image'],
    ['1.2.840.10008.5.1.4.1.1.88.11', 'report'],
    ['1.2.840.10008.5.1.4.1.1.88.59', 'key object selection'],
    ['1.2.840.10008.5.1.4.1.1.11.1', 'presentation state'],
    ['1.2.840.10008.5.1.4.1.1.66.4', 'segmentation'],
    ['1.2.840.10008.5.1.4.1.1.9.1.1', 'waveform'],
    ['1.2.840.10008.5.1.4.1.1.104.1', 'encapsulated document'],
    ['1.2.840.10008.5.1.4.1.1.481.1', 'image'],
    ['1.2.840.10008.5.1.4.1.1.481.2', 'radiotherapy object'],
    ['1.2.999.1', 'image'],
  ])('tells that %s is: %s', async (uid, kind) => {
    expect((await inspect(made([['SOPClassUID', uid]]))).kind).toBe(kind);
  });

  it.each([
    [1, 'int16', '>i2'],
    [0, 'uint16', '>u2'],
  ])(
    'names the order of a big-endian file as NumPy does (signed: %d)',
    async (signed, dtype, swapped) => {
      const others: MadeElement[] = [['PixelRepresentation', signed]];
      const little = await inspect(made(others));
      const words = Uint8Array.from([0, 1, 0, 2, 0, 3, 2, 88]);
      const pixels: MadeElement = ['PixelData', words];
      const big = await inspect(
        dicomFile(
          BIG.uid,
          elements(picture([1, 2, 3, 600], 2, [...others, pixels]), { little: false }),
        ),
      );
      expect(little.pixels?.dtype).toBe(dtype);
      expect(big.pixels).toMatchObject({
        dtype: swapped,
        max: 600,
        sha256LittleEndian: little.pixels?.sha256,
        sha256: createHash('sha256').update(words).digest('hex'),
      });
    },
  );

  it('sums up numbers alone: a NaN is none', async () => {
    const floats = new Uint8Array(
      Float32Array.from([1, Number.NaN, Number.POSITIVE_INFINITY, 5]).buffer,
    );
    const attributes = picture([0, 0, 0, 0], 2).filter(([keyword]) => keyword !== 'PixelData');
    const data = elements([...attributes, ['FloatPixelData', floats]]);
    const { pixels } = await inspect(dicomFile(EXPLICIT.uid, data));
    expect(pixels).toMatchObject({ dtype: 'float32', min: 1, max: 5, mean: 3 });
  });

  it('has the regions of ultrasound with their calibration', async () => {
    const region: MadeElement = [
      'SequenceOfUltrasoundRegions',
      [
        [
          ['RegionSpatialFormat', 1],
          ['RegionLocationMinX0', 0],
          ['RegionLocationMinY0', 1],
          ['RegionLocationMaxX1', 1],
          ['RegionLocationMaxY1', 1],
          ['PhysicalUnitsXDirection', 3],
          ['PhysicalUnitsYDirection', 3],
          ['PhysicalDeltaX', 0.02],
          ['PhysicalDeltaY', Number.POSITIVE_INFINITY],
        ],
      ],
    ];
    const { frames } = await inspect(made([region]));
    expect(frames[0]?.record.regions).toEqual([
      {
        ...{ left: 0, top: 1, right: 1, bottom: 1, spatialFormat: 1, dataType: undefined },
        ...{ deltaX: 0.02, deltaY: undefined, unitX: 3, unitY: 3 },
      },
    ]);
  });

  it('says why an object without pixels is refused', async () => {
    const report = elements([
      ['SOPClassUID', '1.2.840.10008.5.1.4.1.1.88.11'],
      ['Modality', 'SR'],
    ]);
    const { error, kind } = await inspect(dicomFile(EXPLICIT.uid, report));
    expect(kind).toBe('report');
    expect(error).toMatchObject({
      code: 'DICOM_NO_PIXELS',
      message: 'It is of the kind "report" and has no pixels.',
    });
  });

  it('hashes 8-bit samples of big-endian words as they stand, and shows them in order', async () => {
    const others: MadeElement[] = [
      ['BitsAllocated', 8],
      ['BitsStored', 8],
      ['HighBit', 7],
      ['Rows', 1],
      ['Columns', 4],
      ['PixelData', Uint8Array.from([1, 2, 3, 4]), 'OW'],
    ];
    const big = elements(picture([0, 0], 2, others), { little: false });
    const little = elements(picture([0, 0], 2, others));
    const [one, other] = [
      await inspect(dicomFile(BIG.uid, big)),
      await inspect(dicomFile(EXPLICIT.uid, little)),
    ];
    expect(one.pixels?.sha256).toBe(other.pixels?.sha256);
  });
});

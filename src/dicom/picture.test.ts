import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { parseWindow, type WindowChoice } from '../domain/window.ts';
import { elements, type MadeElement, picture } from '../testing/dicom.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { type DicomInstance, readDicom } from './instance.ts';
import { type DicomPicture, pictureOf } from './picture.ts';

const DEFAULT: WindowChoice = { kind: 'default' };

/** The greys of a made-up picture of one row. */
async function greys(values: number[], others: MadeElement[] = [], window = DEFAULT) {
  const stored = values.map((value) => value & 0xffff);
  const { data, record, ...size } = await pictureOf(
    readDicom(elements(picture(stored, values.length, others))),
    0,
    window,
  );
  return { data: [...data], record, ...size };
}

const SIGNED: MadeElement = ['PixelRepresentation', 1];
const HOUNSFIELD: MadeElement[] = [
  ['Modality', 'CT'],
  SIGNED,
  ['RescaleIntercept', '-1000'],
  ['RescaleSlope', '1'],
];
const window = (center: string, width: string, kind?: string): MadeElement[] => [
  ['WindowCenter', center],
  ['WindowWidth', width],
  ...(kind === undefined ? [] : [['VOILUTFunction', kind] as const]),
];

describe('a grey picture', () => {
  it.each([
    // PS3.3, C.11.2.1.2.1: centre 2048 and width 4096 are all of 12 bits.
    ['LINEAR', [0, 2047, 2048, 4095, 5000], [0, 127, 128, 255, 255]],
    ['LINEAR_EXACT', [0, 2048, 4096], [0, 128, 255]],
    ['SIGMOID', [0, 2048, 4096], [30, 128, 225]],
  ])('is shown by the function %s', async (kind, values, expected) => {
    expect((await greys(values, window('2048', '4096', kind))).data).toEqual(expected);
  });

  it('of width 1 is black and white', async () => {
    expect((await greys([9, 10, 11], window('10.5', '1'))).data).toEqual([0, 0, 255]);
  });

  it('takes the first of several windows, another when it is asked for', async () => {
    const windows = window('100\\1000', '200\\2000');
    const first = await greys([100], windows);
    const second = await greys([100], windows, parseWindow('file:2'));
    const third = await greys([100], windows, parseWindow('file:3'));
    expect(first.record.grey?.windows[0]).toMatchObject({
      source: 'file',
      center: 100,
      width: 200,
    });
    expect(second.record.grey).toMatchObject({ replaced: false, windows: [{ center: 1000 }] });
    expect(third.record.grey).toMatchObject({ replaced: true, windows: [{ center: 100 }] });
  });

  it('passes over a window that cannot be used', async () => {
    const { record } = await greys([100], window('x\\50', '0\\60'));
    expect(record.grey?.windows[0]).toMatchObject({ center: 50, width: 60 });
  });

  it('is rescaled before its window', async () => {
    const { data, record } = await greys(
      [1040, 840, 1240],
      [...HOUNSFIELD, ...window('40', '401')],
    );
    expect(data).toEqual([128, 0, 255]);
    expect(record.grey).toMatchObject({ intercept: -1000, slope: 1 });
  });

  it('of CT without a window has one by its body part', async () => {
    const named = async (part: string) => {
      const { record } = await greys([1000], [...HOUNSFIELD, ['BodyPartExamined', part]]);
      const [used] = record.grey?.windows ?? [];
      return [used?.source, used?.center, used?.width];
    };
    expect(await named('ABDOMEN')).toEqual(['modality', 40, 400]);
    expect(await named('HEAD')).toEqual(['modality', 40, 80]);
    expect(await named('LUNG')).toEqual(['modality', -600, 1500]);
  });

  it('has a usual window of CT where values are Hounsfield units alone', async () => {
    const ct = await greys([1400], HOUNSFIELD, parseWindow('bone'));
    expect(ct.record.grey?.windows[0]).toMatchObject({ source: 'preset', name: 'bone' });
    const other = await greys([1400, 0], [], parseWindow('bone'));
    expect(other.record.grey).toMatchObject({ replaced: true, windows: [{ source: 'range' }] });
  });

  it('shows three windows of a CT as red, green and blue', async () => {
    const shown = await greys([400, 1040], HOUNSFIELD, parseWindow('lung,soft-tissue,bone'));
    const single = async (name: string) =>
      (await greys([400, 1040], HOUNSFIELD, parseWindow(name))).data;
    const [lung, soft, bone] = [
      await single('lung'),
      await single('soft-tissue'),
      await single('bone'),
    ];
    expect(shown.channels).toBe(3);
    expect(shown.data).toEqual([lung[0], soft[0], bone[0], lung[1], soft[1], bone[1]]);
  });

  it('counts what its window clips', async () => {
    const { record } = await greys([0, 1, 50, 99, 200], window('50', '60'));
    expect(record.grey?.windows[0]).toMatchObject({ below: 2, above: 2 });
  });

  it.each([
    [[['PhotometricInterpretation', 'MONOCHROME1']], true],
    [[['PresentationLUTShape', 'INVERSE']], true],
    [
      [
        ['PhotometricInterpretation', 'MONOCHROME1'],
        ['PresentationLUTShape', 'INVERSE'],
      ],
      true,
    ],
    [[['PresentationLUTShape', 'IDENTITY']], false],
  ] as [MadeElement[], boolean][])('is inverted once: %j', async (others, inverted) => {
    const { data } = await greys([0, 255], [...others, ...window('128', '256')]);
    expect(data).toEqual(inverted ? [255, 0] : [0, 255]);
  });

  it('leaves out its padding, also where it is inverted', async () => {
    const { data, record } = await greys(
      [-2000, 0, 100, -2000],
      [
        SIGNED,
        ['PixelPaddingValue', [-2000 & 0xffff], 'SS'],
        ['PhotometricInterpretation', 'MONOCHROME1'],
      ],
    );
    expect(data).toEqual([0, 255, 0, 0]);
    expect(record.grey).toMatchObject({ padding: 2, windows: [{ source: 'range', center: 50 }] });
  });

  it('has padding as signed as its pixels, whatever its representation says', async () => {
    const padding: MadeElement = ['PixelPaddingValue', [63536], 'US'];
    expect((await greys([-2000, 0, 5], [SIGNED, padding])).record.grey?.padding).toBe(1);
  });

  it('may not grow past the limit where its pixels become square', async () => {
    const made = elements(picture([1, 2, 3, 4], 2, [['PixelSpacing', '8\\1']]));
    const instance = readDicom(made, { maxPixels: 20 });
    await expect(pictureOf(instance, 0)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });

  it('has no overlay in it: the bits that are used count', async () => {
    const { data } = await greys(
      [0x8000, 0x8fff, 0x0800],
      [['BitsStored', 12], ['HighBit', 11], ...window('2048', '4096')],
    );
    expect(data).toEqual([0, 255, 128]);
  });

  it('of 8 bits without a window is shown as it is', async () => {
    const { data } = await greys(
      [3, 200],
      [
        ['BitsStored', 8],
        ['HighBit', 7],
      ],
    );
    expect(data).toEqual([3, 200]);
  });

  it('is shown by a table of its file', async () => {
    const table: MadeElement = [
      'VOILUTSequence',
      [
        [
          ['LUTDescriptor', [3, 10, 8]],
          ['LUTData', [7, 100, 255]],
        ],
      ],
    ];
    const { data, record } = await greys([0, 10, 11, 12, 99], [table]);
    expect(data).toEqual([7, 7, 100, 255, 255]);
    expect(record.grey?.windows[0]?.function).toBe('TABLE');
  });

  it('is shown by a table that begins below 0', async () => {
    const table: MadeElement = [
      'VOILUTSequence',
      [
        [
          ['LUTDescriptor', [2, 65535, 8]],
          ['LUTData', [0, 255]],
        ],
      ],
    ];
    expect((await greys([-1, 0], [SIGNED, table])).data).toEqual([0, 255]);
  });

  it.each([
    ['says 8 bits of entries of 16', true, [3, 10, 8], [0, 2048, 4095], 'OW', [0, 128, 255]],
    ['has two entries in a word', true, [3, 10, 8], [0x8000, 0x00ff], 'OW', [0, 128, 255]],
    [
      'has them in words of a big-endian file',
      false,
      [3, 10, 8],
      [0x8000, 0x00ff],
      'OW',
      [0, 128, 255],
    ],
    [
      'begins at 65,534 in a representation that is signed',
      true,
      [2, 65_534, 8],
      [9, 17],
      'OB',
      [9, 9, 9],
    ],
  ] as const)('is shown by a table that %s', async (_, little, head, data, vr, expected) => {
    const table: MadeElement = [
      'VOILUTSequence',
      [
        [
          ['LUTDescriptor', head, 'SS'],
          ['LUTData', data, vr],
        ],
      ],
    ];
    const values = [10, 11, 12].flatMap((value) => (little ? [value, 0] : [0, value]));
    const pixels: MadeElement = ['PixelData', Uint8Array.from(values)];
    const made = elements(picture([10, 11, 12], 3, [table, pixels]), { little });
    expect([...(await pictureOf(readDicom(made), 0)).data]).toEqual(expected);
  });

  it('takes a linear window of less than 1 for an exact one', async () => {
    const { record } = await greys(
      [0, 1],
      [['RescaleSlope', '0.001'], ...window('0.0005', '0.001')],
    );
    expect(record.grey?.windows[0]).toMatchObject({ function: 'LINEAR_EXACT', width: 0.001 });
  });

  it.each(['0', '-5', 'nan', '', '1e999'])(
    'passes over a window of the width "%s"',
    async (width) => {
      const { record } = await greys([0, 7], window('5', width));
      expect(record.grey?.windows[0]).toMatchObject({ source: 'range', center: 3.5 });
    },
  );

  it('is measured by a table for values below 0, whose own are not', async () => {
    const modality: MadeElement = [
      'ModalityLUTSequence',
      [
        [
          ['LUTDescriptor', [3, 65_535, 16], 'US'],
          ['LUTData', [40_000, 41_000, 42_000]],
        ],
      ],
    ];
    const voi: MadeElement = [
      'VOILUTSequence',
      [
        [
          ['LUTDescriptor', [2001, 40_000, 16], 'SS'],
          ['LUTData', Array.from({ length: 2001 }, (_, i) => (i * 65_535) / 2000)],
        ],
      ],
    ];
    expect((await greys([-1, 0, 1], [SIGNED, modality, voi])).data).toEqual([0, 127, 255]);
  });

  it('is measured by a table of its modality', async () => {
    const table: MadeElement = [
      'ModalityLUTSequence',
      [
        [
          ['LUTDescriptor', [2, 0, 16]],
          ['LUTData', [100, 300]],
        ],
      ],
    ];
    const { data } = await greys([0, 1], [table, ...window('200.5', '201')]);
    expect(data).toEqual([0, 255]);
  });

  it('of an enhanced object takes the window of its frame', async () => {
    const group = (center: string): MadeElement[] => [
      ['FrameVOILUTSequence', [window(center, '200')]],
    ];
    const made = picture([100, 100], 1, [
      ['Rows', 1],
      ['NumberOfFrames', '2'],
      ['PerFrameFunctionalGroupsSequence', [group('100'), group('200')]],
    ]);
    const instance = readDicom(elements(made));
    const centers = [];
    for (const frame of [0, 1]) {
      centers.push((await pictureOf(instance, frame)).record.grey?.windows[0]?.center);
    }
    expect(centers).toEqual([100, 200]);
  });

  it('has square pixels', async () => {
    const { data, width, height, record } = await greys(
      [0, 255],
      [['PixelSpacing', '2\\1'], ...window('128', '256')],
    );
    expect([width, height, record.aspect]).toEqual([2, 2, 2]);
    expect(data).toEqual([0, 255, 0, 255]);
  });

  it.each([
    [
      [
        ['ShutterShape', 'RECTANGULAR'],
        ['ShutterLeftVerticalEdge', '2'],
        ['ShutterRightVerticalEdge', '3'],
      ],
    ],
    [
      [
        ['ShutterShape', 'CIRCULAR'],
        ['CenterOfCircularShutter', '1\\2'],
        ['RadiusOfCircularShutter', '1'],
      ],
    ],
    [
      [
        ['ShutterShape', 'POLYGONAL'],
        ['VerticesOfThePolygonalShutter', '0\\1.5\\0\\3.5\\2\\3.5\\2\\1.5', 'DS'],
      ],
    ],
  ] as [MadeElement[]][])('is black behind its shutter: %j', async (shutter) => {
    const { data, record } = await greys(
      [255, 255, 255, 255],
      [...shutter, ...window('128', '256')],
    );
    const circular = shutter[0]?.[1] === 'CIRCULAR';
    expect(data).toEqual(circular ? [255, 255, 255, 0] : [0, 255, 255, 0]);
    expect(record.shuttered).toBe(circular ? 1 : 2);
  });
});

describe('a picture in colour', () => {
  const colour = (photometric: string, pixels: number[]): MadeElement[] => [
    ['SamplesPerPixel', 3],
    ['PhotometricInterpretation', photometric],
    ['PlanarConfiguration', 0],
    ['Rows', 1],
    ['Columns', 1],
    ['BitsAllocated', 8],
    ['BitsStored', 8],
    ['HighBit', 7],
    ['PixelData', Uint8Array.from(pixels), 'OB'],
  ];

  it.each([
    ['RGB', [1, 2, 3], [1, 2, 3]],
    ['YBR_FULL', [76, 85, 255], [254, 0, 0]],
    ['YBR_FULL', [128, 128, 128], [128, 128, 128]],
  ])('of kind %s becomes RGB', async (photometric, pixels, expected) => {
    const { data } = await pictureOf(
      readDicom(elements(picture([0], 1, colour(photometric, pixels)))),
      0,
    );
    expect([...data]).toEqual(expected);
  });

  it.each([8, 16])('has a palette with entries of %d bits', async (bits) => {
    const entry = (value: number) => (bits === 16 ? value << 8 : value);
    const tables = ['Red', 'Green', 'Blue'].flatMap((name, i): MadeElement[] => [
      [
        `${name}PaletteColorLookupTableDescriptor` as 'RedPaletteColorLookupTableDescriptor',
        [2, 5, bits],
      ],
      [
        `${name}PaletteColorLookupTableData` as 'RedPaletteColorLookupTableData',
        [entry(10 + i), entry(200 + i)],
      ],
    ]);
    const made = picture([5, 6], 2, [['PhotometricInterpretation', 'PALETTE COLOR'], ...tables]);
    const { data } = await pictureOf(readDicom(elements(made)), 0);
    expect([...data]).toEqual([10, 11, 12, 200, 201, 202]);
  });

  it.each([8, 16])('has a segmented palette of %d bits', async (bits) => {
    // Two entries as they are, a line of two more, and all of that again.
    const top = bits === 8 ? 255 : 65_535;
    const place = bits === 8 ? [0, 0, 0, 0] : [0, 0];
    const data = [0, 2, 0, top, 1, 2, 0, 2, 2, ...place];
    const tables = ['Red', 'Green', 'Blue'].flatMap((name): MadeElement[] => [
      [
        `${name}PaletteColorLookupTableDescriptor` as 'RedPaletteColorLookupTableDescriptor',
        [8, 0, bits],
      ],
      [
        `Segmented${name}PaletteColorLookupTableData` as 'SegmentedRedPaletteColorLookupTableData',
        bits === 8 ? Uint8Array.from(data) : data,
      ],
    ]);
    const made = picture([0, 1, 2, 3, 4, 5, 6, 7], 8, [
      ['PhotometricInterpretation', 'PALETTE COLOR'],
      ...tables,
    ]);
    const found = await pictureOf(readDicom(elements(made)), 0);
    const red = [...found.data].filter((_, i) => i % 3 === 0);
    expect(red).toEqual([0, 255, 128, 0, 0, 255, 128, 0]);
  });

  it('that says to share its colours and does not is not shifted', async () => {
    const values = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 50 + i : 128));
    const whole = colour('YBR_FULL_422', values).filter(([keyword]) => keyword !== 'Columns');
    const made = picture([0], 1, [...whole, ['Columns', 4]]);
    const { data } = await pictureOf(readDicom(elements(made)), 0);
    expect([...data]).toEqual([50, 53, 56, 59].flatMap((grey) => [grey, grey, grey]));
  });

  it('of a kind of its own is refused', async () => {
    const instance = readDicom(elements(picture([0], 1, colour('HSV', [1, 2, 3]))));
    await expect(pictureOf(instance, 0)).rejects.toMatchObject({ code: 'DICOM_UNSUPPORTED' });
  });
});

/** Debian's DCMTK renders files uncompressed or coded as JPEG and JPEG-LS. */
const hasDcmtk = spawnSync('dcm2pnm', ['--version']).status === 0;
if (!hasDcmtk) console.warn('skipped: DCMTK is absent (apt-get install dcmtk)');
const present = hasShared('dicom/expected.json') && hasDcmtk;

/** The picture that DCMTK makes of a frame, from 0 on; undefined where it reads the file not at all. */
function rendered(file: string, frame: number, options: string[], out: string) {
  for (const program of ['dcm2pnm', 'dcmj2pnm', 'dcml2pnm']) {
    // Overlays off.
    const args = ['-O', '--frame', String(frame + 1), ...options, file, out];
    if (spawnSync(program, args).status === 0) {
      const bytes = readFileSync(out);
      const [, kind, width, height, most] =
        /^(P[56])\s(?:#.*\n)?(\d+) (\d+)\s(\d+)\n/.exec(
          bytes.subarray(0, 200).toString('latin1'),
        ) ?? [];
      if (most !== '255') return undefined;
      const size = Number(width) * Number(height) * (kind === 'P5' ? 1 : 3);
      return bytes.subarray(bytes.length - size);
    }
  }
  return undefined;
}

type Windows = NonNullable<DicomPicture['record']['grey']>['windows'];

/** The same window in words of DCMTK, whose linear function is that of the standard. */
function windowOf([used]: Windows): string[] {
  const { function: kind, center, width } = used as Windows[number];
  switch (kind) {
    case 'TABLE':
      return ['+Wl', '1'];
    case 'SIGMOID':
      return ['+Ww', String(center), String(width), '+Wfs'];
    case 'LINEAR_EXACT':
      return ['+Ww', String(center + 0.5), String(width + 1)];
    case 'LINEAR':
      return ['+Ww', String(center), String(width)];
  }
}

/** How much two pictures differ at most; where a file has padding, which is black here, it does not count. */
function difference(found: DicomPicture, reference: Uint8Array): number {
  const isPadded = (found.record.grey?.padding ?? 0) > 0;
  return found.data.reduce((most, value, i) => {
    const isLeftOut = isPadded && value === 0;
    return isLeftOut ? most : Math.max(most, Math.abs(value - (reference[i] as number)));
  }, 0);
}

/** Files that DCMTK shows otherwise, each with why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  '041': 'it leaves RGB that is Y, Cb and Cr as it is',
  '188': 'it leaves RGB that is Y, Cb and Cr as it is',
  '045': 'the window is a thousandth wide, and its linear function adds 1',
  '051': 'it does not make pixels square',
  '114': 'it takes 32 bits in big-endian order for two of 16 each',
  '115': 'it takes 32 bits in big-endian order for two of 16 each',
};

describe.skipIf(!present)('files of many makers, against DCMTK', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-dcmtk-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  // It has no decoder of JPEG 2000.
  const files = present
    ? readdirSync(sharedPath('dicom/files'))
        .filter((name) => !/J2K|jpeg2k|jpeg_2k|jp2k|JPEG2000|HTJ2K/i.test(name))
        .sort()
    : [];

  it('look the same within 2 of 255, first and last frame, in the same window', async () => {
    const different: string[] = [];
    let compared = 0;
    for (const name of files) {
      if (name.slice(0, 3) in OTHERWISE) continue;
      const file = sharedPath(`dicom/files/${name}`);
      let instance: DicomInstance | undefined;
      try {
        instance = readDicom(file);
        for (const frame of new Set([0, instance.frames - 1])) {
          const found = await pictureOf(instance, frame);
          const options =
            found.record.grey === undefined ? [] : windowOf(found.record.grey.windows);
          const reference = rendered(file, frame, options, join(folder, 'out.pnm'));
          if (reference === undefined) continue;
          compared += 1;
          expect(reference.length, name).toBe(found.data.length);
          const most = difference(found, reference);
          if (most > 2) different.push(`${name}, frame ${frame}: ${most}`);
        }
      } catch (error) {
        if (!(error instanceof SemblanceError)) throw error;
      } finally {
        instance?.close();
      }
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(155);
  }, 300_000);
});

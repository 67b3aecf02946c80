import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../domain/decode-limits.ts';
import { randomFrom } from '../domain/random.ts';
import { dicomFile, elements, fragments, type MadeElement, picture } from '../testing/dicom.ts';
import { inspectDicom } from './inspect.ts';
import { EXPLICIT, IMPLICIT } from './transfer-syntax.ts';

const DEFLATED = '1.2.840.10008.1.2.1.99';
const RLE = '1.2.840.10008.1.2.5';
const PIXELS = [1, 2, 3, 4];
const BYTES: MadeElement[] = [
  ['BitsAllocated', 8],
  ['BitsStored', 8],
  ['HighBit', 7],
];

async function inspect(bytes: Uint8Array) {
  const start = performance.now();
  const found = await inspectDicom(bytes, DEFAULT_LIMITS, { kind: 'default' });
  return { ...found, seconds: (performance.now() - start) / 1000 };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A header of an element or item, little endian. */
function header(group: number, element: number, rest: Buffer): Buffer {
  const tag = Buffer.alloc(4);
  tag.writeUInt16LE(group);
  tag.writeUInt16LE(element, 2);
  return Buffer.concat([tag, rest]);
}

const START = elements([['SOPClassUID', '1.2.840.10008.5.1.4.1.1.2']]);
const withoutPixels = (others: MadeElement[] = []) =>
  elements(picture(PIXELS, 2, others).filter(([keyword]) => keyword !== 'PixelData'));
const long = (vr: string, length: number) =>
  Buffer.concat([Buffer.from(`${vr}\0\0`), word(length)]);
const PIXEL_DATA = (length: number) => header(0x7fe0, 0x10, long('OW', length));
const OPEN = 0xffffffff;

/** Files that promise what they have not, each with what is said of it. */
const ATTACKS: readonly [name: string, bytes: () => Uint8Array, code: string, says: RegExp][] = [
  [
    '100,000 frames in the pixels of one',
    () => dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, [['NumberOfFrames', '100000']]))),
    'DICOM_DAMAGED',
    /promises 100000 frames of 8 bytes; frame 2 is not whole/,
  ],
  [
    '100,000 coded frames in one fragment',
    () =>
      dicomFile(
        RLE,
        Buffer.concat([
          withoutPixels([['NumberOfFrames', '100000']]),
          fragments([Buffer.alloc(70)]),
        ]),
      ),
    'DICOM_DAMAGED',
    /promises 100000 frames and has 1 fragments/,
  ],
  [
    'pixels shorter than promised',
    () => dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, [['Rows', 3]]))),
    'DICOM_DAMAGED',
    /frame 1 is not whole in 8 bytes/,
  ],
  [
    'more pixels than the limit',
    () =>
      dicomFile(
        EXPLICIT.uid,
        elements(
          picture(PIXELS, 2, [
            ['Rows', 65535],
            ['Columns', 65535],
          ]),
        ),
      ),
    'IMAGE_TOO_LARGE',
    /65535 x 65535/,
  ],
  [
    'sequences a thousand deep',
    () => {
      const open = Buffer.concat([
        header(0x18, 0x6011, long('SQ', OPEN)),
        header(0xfffe, 0xe000, word(OPEN)),
      ]);
      return dicomFile(EXPLICIT.uid, Buffer.concat([START, ...Array(1000).fill(open)]));
    },
    'DICOM_DAMAGED',
    /nested more than 64 deep/,
  ],
  [
    'an element of 4 GB',
    () => dicomFile(EXPLICIT.uid, Buffer.concat([START, header(9, 0x1010, long('OB', OPEN - 1))])),
    'DICOM_DAMAGED',
    /\(0009,1010\) promises 4294967294 bytes/,
  ],
  [
    'pixels of 4 GB that are not there',
    () => dicomFile(EXPLICIT.uid, Buffer.concat([withoutPixels(), PIXEL_DATA(OPEN - 1)])),
    'DICOM_DAMAGED',
    /ends where its pixels begin/,
  ],
  [
    'a bomb',
    () => {
      const data = Buffer.concat([withoutPixels(), PIXEL_DATA(OPEN - 1), Buffer.alloc(200e6)]);
      return dicomFile(DEFLATED, deflateRawSync(data, { level: 1 }));
    },
    'IMAGE_TOO_LARGE',
    /inflate to more than/,
  ],
  [
    'millions of elements',
    () => {
      const element = header(9, 9, word(0));
      const start = elements([['SOPClassUID', '1.2']], { explicit: false });
      return dicomFile(IMPLICIT.uid, Buffer.concat([start, Buffer.alloc(48e6, element)]));
    },
    'DICOM_DAMAGED',
    /more than 65536 elements/,
  ],
  [
    'millions of items',
    () => {
      const start = elements([['SOPClassUID', '1.2']], { explicit: false });
      const sequence = header(0x18, 0x6011, word(OPEN));
      const items = Buffer.alloc(40e6, header(0xfffe, 0xe000, word(0)));
      return dicomFile(IMPLICIT.uid, Buffer.concat([start, sequence, items]));
    },
    'DICOM_DAMAGED',
    /more than 4000000 elements/,
  ],
  [
    'millions of fragments',
    () => {
      const parts = Buffer.alloc(24e6, header(0xfffe, 0xe000, word(0)));
      const frames = withoutPixels([['NumberOfFrames', '2']]);
      return dicomFile(RLE, Buffer.concat([frames, PIXEL_DATA(OPEN), parts]));
    },
    'DICOM_DAMAGED',
    /more than 1000000 fragments/,
  ],
  [
    'deflated data that end early',
    () => dicomFile(DEFLATED, deflateRawSync(elements(picture(PIXELS, 2))).subarray(0, 40)),
    'DICOM_DAMAGED',
    /deflated data are damaged or end early/,
  ],
  [
    'a palette with fewer entries than promised',
    () => {
      const table: MadeElement[] = [
        ['PhotometricInterpretation', 'PALETTE COLOR'],
        ['RedPaletteColorLookupTableDescriptor', [256, 0, 16]],
        ['RedPaletteColorLookupTableData', [1, 2]],
      ];
      return dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, table)));
    },
    'DICOM_DAMAGED',
    /fewer entries than it promises/,
  ],
  [
    'a segmented palette of lines without end',
    () => {
      const line = [1, 65535, 0];
      const table: MadeElement[] = [
        ['PhotometricInterpretation', 'PALETTE COLOR'],
        ['RedPaletteColorLookupTableDescriptor', [2, 0, 16]],
        [
          'SegmentedRedPaletteColorLookupTableData',
          new Uint8Array(Uint16Array.from(Array(2_000_000).fill(line).flat()).buffer),
        ],
      ];
      return dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, table)));
    },
    'DICOM_DAMAGED',
    /The element \(0028,1221\) has 12000000 bytes/,
  ],
  [
    'a segmented palette of many lines',
    () => {
      const line = [1, 65535, 0];
      const table: MadeElement[] = [
        ['PhotometricInterpretation', 'PALETTE COLOR'],
        ['RedPaletteColorLookupTableDescriptor', [2, 0, 16]],
        ['SegmentedRedPaletteColorLookupTableData', Array(150_000).fill(line).flat()],
      ];
      return dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, table)));
    },
    'DICOM_DAMAGED',
    /no palette/,
  ],
  [
    'a segmented palette of nothing, repeated',
    () => {
      const table: MadeElement[] = [
        ['PhotometricInterpretation', 'PALETTE COLOR'],
        ['RedPaletteColorLookupTableDescriptor', [2, 0, 16]],
        ['SegmentedRedPaletteColorLookupTableData', [0, 0, 2, 65535, 0, 0]],
      ];
      return dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, table)));
    },
    'DICOM_DAMAGED',
    /a segment of no entry/,
  ],
  [
    'more pixels than promised, which are no padding',
    () => dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, [['Rows', 1]]))),
    'DICOM_DAMAGED',
    /have 8 bytes, its attributes say 4/,
  ],
  [
    'colours of one sample',
    () =>
      dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, [['PhotometricInterpretation', 'RGB']]))),
    'DICOM_DAMAGED',
    /are RGB and have 1 samples/,
  ],
  [
    'an odd number of pixels that share their colours two and two',
    () => {
      const colours: MadeElement[] = [
        ...BYTES,
        ['SamplesPerPixel', 3],
        ['PhotometricInterpretation', 'YBR_FULL_422'],
        ['Rows', 2],
        ['Columns', 3],
        ['PixelData', new Uint8Array(12), 'OB'],
      ];
      return dicomFile(EXPLICIT.uid, elements(picture([0], 1, colours)));
    },
    'DICOM_DAMAGED',
    /rows of 3 pixels cannot share/,
  ],
  [
    'RLE that goes on behind the picture',
    () => {
      const segment = Buffer.alloc(64 + 6);
      segment.writeUInt32LE(1, 0);
      segment.writeUInt32LE(64, 4);
      segment.set([257 - 4, 7, 257 - 9, 8], 64);
      return dicomFile(RLE, Buffer.concat([withoutPixels(BYTES), fragments([segment])]));
    },
    'DICOM_DAMAGED',
    /more samples than the picture/,
  ],
  [
    'deflated data that are not those of their checksum',
    () => {
      const data = elements(picture(PIXELS, 2));
      const trailer = Buffer.concat([word(crc32(data) === 0 ? 1 : 0), word(data.length)]);
      return dicomFile(DEFLATED, Buffer.concat([deflateRawSync(data), trailer]));
    },
    'DICOM_DAMAGED',
    /end before their bytes do/,
  ],
  [
    'pixels in another byte order than all else',
    () => dicomFile('1.2.840.113619.5.2', elements(picture(PIXELS, 2), { explicit: false })),
    'DICOM_UNSUPPORTED',
    /GE Private/,
  ],
  [
    'a transfer syntax that is a name',
    () => {
      const frames = fragments([Buffer.from(PIXELS)]);
      return dicomFile('Geheim^Gertrud', Buffer.concat([withoutPixels(), frames]));
    },
    'DICOM_UNSUPPORTED',
    /^The transfer syntax unknown\.$/,
  ],
];

describe('a file with', () => {
  it.each(ATTACKS)(
    '%s is refused within two seconds and little memory',
    async (_, make, code, says) => {
      const bytes = make();
      const before = process.memoryUsage.rss();
      const { error, seconds } = await inspect(bytes);
      expect(error?.code).toBe(code);
      expect(error?.message).toMatch(says);
      expect(seconds).toBeLessThan(2);
      expect(process.memoryUsage.rss() - before).toBeLessThan(400e6);
    },
  );

  it.each(['Infinity', '-3', '1e9', 'x', '0'])('the number of frames "%s" ends', async (frames) => {
    const found = await inspect(
      dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, [['NumberOfFrames', frames]]))),
    );
    expect(found.error?.code).toBe(/^[I1]/.test(frames) ? 'DICOM_DAMAGED' : undefined);
    expect(found.seconds).toBeLessThan(2);
  });

  it('a sequence that closes an item of known length is read', async () => {
    const regions = elements([['RegionSpatialFormat', 1]]);
    const sequence = Buffer.concat([
      header(0x18, 0x6011, long('SQ', OPEN)),
      header(0xfffe, 0xe000, word(regions.length)),
      regions,
      header(0xfffe, 0xe00d, word(0)),
      // Some writers give the delimiter a length of its own.
      header(0xfffe, 0xe0dd, word(OPEN)),
    ]);
    const made = picture(PIXELS, 2);
    const [head, tail] = [made.slice(0, 2), made.slice(2)];
    const data = Buffer.concat([elements(head), sequence, elements(tail)]);
    const { error, frames } = await inspect(dicomFile(EXPLICIT.uid, data));
    expect(error).toBeUndefined();
    expect(frames[0]?.record.regions).toEqual([]);
  });

  it.each(['Rows', 'Columns', 'BitsAllocated', 'SamplesPerPixel'] as const)(
    'any bit of its %s flipped is refused: no picture of another shape is called right',
    async (keyword) => {
      const side = 12;
      const noise = Array.from({ length: side * side }, (_, i) => (i * 7919) % 65_536);
      const right = { Rows: side, Columns: side, BitsAllocated: 16, SamplesPerPixel: 1 }[keyword];
      for (let bit = 0; bit < 16; bit++) {
        const wrong: MadeElement = [keyword, right ^ (1 << bit)];
        const others: MadeElement[] = keyword === 'Rows' ? [wrong] : [['Rows', side], wrong];
        const { error } = await inspect(
          dicomFile(EXPLICIT.uid, elements(picture(noise, side, others))),
        );
        expect(error?.code, `${wrong}`).toMatch(/^(DICOM_DAMAGED|DICOM_UNSUPPORTED)$/);
      }
    },
  );

  it('any of its bytes flipped, or its end cut off, gives a picture or a coded error', async () => {
    const rle = Buffer.alloc(66 + 6);
    rle.writeUInt32LE(2, 0);
    rle.writeUInt32LE(64, 4);
    rle.writeUInt32LE(68, 8);
    rle.set([3, 0, 0, 0], 63);
    const table: MadeElement = [
      'VOILUTSequence',
      [
        [
          ['LUTDescriptor', [2, 0, 8]],
          ['LUTData', [0, 255]],
        ],
      ],
    ];
    const whole = [
      dicomFile(EXPLICIT.uid, elements(picture(PIXELS, 2, [table]), { open: true })),
      dicomFile(IMPLICIT.uid, elements(picture(PIXELS, 2, [table]), { explicit: false })),
      elements(picture(PIXELS, 2, [table])),
      dicomFile(RLE, Buffer.concat([withoutPixels(), fragments([rle, rle], [0, 80])])),
      dicomFile(DEFLATED, deflateRawSync(elements(picture(PIXELS, 2)))),
    ];
    const random = randomFrom(12);
    const below = (most: number) => Math.floor(random() * most);
    const codes = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const bytes = Buffer.from(whole[i % whole.length] as Uint8Array);
      for (let flips = below(6); flips >= 0; flips--) {
        const at = below(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << below(8));
      }
      const { error, seconds } = await inspect(
        i % 7 === 0 ? bytes.subarray(0, below(bytes.length)) : bytes,
      );
      codes.add(error?.code ?? 'read');
      expect(error?.code).not.toBe('INTERNAL');
      expect(seconds).toBeLessThan(2);
    }
    expect(codes).toContain('read');
    expect(codes).toContain('DICOM_DAMAGED');
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import { dicomFile, elements, type MadeElement, picture } from '../testing/dicom.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { MemorySource } from './byte-source.ts';
import { DataSet } from './data-set.ts';
import { looksLikeDicom } from './file-format.ts';
import { readDicom } from './instance.ts';
import { BIG, EXPLICIT, IMPLICIT } from './transfer-syntax.ts';

const PIXELS = [0, 1, 500, 65535, 7, 8];

const SEQUENCE: readonly MadeElement[] = [
  [
    'SequenceOfUltrasoundRegions',
    [
      [
        ['RegionSpatialFormat', 1],
        ['PhysicalDeltaX', 0.25],
      ],
      [['RegionSpatialFormat', 2]],
    ],
  ],
];

const ENCODINGS = [
  [IMPLICIT.uid, { explicit: false }],
  [EXPLICIT.uid, {}],
  [BIG.uid, { little: false }],
] as const;

/** A file of 3 x 2 pixels; in big-endian order its pixels are swapped as all else. */
function file(uid: string, encoding: { explicit?: boolean; little?: boolean; open?: boolean }) {
  const words = PIXELS.flatMap((n) =>
    encoding.little === false ? [n >> 8, n & 255] : [n & 255, n >> 8],
  );
  const made = picture(PIXELS, 3, [...SEQUENCE, ['PixelData', Uint8Array.from(words)]]);
  return { whole: dicomFile(uid, elements(made, encoding)), alone: elements(made, encoding) };
}

describe.each(ENCODINGS)('a file of transfer syntax %s', (uid, encoding) => {
  it.each([true, false])(
    'gives attributes, sequences and pixels (delimiters: %s)',
    async (open) => {
      const instance = readDicom(file(uid, { ...encoding, open }).whole);
      expect(instance.transferSyntax.uid).toBe(uid);
      const { attributes } = instance;
      expect(attributes.number('Rows')).toBe(2);
      expect(attributes.text('Modality')).toBe('OT');
      const items = [...attributes.items('SequenceOfUltrasoundRegions')];
      expect(items.map((item) => item.number('RegionSpatialFormat'))).toEqual([1, 2]);
      expect(items[0]?.number('PhysicalDeltaX')).toBe(0.25);
      expect([...(await instance.frame(0)).data]).toEqual(PIXELS);
    },
  );

  it('is read without preamble and file meta information, too', async () => {
    const instance = readDicom(file(uid, encoding).alone);
    expect(instance.transferSyntax.uid).toBe(uid);
    expect([...(await instance.frame(0)).data]).toEqual(PIXELS);
  });
});

describe('attributes', () => {
  it('are read in the encoding that they have, whatever the transfer syntax says', async () => {
    const { alone } = file(IMPLICIT.uid, { explicit: false });
    const instance = readDicom(dicomFile(EXPLICIT.uid, alone));
    expect(instance.transferSyntax.explicit).toBe(false);
    expect([...(await instance.frame(0)).data]).toEqual(PIXELS);
  });

  it('of 64 bits do not shift what follows', () => {
    const made = picture(PIXELS, 3, [
      [0x00189999, [5], 'UV'],
      [0x0018999a, [6], 'SV'],
    ]);
    expect(readDicom(elements(made)).attributes.number('Rows')).toBe(2);
  });

  it('of unknown representation are known by their tags; sequences among them too', () => {
    const regions = elements([['RegionSpatialFormat', 3]], { explicit: false });
    const item = Buffer.concat([Buffer.from([0xfe, 0xff, 0x00, 0xe0]), Buffer.alloc(4), regions]);
    item.writeUInt32LE(regions.length, 4);
    const made = picture(PIXELS, 3, [
      ['Rows', Uint8Array.from([2, 0]), 'UN'],
      ['SequenceOfUltrasoundRegions', item, 'UN'],
    ]);
    const { attributes } = readDicom(dicomFile(EXPLICIT.uid, elements(made)));
    expect(attributes.number('Rows')).toBe(2);
    const [first] = attributes.items('SequenceOfUltrasoundRegions');
    expect(first?.number('RegionSpatialFormat')).toBe(3);
  });

  it.each([true, false])(
    'of unknown representation have items that name theirs or not: %s',
    (explicit) => {
      const inner = elements([...SEQUENCE, ['Modality', 'CT']], { explicit, open: true });
      const head = (bytes: number[]) => Buffer.from([0xfe, 0xff, ...bytes]);
      const open = Buffer.concat([
        Buffer.from([0x09, 0, 0x10, 0x10, 0x55, 0x4e, 0, 0, 255, 255, 255, 255]),
        head([0, 0xe0, 255, 255, 255, 255]),
        inner,
        head([0x0d, 0xe0, 0, 0, 0, 0]),
        head([0xdd, 0xe0, 0, 0, 0, 0]),
      ]);
      const made = picture(PIXELS, 3);
      const data = Buffer.concat([elements(made.slice(0, 2)), open, elements(made.slice(2))]);
      expect(readDicom(dicomFile(EXPLICIT.uid, data)).attributes.number('Rows')).toBe(2);
    },
  );

  it('that are private are passed over, with sequences in them', () => {
    const inner: MadeElement = [0x00091010, [[[0x00091011, 'secret', 'LO']]], 'SQ'];
    for (const open of [true, false]) {
      const made = picture(PIXELS, 3, [[0x00090010, 'MAKER', 'LO'], inner]);
      expect(readDicom(dicomFile(EXPLICIT.uid, elements(made, { open }))).pixels.rows).toBe(2);
    }
  });

  it.each([
    ['ISO_IR 100', [0x42, 0x75, 0x63, 0x5e, 0x4a, 0xe9], 'Buc^Jé'],
    ['ISO_IR 192', [...Buffer.from('Wáng^小东')], 'Wáng^小东'],
    ['GB18030', [0x57, 0x5e, 0xd0, 0xa1, 0xb6, 0xab], 'W^小东'],
    ['\\ISO 2022 IR 87', [0x1b, 0x24, 0x42, 0x3b, 0x33, 0x45, 0x44, 0x1b, 0x28, 0x42], '山田'],
    ['\\ISO 2022 IR 149', [0x1b, 0x24, 0x29, 0x43, 0xfb, 0xf3], '洪'],
    // Escape sequences of sets that are not named, and sets that do not exist: never an error.
    ['ISO_IR 100', [0x1b, 0x24, 0x42, 0x3b, 0x33], '\x1b$B;3'],
    ['NO SUCH SET', [0xc3, 0xa9], 'é'],
    ['', [0xe9], 'é'],
  ])('in the character set %s', (characterSet, bytes, text) => {
    const made = picture(PIXELS, 3, [
      ['SpecificCharacterSet', characterSet],
      ['PatientName', Uint8Array.from(bytes), 'PN'],
    ]);
    expect(readDicom(elements(made)).attributes.text('PatientName')).toBe(text);
  });

  it('do not come from pixels', () => {
    const { attributes } = readDicom(elements(picture(PIXELS, 3)));
    expect(() => attributes.bytes('PixelData')).toThrow(TypeError);
    expect(attributes).toBeInstanceOf(DataSet);
  });
});

const present = hasShared('dicom/expected.json');

/** The library's elements of a file; undefined when it refuses it. */
function parsed(
  bytes: Uint8Array,
): Record<string, { length: number; dataOffset: number }> | undefined {
  try {
    return dicomParser.parseDicom(bytes, { untilTag: 'x7fe00010' }).elements;
  } catch {
    return undefined;
  }
}

describe.skipIf(!present)('files of many makers, against dicom-parser', () => {
  it('have the same elements at the same places', () => {
    const folder = sharedPath('dicom/files');
    let compared = 0;
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(`${folder}/${name}`);
      const theirs = parsed(bytes);
      // Deflated files stand at other places there.
      if (theirs === undefined || /deflate|image_dfl/i.test(name)) continue;
      let attributes: DataSet;
      try {
        ({ attributes } = readDicom(bytes));
      } catch {
        continue;
      }
      for (const tag of attributes.tags()) {
        const element = theirs[`x${tag.toString(16).padStart(8, '0')}`];
        expect(element, `${name} ${tag.toString(16)}`).toBeDefined();
      }
      const ours = attributes.element('PixelData')?.offset;
      expect(ours, name).toBe(theirs.x7fe00010?.dataOffset);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(150);
  });
});

describe('a file', () => {
  it.each([
    ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01', 'latin1')],
    ['a text', Buffer.from('Once upon a time there was a hospital, and in it an archive.')],
    ['zeros', Buffer.alloc(5000)],
    ['an archive', Buffer.from('PK\x03\x04\x14\0\0\0\x08\0aaaabbbbccccddddeeee', 'latin1')],
  ])('that is %s is not taken for DICOM', (_, bytes) => {
    expect(looksLikeDicom(new MemorySource(bytes))).toBe(false);
    expect(() => readDicom(bytes)).toThrow(
      expect.objectContaining({ code: 'DICOM_NOT_RECOGNISED' }),
    );
  });

  it('of 0 bytes is called empty', () => {
    expect(() => readDicom(new Uint8Array(0))).toThrow(
      expect.objectContaining({ code: 'IMAGE_EMPTY' }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { dicomFile, elements, type MadeElement, picture } from '../../../src/testing/dicom.ts';
import { kindOf, leftOutText, sendable, sortFiles } from './own-files.ts';

/** A DICOM file of one pixel. */
function dicom(name: string, others: readonly MadeElement[]): File {
  const bytes = dicomFile('1.2.840.10008.1.2.1', elements(picture([1], 1, others)));
  return new File([new Uint8Array(bytes)], name);
}

const series = (uid: string): MadeElement => ['SeriesInstanceUID', uid];
const CT: MadeElement = ['Modality', 'CT'];
const place = (z: number): MadeElement[] => [
  ['ImagePositionPatient', `0\\0\\${z}`],
  ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
];
const names = async (files: File[]) =>
  (await sortFiles(files)).series.map(({ title, files: each }) => [
    title,
    ...each.map(({ name }) => name),
  ]);

describe('kindOf', () => {
  it.each([
    ['\x89PNG\r\n', 'picture'],
    ['\xff\xd8\xff\xe0', 'picture'],
    ['II*\0', 'picture'],
    ['PK\x03\x04', 'zip'],
    [`${'\0'.repeat(128)}DICM`, 'dicom'],
    ['\x08\0\x05\0', 'dicom'],
    ['words', 'other'],
    ['', 'other'],
  ])('of %j is %s', (text, kind) => {
    expect(kindOf(Buffer.from(text, 'latin1'))).toBe(kind);
  });
});

describe('sortFiles', () => {
  it('makes series in the order of the positions, what has none last by name', async () => {
    const files = [
      dicom('10', [CT, series('1.2')]),
      dicom('9', [CT, series('1.2')]),
      dicom('a', [CT, series('1.2'), ...place(5)]),
      dicom('b', [CT, series('1.2'), ...place(-5)]),
      dicom('c', [['Modality', 'MR'], series('1.3'), ['InstanceNumber', '2']]),
      dicom('d', [['Modality', 'MR'], series('1.3'), ['InstanceNumber', '1']]),
    ];
    expect(await names(files)).toEqual([
      ['CT', 'b', 'a', '9', '10'],
      ['MR', 'd', 'c'],
    ]);
  });

  it('shows no free text as a title', async () => {
    const files = [dicom('a', [['Modality', 'OF DOE']]), dicom('b', [['Modality', 'OF DOE']])];
    expect(await names(files)).toEqual([['DICOM', 'a', 'b']]);
  });

  it('counts what is no picture, and takes a single file whatever it is', async () => {
    const words = (name: string) => new File(['words'], name);
    const { series: found, leftOut } = await sortFiles([
      words('a.txt'),
      words('b.txt'),
      words('c.txt'),
      words('.DS_Store'),
      dicom('report', [['Rows', 0]]),
      dicom('image', [CT]),
    ]);
    expect(found.map(({ files }) => files.map(({ name }) => name))).toEqual([['image']]);
    expect(leftOutText(leftOut)).toBe(
      'Left out: 1 × system file (.DS_Store); 3 × no picture (a.txt, b.txt, …); 1 × DICOM without a picture (report)',
    );
    expect(await names([words('a.txt')])).toEqual([['Pictures', 'a.txt']]);
  });

  it('keeps a DICOM file whose header it cannot read: the server may', async () => {
    const damaged = new File([`${'\0'.repeat(128)}DICM and no more`], 'damaged');
    expect(await names([damaged, dicom('a', [CT, series('1.2')])])).toEqual([
      ['CT', 'a'],
      ['DICOM', 'damaged'],
    ]);
  });
});

describe('sendable', () => {
  it('leaves out what the server would not take, and says what', async () => {
    const file = (name: string, text: string) =>
      new File([new Uint8Array(Buffer.from(text, 'latin1'))], name);
    const png = file('a.png', '\x89PNG\r\n');
    const zip = file('b.zip', 'PK\x03\x04');
    const given = [png, file('.DS_Store', '\x89PNG'), zip, file('c.txt', 'words')];
    const large = file('large.png', `\x89PNG${' '.repeat(1000)}`);
    const { files, bytes, leftOut } = await sendable([...given, large], 1000);
    expect(files).toEqual([png, zip]);
    expect(bytes).toBe(png.size + zip.size);
    expect(leftOut).toMatchObject([
      { kind: 'system file', count: 1 },
      { kind: 'no picture', count: 1, examples: ['c.txt'] },
      { count: 1, examples: ['large.png'] },
    ]);
  });
});

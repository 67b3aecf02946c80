import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InspectionSchema } from '../src/contract/dicom.ts';
import { dicomFile, elements, type MadeElement, picture } from '../src/testing/dicom.ts';
import { run, temporaryFolder, writePicture } from './program.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const home = ['--home', join(temporary.path, 'home')];

const PERSON: MadeElement[] = [
  ['PatientName', 'Geheim^Gertrud'],
  ['PatientID', 'GEHEIM-77'],
  ['PatientBirthDate', '19310415'],
  ['StudyInstanceUID', '1.2.999.271828'],
];
const CT: MadeElement[] = [
  ['Modality', 'CT'],
  ['PixelRepresentation', 1],
  ['RescaleIntercept', '-1000'],
  ['RescaleSlope', '1'],
];

function write(name: string, others: MadeElement[]): string {
  const file = join(temporary.path, name);
  writeFileSync(file, dicomFile(EXPLICIT, elements(picture([0, 1000, 1040, 2000], 2, others))));
  return file;
}

describe('semblance inspect', () => {
  const file = write('IM0001', [...PERSON, ...CT]);

  it('shows what would be indexed and what was done, and names nobody', async () => {
    const [text, json] = await Promise.all([
      run([...home, 'inspect', file]),
      run([...home, '--json', 'inspect', file, '--window', 'bone']),
    ]);
    expect([text.code, json.code]).toEqual([0, 0]);
    expect(text.stdout).toContain('image, CT, Explicit VR Little Endian: is indexed');
    expect(text.stdout).toContain('window 40/400 LINEAR (soft-tissue), 1 below, 1 above');
    const found = InspectionSchema.parse(JSON.parse(json.stdout));
    expect(found).toMatchObject({
      indexed: true,
      pixels: { frames: 1, shape: [2, 2], dtype: 'int16', min: 0, max: 2000, mean: 1010 },
      frames: [{ windows: [{ source: 'preset', preset: 'bone', center: 400, width: 1800 }] }],
    });
    expect(found.identity).toContain('PatientName');
    const said = text.stdout + text.stderr + json.stdout + json.stderr;
    expect(said).not.toMatch(/geheim|gertrud|19310415|271828/i);
  });

  it('says by a code why a file is refused, and ends with 1', async () => {
    const short = write('SHORT', [...PERSON, ['Rows', 500]]);
    const { code, stdout, stderr } = await run([...home, '--json', 'inspect', short]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      indexed: false,
      kind: 'image',
      error: { code: 'DICOM_DAMAGED', subject: short },
    });
    expect(JSON.parse(stderr).error.code).toBe('DICOM_DAMAGED');
    expect(stdout + stderr).not.toMatch(/geheim|gertrud/i);
  });

  it('refuses what is no DICOM, what is not there, and a window that is none', async () => {
    const png = join(temporary.path, 'a.png');
    await writePicture(png, 1);
    const codes = [];
    for (const args of [[png], ['absent.dcm'], [file, '--window', 'liver'], [temporary.path]]) {
      const { code, stderr } = await run([...home, '--json', 'inspect', ...args]);
      expect(code).toBe(1);
      codes.push(JSON.parse(stderr).error.code);
    }
    expect(codes).toEqual([
      'DICOM_NOT_RECOGNISED',
      'PATH_NOT_FOUND',
      'WINDOW_INVALID',
      'PATH_NOT_A_FILE',
    ]);
  });
});

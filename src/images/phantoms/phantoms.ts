import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { randomFrom } from '../../domain/random.ts';
import { ANATOMIES, type Anatomy } from './anatomies.ts';

/** Patients of each anatomy, and pictures of each patient. */
const PATIENTS = 30;
const PICTURES = 2;

/** One drawn picture and what is known about it. */
export interface Phantom {
  /** Path below the collection's folder. */
  filepath: string;
  split: 'train' | 'val' | 'test';
  modality: string;
  anatomicRegion: string;
  /** In the study's form: modality/region/finding. */
  label: string;
  patient: string;
  width: number;
  height: number;
  bits: 8 | 16;
  /** Grey samples, row-major; up to 4095 where `bits` is 16. */
  data: Uint16Array;
}

/** Of ten patients seven are for training, one for validation, two for testing. */
function splitOf(patient: number): Phantom['split'] {
  const turn = patient % 10;
  return turn < 7 ? 'train' : turn < 8 ? 'val' : 'test';
}

function draw(anatomy: Anatomy, nth: number, patient: number, picture: number): Phantom {
  const finding = anatomy.findings[patient % anatomy.findings.length] as string;
  const seed = nth * 1000 + patient;
  const canvas = anatomy.draw(finding, randomFrom(seed), randomFrom(seed * 10 + picture + 77));
  const { modality, region, bits, width, height } = anatomy;
  const name = `phantom-${String(nth * PATIENTS + patient + 1).padStart(4, '0')}`;
  return {
    filepath: `images/${region}/${name}-${picture + 1}.png`,
    split: splitOf(patient),
    modality,
    anatomicRegion: region,
    label: `${modality}/${region}/${finding}`,
    patient: name,
    width,
    height,
    bits,
    data: canvas.quantise(bits === 16 ? 4095 : 255),
  };
}

/**
 * Draws the sample collection, always the same: invented anatomy, no copied picture.
 * @param patients how many of each anatomy
 * @param pictures how many of each patient
 */
export function* drawPhantoms(patients = PATIENTS, pictures = PICTURES): Generator<Phantom> {
  for (const [nth, anatomy] of ANATOMIES.entries()) {
    for (let patient = 0; patient < patients; patient++) {
      for (let picture = 0; picture < pictures; picture++)
        yield draw(anatomy, nth, patient, picture);
    }
  }
}

/** A phantom as a PNG file. */
export function encodePng({ data, width, height, bits }: Phantom): Promise<Buffer> {
  const samples = bits === 16 ? data : Uint8Array.from(data);
  const image = sharp(samples, { raw: { width, height, channels: 1 } });
  return image
    .toColourspace(bits === 16 ? 'grey16' : 'b-w')
    .png()
    .toBuffer();
}

/**
 * Writes the sample collection in the study's layout: PNG files, `dataset.csv`, `patients.csv`.
 * @returns how many pictures there are
 * @throws Error of the file system
 */
export async function writePhantoms(folder: string): Promise<number> {
  const phantoms = [...drawPhantoms()];
  const labels = [...new Set(phantoms.map(({ label }) => label))].sort();
  for (const phantom of phantoms) {
    const file = join(folder, phantom.filepath);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await encodePng(phantom));
  }
  const rows = phantoms.map((p) => [
    p.filepath,
    'phantoms',
    p.split,
    p.modality,
    p.anatomicRegion,
    ...labels.map((label) => (label === p.label ? '1.0' : '0.0')),
  ]);
  const head = ['filepath', 'dataset', 'split', 'modality', 'anatomic_region', ...labels];
  const csv = (lines: string[][]) => `${lines.map((line) => line.join(',')).join('\n')}\n`;
  await writeFile(
    join(folder, 'patients.csv'),
    csv([['filepath', 'patient_id'], ...phantoms.map((p) => [p.filepath, p.patient])]),
  );
  await writeFile(join(folder, 'dataset.csv'), csv([head, ...rows]));
  return phantoms.length;
}

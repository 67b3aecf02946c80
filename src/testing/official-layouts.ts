import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { randomFrom } from '../domain/random.ts';

/** Writes a file with its folders. */
export function writeInto(folder: string, path: string, content: string | Buffer = ''): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const csv = (rows: readonly (readonly (string | number)[])[]) =>
  `${rows.map((row) => row.join(',')).join('\n')}\n`;

/** Observations as CheXpert orders them. */
const CHEXPERT_COLUMNS = [
  'No Finding',
  'Enlarged Cardiomediastinum',
  'Cardiomegaly',
  'Lung Opacity',
  'Lung Lesion',
  'Edema',
  'Consolidation',
  'Pneumonia',
  'Atelectasis',
  'Pneumothorax',
  'Pleural Effusion',
  'Pleural Other',
  'Fracture',
  'Support Devices',
];

/** A copy of `nih14/` with made-up rows and empty image files. */
export function writeNih14(folder: string): void {
  const random = randomFrom(14);
  const findings = [
    'No Finding',
    'Effusion',
    'Pleural_Thickening',
    'Mass',
    'Mass|Effusion',
    'Hernia',
  ];
  const rows: (string | number)[][] = [
    'Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],'.split(
      ',',
    ),
  ];
  const lists: { test: string[]; trainVal: string[] } = { test: [], trainVal: [] };
  for (let patient = 1; patient <= 60; patient++) {
    for (let image = 0; image < 1 + random() * 4; image++) {
      const name = `${String(patient).padStart(8, '0')}_${String(image).padStart(3, '0')}.png`;
      const finding = findings[Math.floor(random() * findings.length)] as string;
      rows.push([name, finding, image, patient, 58, 'M', 'PA', 2682, 2749, 0.143, 0.143, '']);
      (patient % 5 === 0 ? lists.test : lists.trainVal).push(name);
      writeInto(folder, `images_${String(1 + (patient % 12)).padStart(3, '0')}/images/${name}`);
    }
  }
  writeInto(folder, 'Data_Entry_2017.csv', csv(rows));
  writeInto(folder, 'test_list.txt', lists.test.join('\n'));
  writeInto(folder, 'train_val_list.txt', lists.trainVal.join('\n'));
}

/** Values of the 14 observations: mostly one is set, some are uncertain, negative or blank. */
function observations(random: () => number, uncertain: boolean): string[] {
  const values: string[] = CHEXPERT_COLUMNS.map(() => (random() < 0.2 ? '0.0' : ''));
  const set = (value: string) => {
    values[Math.floor(random() * values.length)] = value;
  };
  if (random() < 0.9) set('1.0');
  if (random() < 0.2) set('1.0');
  if (uncertain && random() < 0.4) set('-1.0');
  return values;
}

/** A copy of `CheXpert-v1.0/` with made-up rows and empty image files. */
export function writeChexpert(folder: string): void {
  const random = randomFrom(7);
  for (const [part, first] of [
    ['train', 1],
    ['valid', 64_541],
  ] as const) {
    const rows: string[][] = [
      ['Path', 'Sex', 'Age', 'Frontal/Lateral', 'AP/PA', ...CHEXPERT_COLUMNS],
    ];
    for (let patient = first; patient < first + 60; patient++) {
      for (let study = 1; study < 1 + random() * 4; study++) {
        const at = `${part}/patient${String(patient).padStart(5, '0')}/study${study}/view1_frontal.jpg`;
        rows.push([
          `CheXpert-v1.0/${at}`,
          'Male',
          '60',
          'Frontal',
          'AP',
          ...observations(random, part === 'train'),
        ]);
        writeInto(folder, at);
      }
    }
    writeInto(folder, `${part}.csv`, csv(rows));
  }
}

/** A copy of MIMIC-CXR-JPG's `2.0.0/` with made-up rows and empty image files. */
export function writeMimicCxr(folder: string): void {
  const random = randomFrom(2);
  const findings = [...CHEXPERT_COLUMNS].sort();
  const studies: (string | number)[][] = [['subject_id', 'study_id', ...findings]];
  const splits: (string | number)[][] = [['dicom_id', 'study_id', 'subject_id', 'split']];
  for (let patient = 0; patient < 60; patient++) {
    const subject = 10_000_032 + patient * 150_000;
    const split = ['train', 'train', 'validate', 'test'][patient % 4] as string;
    for (let s = 0; s < 1 + random() * 2; s++) {
      const study = 50_000_000 + patient * 10 + s;
      // A few studies of the release have no labels.
      if (random() > 0.1) studies.push([subject, study, ...observations(random, true)]);
      for (let image = 0; image < 1 + random(); image++) {
        const dicom = `02aa804e-${patient}-${s}-${image}`;
        splits.push([dicom, study, subject, split]);
        writeInto(
          folder,
          `files/p${String(subject).slice(0, 2)}/p${subject}/s${study}/${dicom}.jpg`,
        );
      }
    }
  }
  for (const [name, rows] of [
    ['chexpert', studies],
    ['split', splits],
  ] as const) {
    writeInto(folder, `mimic-cxr-2.0.0-${name}.csv.gz`, gzipSync(csv(rows)));
  }
}

/** A copy of `radiology_ai/` with made-up rows and empty image files. */
export function writeRadimagenet(folder: string): void {
  const random = randomFrom(3);
  const places = [
    'CT/lung/nodule',
    'CT/abd/normal',
    'MR/knee/acl',
    'US/thyroid',
    'US/thyroid_nodule',
    'US/gb',
  ];
  for (const split of ['train', 'val', 'test']) {
    const rows: string[][] = [['filename', 'label']];
    for (let image = 0; image < 60; image++) {
      const place = places[Math.floor(random() * places.length)] as string;
      const path = `${place}/${place.split('/').at(-1)}${split}${String(image).padStart(6, '0')}.png`;
      rows.push([`radiology_ai/${path}`, place.split('/').at(-1) as string]);
      writeInto(folder, path);
    }
    writeInto(folder, `RadiologyAI_${split}.csv`, csv(rows));
  }
  writeInto(folder, 'ignore_list.txt', `radiology_ai/US/gb/gbtrain000004.png\n`);
}

import { SPLITS, type Split } from '../../src/domain/splits.ts';

/** A data set of the study at scale 1: its name in CSVs and HDF5 files, and its images by split. */
const SETS = [
  { name: 'nih14', train: 35_000, val: 8_000, test: 10_000 },
  { name: 'CheXpert', train: 45_000, val: 5_000, test: 1_000 },
  { name: 'mimic', train: 70_000, val: 7_000, test: 7_000 },
  { name: 'radiology_ai', train: 1_050_000, val: 165_000, test: 155_000 },
] as const;

const FINDINGS = [
  ...['No Finding', 'Lung Opacity', 'Pleural Effusion', 'Atelectasis', 'Cardiomegaly', 'Edema'],
  ...['Pneumothorax', 'Consolidation', 'Infiltration', 'Pneumonia', 'Mass', 'Nodule', 'Fracture'],
  ...['Emphysema', 'Fibrosis', 'Hernia', 'Pleural Other', 'Lung Lesion'],
];
const REGIONS: readonly [modality: string, region: string][] = [
  ...['abd', 'lung', 'brain', 'spine', 'hip'].map((region) => ['CT', region] as [string, string]),
  ...['ankle', 'knee', 'shoulder', 'spine', 'hip', 'brain', 'abd'].map(
    (region) => ['MR', region] as [string, string],
  ),
  ...['abd', 'thyroid'].map((region) => ['US', region] as [string, string]),
];
/** Labels of the study. */
const LABELS = 161;
const FINDINGS_OF_RADIMAGENET = LABELS - FINDINGS.length;

/** Names of the labels, those of the chest X-rays first. */
export const LABEL_NAMES: readonly string[] = [
  ...FINDINGS.map((finding) => `XR/chest/${finding}`),
  ...Array.from({ length: FINDINGS_OF_RADIMAGENET }, (_, i) => {
    const [modality, region] = REGIONS[i % REGIONS.length] as [string, string];
    const number = Math.floor(i / REGIONS.length);
    return `${modality}/${region}/${number === 0 ? 'normal' : `finding_${number}`}`;
  }),
];

/** An image of the archive. */
export interface ArchiveImage {
  path: string;
  dataset: string;
  split: Split;
  modality: string;
  region: string;
  /** Index into the names of the labels. */
  label: number;
  /** Whose picture it is, for its embedding; those of RadImageNet are not told by their paths. */
  patient: number;
  /** Differs from that of every other image. */
  number: number;
}

/** A run of images that follow each other in the files. */
export interface Run {
  dataset: string;
  split: Split;
  /** Images of the run, and of those before it in its split. */
  count: number;
  before: number;
  at(i: number): ArchiveImage;
}

/** How many of `total` images each label has: skewed as in the study, none without an image. */
function skewed(total: number, labels: number): number[] {
  const weights = Array.from({ length: labels }, (_, i) => 1 / (i + 1) ** 1.1);
  const sum = weights.reduce((all, one) => all + one, 0);
  const counts = weights.map((weight) => Math.max(1, Math.floor((total * weight) / sum)));
  counts[0] = Math.max(
    1,
    (counts[0] as number) + total - counts.reduce((all, one) => all + one, 0),
  );
  return counts;
}

/** The same number for the same image everywhere: 0 to 2^32 - 1. */
export function hash(number: number): number {
  let x = Math.imul(number + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const digits = (number: number, length: number) => String(number).padStart(length, '0');

/** The finding of a chest X-ray: skewed, drawn by its number. */
function findingOf(number: number): number {
  return Math.floor(FINDINGS.length * (hash(number) / 2 ** 32) ** 2.5);
}

/** Path of a chest X-ray, which tells its patient as those of the data set do. */
function chestPath(dataset: string, split: Split, patient: number, view: number): string {
  switch (dataset) {
    case 'nih14':
      return `nih14/images_${digits(1 + Math.floor(patient / 3000), 3)}/images/${digits(patient, 8)}_${digits(view, 3)}.png`;
    case 'CheXpert':
      return `CheXpert/${split === 'test' ? 'valid' : 'train'}/patient${digits(patient, 5)}/study${1 + (view >> 1)}/view${1 + (view & 1)}_frontal.jpg`;
    default: {
      const name = `p${10_000_000 + 100 * patient}`;
      const image = [1, 2, 3, 4, 5].map((part) =>
        hash(5 * patient + 64 * view + part).toString(16),
      );
      return `mimic/files/${name.slice(0, 3)}/${name}/s${50_000_000 + 8 * patient + view}/${image.map((part) => part.padStart(8, '0')).join('-')}.jpg`;
    }
  }
}

/** Images of a patient. */
const VIEWS = 4;

/** The archive's images in the order of its files: by data set, then by folder, each folder in one piece. */
export function archiveRuns(scale: number): Run[] {
  const runs: Run[] = [];
  let number = 0;
  const before: Record<Split, number> = { train: 0, val: 0, test: 0 };
  const add = (
    { name: dataset }: (typeof SETS)[number],
    split: Split,
    count: number,
    at: (i: number) => Omit<ArchiveImage, 'dataset' | 'split' | 'number'>,
  ) => {
    const first = number;
    runs.push({
      ...{ dataset, split, count, before: before[split] },
      at: (i) => ({ dataset, split, number: first + i, ...at(i) }),
    });
    number += count;
    before[split] += count;
  };
  for (const set of SETS) {
    const counts = Object.fromEntries(
      SPLITS.map((split) => [split, Math.max(VIEWS, Math.round(set[split] * scale))]),
    ) as Record<Split, number>;
    if (set.name === 'radiology_ai') {
      const ofLabels = Object.fromEntries(
        SPLITS.map((split) => [split, skewed(counts[split], FINDINGS_OF_RADIMAGENET)]),
      ) as Record<Split, number[]>;
      const folders = Array.from({ length: FINDINGS_OF_RADIMAGENET }, (_, i) => i).sort((a, b) =>
        (LABEL_NAMES[FINDINGS.length + a] as string) < (LABEL_NAMES[FINDINGS.length + b] as string)
          ? -1
          : 1,
      );
      for (const folder of folders) {
        const label = FINDINGS.length + folder;
        const [modality, region, finding] = (LABEL_NAMES[label] as string).split('/') as [
          string,
          string,
          string,
        ];
        let inFolder = 0;
        for (const split of SPLITS) {
          const first = inFolder;
          const count = ofLabels[split][folder] as number;
          add(set, split, count, (i) => ({
            path: `radiology_ai/${modality}/${region}/${finding}/${region}-${finding}${digits(first + i, 6)}.png`,
            ...{ modality, region, label, patient: Math.floor((first + i) / VIEWS) },
          }));
          inFolder += count;
        }
      }
      continue;
    }
    let patients = 1;
    for (const split of ['train', 'val', 'test'] as const) {
      const first = patients;
      const base = number;
      add(set, split, counts[split], (i) => {
        const patient = first + Math.floor(i / VIEWS);
        return {
          path: chestPath(set.name, split, patient, i % VIEWS),
          ...{ modality: 'XR', region: 'chest', label: findingOf(base + i), patient },
        };
      });
      patients += Math.ceil(counts[split] / VIEWS);
    }
  }
  return runs;
}

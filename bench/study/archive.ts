import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SPLITS, type Split } from '../../src/domain/splits.ts';
import { writeWhole } from '../../src/files/write-file.ts';
import { STUDY_COLUMNS } from '../../src/tables/columns.ts';
import { MadeEmbeddings } from './embeddings.ts';
import { Hdf5File } from './hdf5-file.ts';
import { type ArchiveImage, archiveRuns, hash, LABEL_NAMES, type Run } from './layout.ts';

/** The study's encoders with the lengths of their embeddings; an archive has the first few of them. */
export const ENCODERS = [
  { name: 'BiomedCLIP', dimension: 512 },
  { name: 'DINOv2', dimension: 768 },
  { name: 'CLIP', dimension: 768 },
  { name: 'MedCLIP', dimension: 512 },
  { name: 'ViT', dimension: 768 },
  { name: 'MAE', dimension: 768 },
  { name: 'ResNet50', dimension: 1000 },
  { name: 'SAM', dimension: 256 },
  { name: 'MedSAM', dimension: 256 },
] as const;

/** Neighbours of a query in `knn.csv`. */
const NEIGHBOURS = 100;
/** So many of them are of the query's own label. */
const SAME_LABEL = 0.7;

const EXPERIMENT = 'all';

/** What an archive consists of. */
export interface Archive {
  folder: string;
  csvs: string[];
  /** Images by split. */
  images: Record<Split, number>;
  labels: number;
  encoders: { name: string; dimension: number; files: string[]; knn: string | null }[];
}

/**
 * The files of an archive at a scale, without looking whether they are there.
 * @param length of the embeddings of all encoders, in place of each one's own
 */
export function archiveOf(folder: string, scale: number, encoders = 2, length?: number): Archive {
  const runs = archiveRuns(scale);
  const images = Object.fromEntries(
    SPLITS.map((split) => [
      split,
      runs.filter((run) => run.split === split).reduce((sum, { count }) => sum + count, 0),
    ]),
  ) as Record<Split, number>;
  const names = [...new Set(runs.map(({ dataset }) => dataset))];
  return {
    folder,
    csvs: SPLITS.map((split) => join(folder, `${split}.csv`)),
    images,
    labels: LABEL_NAMES.length,
    encoders: ENCODERS.slice(0, encoders).map(({ name, dimension }, i) => ({
      name,
      dimension: length ?? dimension,
      files: names.map((set) => join(folder, 'embeddings', name, `${set}.h5`)),
      // The others are searched anew.
      knn: i === 0 ? join(folder, 'experiments', EXPERIMENT, name, 'knn.csv') : null,
    })),
  };
}

/**
 * Writes an archive in the layout of the study's: `train.csv`, `val.csv`, `test.csv`, an HDF5 file for each data
 * set and encoder, and the neighbours of the first encoder, which are drawn, not searched. Whatever is written
 * is made image by image: memory does not grow with the scale, but by the names of the largest group.
 */
export function writeArchive(archive: Archive, scale: number, tell: (file: string) => void): void {
  const runs = archiveRuns(scale);
  mkdirSync(archive.folder, { recursive: true });
  const oneHot = LABEL_NAMES.map((_, label) =>
    LABEL_NAMES.map((_, i) => (i === label ? 1 : 0)).join(),
  );
  for (const [i, split] of SPLITS.entries()) {
    const file = archive.csvs[i] as string;
    writeWhole(file, (sink) => {
      const lines = new Lines(sink);
      lines.add([...STUDY_COLUMNS, ...LABEL_NAMES].join());
      for (const { path, dataset, modality, region, label } of imagesOf(runs, { split })) {
        lines.add(`${path},${dataset},${split},${modality},${region},${oneHot[label]}`);
      }
      lines.end();
    });
    tell(file);
  }
  for (const [e, { name, dimension, files, knn }] of archive.encoders.entries()) {
    mkdirSync(join(archive.folder, 'embeddings', name), { recursive: true });
    const made = new MadeEmbeddings(dimension, 100 * e + 1);
    for (const path of files) {
      const file = new Hdf5File(path);
      const dataset = (path.split('/').at(-1) as string).replace('.h5', '');
      for (const run of runs) {
        if (run.dataset !== dataset) continue;
        for (let i = 0; i < run.count; i++) {
          const image = run.at(i);
          file.add(image.path, made.of(image, i === 0));
        }
      }
      file.close();
      tell(path);
    }
    if (knn === null) continue;
    mkdirSync(join(knn, '..'), { recursive: true });
    writeNeighbours(knn, runs);
    tell(knn);
  }
}

/** Hands lines on many at a time. */
class Lines {
  private block: string[] = [];

  constructor(private readonly sink: (text: string) => void) {}

  add(line: string): void {
    this.block.push(line, '\n');
    if (this.block.length >= 4096) this.end();
  }

  end(): void {
    this.sink(this.block.join(''));
    this.block = [];
  }
}

/** The images of a split, in the order of its CSV. */
function* imagesOf(runs: readonly Run[], { split }: { split: Split }): Generator<ArchiveImage> {
  for (const run of runs) {
    if (run.split !== split) continue;
    for (let i = 0; i < run.count; i++) yield run.at(i);
  }
}

/** Writes the study's `knn.csv`: for each image of test, then val, neighbours of which most have its label. */
function writeNeighbours(file: string, runs: readonly Run[]): void {
  const train = runs.filter((run) => run.split === 'train');
  const total = train.reduce((sum, { count }) => sum + count, 0);
  /** Run of each label's images, where they lie together. */
  const ofLabel = new Map<number, Run>();
  for (const run of train) {
    const label = run.at(0).label;
    if (run.dataset === 'radiology_ai') ofLabel.set(label, run);
  }
  const anywhere = (place: number): ArchiveImage => {
    let [low, high] = [0, train.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((train[middle] as Run).before <= place) low = middle;
      else high = middle - 1;
    }
    const run = train[low] as Run;
    return run.at(place - run.before);
  };
  const k = Math.min(NEIGHBOURS, total);
  writeWhole(file, (sink) => {
    const lines = new Lines(sink);
    lines.add(['query', ...Array.from({ length: k }, (_, i) => i + 1)].join());
    for (const split of ['test', 'val'] as const) {
      for (const { path, label, number } of imagesOf(runs, { split })) {
        const cells = [path];
        const own = ofLabel.get(label);
        const first = hash(number);
        for (let i = 0; i < k; i++) {
          const draw = hash(first + i);
          const same = own !== undefined && i < SAME_LABEL * k && own.count >= k;
          // In turn from a drawn place on.
          if (same) cells.push(own.at((first + i) % own.count).path);
          else
            cells.push(anywhere((draw % Math.floor(total / k)) + i * Math.floor(total / k)).path);
        }
        lines.add(cells.join());
      }
    }
    lines.end();
  });
}

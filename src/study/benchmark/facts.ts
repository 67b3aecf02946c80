import { readFileSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import type { BenchmarkConfig } from './config.ts';
import type { EncoderOutcome } from './outcome.ts';
import type { Prepared, PreparedImages } from './prepare.ts';

/**
 * Fails an encoder that would leave nothing to search in or with for all of them.
 * @throws SemblanceError SPLIT_EMPTY
 */
export function requireSplits(
  images: readonly LabelledImage[],
  { lost }: Pick<PreparedImages, 'lost'>,
): void {
  const without = new Set(lost.map(({ path }) => path));
  for (const split of ['train', 'test']) {
    const part = images.filter((image) => image.split === split);
    if (part.length > 0 && part.every(({ filepath }) => without.has(filepath))) {
      throw new SemblanceError('SPLIT_EMPTY', 'The encoder has no usable embedding of it.', {
        subject: split,
      });
    }
  }
}

/** Files of one content under several names in several splits, where contents were read to encode them. */
export function sharedContents(
  contents: PreparedImages['contents'],
  images: readonly LabelledImage[],
): string[] {
  if (contents === undefined) return [];
  const imageOf = new Map(images.map((image) => [image.filepath, image]));
  const first = new Map<string, LabelledImage>();
  const pairs: string[] = [];
  for (const [path, content] of contents) {
    const image = imageOf.get(path);
    if (image === undefined) continue;
    const known = first.get(content);
    if (known === undefined) first.set(content, image);
    else if (known.split !== image.split) {
      pairs.push(`${known.filepath} (${known.split}) = ${image.filepath} (${image.split})`);
    }
  }
  return pairs.length === 0
    ? []
    : [
        `Files whose content is in another split under another name: ${pairs.length} (${pairs[0]}). ` +
          'Figures are too good; `semblance dataset check --content` lists them.',
      ];
}

/** The folder of a CSV, or the folder itself that was named. */
export function folderOf(path: string): string {
  return statSync(path).isDirectory() ? path : dirname(path);
}

/** Micro precision at k, by which encoders are ranked. */
export function precisionOf({ figures }: EncoderOutcome, k: number): number {
  const { intervals } = figures;
  if ('error' in intervals) return -1;
  return intervals.value.points.find((point) => point.k === k)?.micro.value ?? -1;
}

/** What is known of an encoder beside its figures. */
export function factsOf(
  { source, embedded, fingerprint, knn }: Prepared,
  base: string,
): Omit<EncoderOutcome, 'figures'> {
  const { definition, files = [], list, knn: table } = source;
  const named = [...files, ...[list, table].filter((path) => path !== undefined)];
  return {
    name: source.name,
    from: definition !== undefined ? 'images' : embedded !== null ? 'embeddings' : 'neighbours',
    title: definition?.title ?? null,
    licence: definition?.licence ?? null,
    origin: definition?.source ?? null,
    fingerprint,
    files: named.map((path) => path.replace(base + sep, '')),
    dimension: embedded?.dimension ?? null,
    embeddings: embedded?.count ?? null,
    sha256: {
      embeddings: embedded?.sha256 ?? null,
      images: embedded?.images ?? null,
      neighbours: knn,
    },
  };
}

/** What the linear probe says of each test image, by the name that the study's code gives it. */
export const PROBABILITIES = 'linear_probing_results.csv';
/** Characters of a probability, with its comma. */
const CELL = 12.5;
/** Bytes of such a file up to which it is written without being asked for. */
const LARGE = 50e6;

/** About how many bytes the probabilities of each encoder take, and whether they are written. */
export function probabilitiesOf(
  { probabilities, linearProbe }: Pick<BenchmarkConfig, 'probabilities' | 'linearProbe'>,
  queries: number,
  labels: number,
): { bytes: number; written: boolean } {
  const bytes = CELL * queries * labels;
  return { bytes, written: linearProbe && (probabilities ?? bytes <= LARGE) };
}

/** Version of the program. */
export function programVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

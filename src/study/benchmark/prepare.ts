import { z } from 'zod';
import { type ErrorData, errorData, SemblanceError } from '../../domain/errors/error.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { fileHashes } from '../../tables/files.ts';
import type { LabelledImage, LabelledSet } from '../../tables/labelled.ts';
import type { EncoderSource } from '../analyses/context.ts';
import { ErrorDataSchema } from '../analyses/shapes.ts';
import { withEmbeddings } from '../evaluation/experiment.ts';
import type { KeptEmbeddings } from '../exchange/kept-embeddings.ts';
import { type KnnTable, readKnnCsv } from '../exchange/knn.ts';
import type { BenchmarkConfig } from './config.ts';
import { type Embedded, encodeImages, importEmbeddings, openKept } from './embed.ts';
import { keepKnn, readKeptKnn } from './kept-arrays.ts';
import type { Plan } from './plan.ts';
import { hashRows, type Step, type StepStore } from './steps.ts';

/** What is known of kept embeddings without a list of their images. */
type KeptFacts = Omit<Embedded, 'excluded' | 'contents'>;

/** An encoder's embeddings or neighbours, with what they were made from: nothing that grows with the images. */
export interface Prepared {
  source: EncoderSource;
  embedded: KeptFacts | null;
  fingerprint: string | null;
  knn: string | null;
}

/** What is known of the images with an encoder, which need not be kept of every one. */
export interface PreparedImages {
  /** Images of the set that cannot be used with it. */
  lost: { path: string; error: ErrorData }[];
  /** Path and SHA-256 of each image that was encoded. */
  contents: Embedded['contents'];
}

/** The step that finds images without an embedding. */
const COMPARED = 'compare with the table';

const LOST: Step<PreparedImages['lost']> = {
  name: 'lost',
  version: 1,
  schema: z.array(z.strictObject({ path: z.string(), error: ErrorDataSchema })),
};

/**
 * Opens the kept embeddings of an encoder.
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE when only its neighbours are known
 */
export function openEmbeddings(
  name: string,
  embedded: KeptFacts | null,
  store: StepStore,
): KeptEmbeddings {
  if (embedded === null) {
    throw new SemblanceError('ANALYSIS_IMPOSSIBLE', 'It needs embeddings, not only neighbours.', {
      subject: name,
    });
  }
  return openKept(store, embedded.file);
}

/** Embeddings of one encoder, and the images that it cannot be used with. */
export async function prepareEncoder(
  source: EncoderSource,
  set: LabelledSet,
  images: string,
  store: StepStore,
  config: BenchmarkConfig,
  plan: Plan,
  { signal, provider }: Pick<LoadOptions, 'provider'> & { signal?: AbortSignal },
): Promise<{ prepared: Prepared; images: PreparedImages }> {
  const common = {
    ...(config.threads === undefined ? {} : { threads: config.threads }),
    ...(signal === undefined ? {} : { signal }),
  };
  const progress = plan.progressOf(source.name);
  const checked = progress('check kept embeddings', 'bytes');
  let embedded: Embedded | null = null;
  let fingerprint: string | null = null;
  if (source.definition !== undefined) {
    const encoder = await Encoder.load(source.definition, { ...common, provider });
    try {
      fingerprint = encoder.fingerprint;
      embedded = await encodeImages(encoder, set.images, images, store, {
        ...common,
        ...{ progress: progress('encode', 'images'), checked },
      });
    } finally {
      await encoder.release();
    }
  } else if (source.files !== undefined) {
    embedded = await importEmbeddings(source, store, {
      ...common,
      ...{ progress: progress('read embeddings', 'bytes'), checked },
    });
  }
  for (const step of ['encode', 'read embeddings', 'check kept embeddings']) {
    plan.end(source.name, step);
  }
  const knn =
    source.knn === undefined ? null : ((await fileHashes([source.knn])).get(source.knn) ?? null);
  const given = givenNeighbours(source, knn);
  const paths = set.images.map(({ filepath }) => filepath);
  const lost = await store.json(
    LOST,
    [hashRows(paths), embedded?.sha256 ?? null, knn],
    async () => {
      plan.begin(source.name, COMPARED);
      return [
        ...(embedded === null ? [] : await withoutEmbedding(source.name, set, embedded, store)),
        ...(given === undefined ? [] : await withoutNeighbours(set.images, given, store)),
      ];
    },
  );
  plan.end(source.name, COMPARED);
  const { excluded: _, contents, ...facts } = embedded ?? { excluded: [] };
  return {
    prepared: { source, embedded: embedded && (facts as KeptFacts), fingerprint, knn },
    images: { lost, contents },
  };
}

/** Images without a usable embedding, each with the reader's reason if it gave one. */
async function withoutEmbedding(
  name: string,
  set: LabelledSet,
  embedded: Embedded,
  store: StepStore,
): Promise<PreparedImages['lost']> {
  const reasons = new Map(
    embedded.excluded
      // The first of repeated ones is used.
      .filter(({ code }) => code !== 'EMBEDDING_REPEATED')
      .map((error) => [error.subject, error]),
  );
  const kept = openEmbeddings(name, embedded, store);
  const { excluded } = withEmbeddings({ ...set, excluded: [] }, kept);
  kept.close();
  return excluded.map((error) => {
    const path = error.subject as string;
    return { path, error: reasons.get(path) ?? errorData(error) };
  });
}

/** A table of neighbours that is given. */
export function givenNeighbours({ knn: file }: EncoderSource, sha256: string | null) {
  return file === undefined || sha256 === null ? undefined : { file, sha256 };
}

/**
 * Reads a knn.csv, or what was kept when it was read: as text it is many times as large.
 * @throws SemblanceError of `readKnnCsv`
 */
export async function readGivenNeighbours(
  { file, sha256 }: { file: string; sha256: string },
  store: StepStore,
): Promise<KnnTable> {
  const kept = store.file({ name: 'given', version: 1 }, sha256, '.bin');
  const known = readKeptKnn(kept);
  if (known !== undefined) return known;
  const table = await readKnnCsv(file);
  keepKnn(kept, table);
  return table;
}

/** Queries without a row in a knn.csv. */
async function withoutNeighbours(
  images: readonly LabelledImage[],
  given: { file: string; sha256: string },
  store: StepStore,
): Promise<PreparedImages['lost']> {
  const known = new Set((await readGivenNeighbours(given, store)).queries);
  return images
    .filter(({ split, filepath }) => split !== 'train' && !known.has(filepath))
    .map(({ filepath: path }) => ({
      path,
      error: errorData(
        new SemblanceError('EMBEDDING_MISSING', 'The knn.csv has no row of this query.', {
          subject: path,
        }),
      ),
    }));
}

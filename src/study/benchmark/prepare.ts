import { z } from 'zod';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { type ErrorData, errorData, SemblanceError } from '../../domain/errors/error.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { fileHashes } from '../../tables/files.ts';
import type { LabelledImage, LabelledSet } from '../../tables/labelled.ts';
import type { Context, EncoderSource } from '../analyses/context.ts';
import { ErrorDataSchema } from '../analyses/shapes.ts';
import { withEmbeddings } from '../evaluation/experiment.ts';
import { readKnnCsv } from '../exchange/knn.ts';
import type { BenchmarkConfig } from './config.ts';
import { type Embedded, encodeImages, importEmbeddings, readKept } from './embed.ts';
import { hashRows, type Step, type StepStore } from './steps.ts';

/** An encoder's embeddings or neighbours, with what they were made from. */
export interface Prepared {
  source: EncoderSource;
  embedded: Embedded | null;
  fingerprint: string | null;
  knn: string | null;
  /** Images of the set that cannot be used with it. */
  lost: { path: string; error: ErrorData }[];
}

const LOST: Step<Prepared['lost']> = {
  name: 'lost',
  version: 1,
  schema: z.array(z.strictObject({ path: z.string(), error: ErrorDataSchema })),
};

/**
 * Reads the kept embeddings of an encoder.
 * @throws SemblanceError ANALYSIS_IMPOSSIBLE when only its neighbours are known
 */
export async function loadMatrix(
  name: string,
  embedded: Embedded | null,
  store: StepStore,
): Promise<EmbeddingMatrix> {
  if (embedded === null) {
    throw new SemblanceError('ANALYSIS_IMPOSSIBLE', 'It needs embeddings, not only neighbours.', {
      subject: name,
    });
  }
  return readKept(store, embedded.file);
}

/** Embeddings of one encoder, and the images that it cannot be used with. */
export async function prepareEncoder(
  source: EncoderSource,
  set: LabelledSet,
  images: string,
  store: StepStore,
  config: BenchmarkConfig,
  progress: Context['progress'],
  { signal, provider }: Pick<LoadOptions, 'provider'> & { signal?: AbortSignal },
): Promise<Prepared> {
  const common = {
    ...(config.threads === undefined ? {} : { threads: config.threads }),
    ...(signal === undefined ? {} : { signal }),
  };
  let embedded: Embedded | null = null;
  let fingerprint: string | null = null;
  if (source.definition !== undefined) {
    const encoder = await Encoder.load(source.definition, { ...common, provider });
    try {
      fingerprint = encoder.fingerprint;
      embedded = await encodeImages(encoder, set.images, images, store, {
        ...common,
        progress: progress('encode', 'images'),
      });
    } finally {
      await encoder.release();
    }
  } else if (source.files !== undefined) {
    embedded = await importEmbeddings(source, store, {
      ...common,
      progress: progress('read', 'embeddings'),
    });
  }
  const knn =
    source.knn === undefined ? null : ((await fileHashes([source.knn])).get(source.knn) ?? null);
  const paths = set.images.map(({ filepath }) => filepath);
  const lost = await store.json(
    LOST,
    [hashRows(paths), embedded?.sha256 ?? null, knn],
    async () => [
      ...(embedded === null ? [] : await withoutEmbedding(source.name, set, embedded, store)),
      ...(source.knn === undefined ? [] : await withoutNeighbours(set.images, source.knn)),
    ],
  );
  return { source, embedded, fingerprint, knn, lost };
}

/** Images without a usable embedding, each with the reader's reason if it gave one. */
async function withoutEmbedding(
  name: string,
  set: LabelledSet,
  embedded: Embedded,
  store: StepStore,
): Promise<Prepared['lost']> {
  const reasons = new Map(
    embedded.excluded
      // The first of repeated ones is used.
      .filter(({ code }) => code !== 'EMBEDDING_REPEATED')
      .map((error) => [error.subject, error]),
  );
  const kept = withEmbeddings({ ...set, excluded: [] }, await loadMatrix(name, embedded, store));
  return kept.excluded.map((error) => {
    const path = error.subject as string;
    return { path, error: reasons.get(path) ?? errorData(error) };
  });
}

/** Queries without a row in a knn.csv. */
async function withoutNeighbours(
  images: readonly LabelledImage[],
  knn: string,
): Promise<Prepared['lost']> {
  const known = new Set((await readKnnCsv(knn)).queries);
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

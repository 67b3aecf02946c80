import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import {
  type ErrorData,
  errorData,
  SemblanceError,
  toSemblanceError,
} from '../../domain/errors/error.ts';
import { encodeEach } from '../../encoding/encoders/encode-each.ts';
import type { Encoder } from '../../encoding/encoders/encoder.ts';
import type { PreprocessResult } from '../../encoding/preprocess/pool.ts';
import { PreprocessPool } from '../../encoding/preprocess/pool.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { readEmbeddings } from '../exchange/formats.ts';
import { writeNpy } from '../exchange/npy.ts';
import type { EncoderSource } from './sources.ts';
import { hashRows, type StepStore } from './steps.ts';

/** Pictures given to the encoder at once. */
const BATCH = 16;
/** Pictures whose embeddings are kept together: what a killed run loses at the most. */
const PART = 32 * BATCH;

/** Embeddings that are kept as a file of numpy. */
export interface Embedded {
  /** Name of the file in the folder of steps. */
  file: string;
  dimension: number;
  count: number;
  /** SHA-256 of paths and values. */
  sha256: string;
  /** SHA-256 of the paths and contents of the images that were encoded; null for imported ones. */
  images: string | null;
  /** What has no usable embedding; the subject is the image's path. */
  excluded: ErrorData[];
  /** Path and SHA-256 of each image that was encoded; not of imported ones. */
  contents?: [path: string, sha256: string][];
}

interface EmbedOptions {
  threads?: number;
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Size and time of a file, by which a change is noticed without reading it; none if it is absent. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.size} ${found.mtimeMs}`;
}

/** A new hash over the rows of a matrix, with its file and what is known of it. */
async function keep(
  file: string,
  matrix: EmbeddingMatrix,
  images: string | null,
  excluded: ErrorData[],
): Promise<Embedded> {
  await writeNpy(file, matrix);
  const { paths, dimension, values } = matrix;
  const hash = createHash('sha256').update(JSON.stringify([paths, dimension]));
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  // A hash takes at most 2 GiB at once.
  for (let at = 0; at < bytes.length; at += 2 ** 30) hash.update(bytes.subarray(at, at + 2 ** 30));
  const sha256 = hash.digest('hex');
  return { file: basename(file), dimension, count: paths.length, sha256, images, excluded };
}

/**
 * Reads the embeddings of a source's files and keeps them.
 * @throws SemblanceError of `readEmbeddings`
 */
export async function importEmbeddings(
  { files = [], list }: EncoderSource,
  store: StepStore,
  { progress }: EmbedOptions = {},
): Promise<Embedded> {
  const inputs = [...files, ...(list === undefined ? [] : [list])].map((file) => [
    file,
    stampOf(file),
  ]);
  return store.json('import', inputs, async () => {
    const { matrix, excluded } = await readEmbeddings(files, {
      ...(list === undefined ? {} : { paths: list }),
      ...(progress === undefined ? {} : { onProgress: progress }),
    });
    const file = store.file('imported', inputs, '.npy');
    return keep(file, matrix, null, excluded.map(errorData));
  });
}

/** What one part of the pictures came to. */
interface Part {
  paths: string[];
  /** SHA-256 of each file. */
  contents: string[];
  excluded: ErrorData[];
  /** The embeddings as base64 of their 32-bit floats. */
  values: string;
}

/**
 * Encodes the images of a data set and keeps the embeddings; part by part, so that a killed run goes on
 * behind its last part. An image that cannot be read or encoded is listed and left out.
 * @param folder that the images' paths are relative to
 * @throws SemblanceError ENCODER_FAILED when the encoder takes none of several pictures; SPLIT_EMPTY when
 *   there is no image; when no image could be encoded, the error of the first one
 */
export async function encodeImages(
  encoder: Encoder,
  images: readonly LabelledImage[],
  folder: string,
  store: StepStore,
  { threads = availableParallelism(), progress, signal }: EmbedOptions = {},
): Promise<Embedded> {
  const stamped = images.map(({ filepath }) => {
    const file = resolve(folder, filepath);
    return { filepath, file, stamp: stampOf(file) };
  });
  const inputsOf = (list: typeof stamped) => [encoder.fingerprint, hashRows(list)];
  return store.json('embeddings', inputsOf(stamped), async () => {
    const pool = new PreprocessPool({ threads });
    const parts: Part[] = [];
    const kept: string[] = [];
    try {
      for (let at = 0; at < stamped.length; at += PART) {
        const list = stamped.slice(at, at + PART);
        kept.push(store.file('part', inputsOf(list), '.json'));
        parts.push(
          await store.json('part', inputsOf(list), () =>
            encodePart(encoder, list, pool, threads, (done) => {
              signal?.throwIfAborted();
              progress?.(at + done, stamped.length);
            }),
          ),
        );
      }
    } finally {
      await pool.close();
    }
    const paths = parts.flatMap((part) => part.paths);
    const excluded = parts.flatMap((part) => part.excluded);
    if (paths.length === 0) {
      const [first] = excluded;
      if (first === undefined) throw new SemblanceError('SPLIT_EMPTY', 'No row can be used.');
      const { code, detail, subject } = first;
      throw new SemblanceError(
        code,
        `No image of ${folder} could be encoded. The first: ${detail}`,
        {
          ...(subject === null ? {} : { subject }),
        },
      );
    }
    const { dimension } = encoder;
    const values = new Float32Array(paths.length * dimension);
    let at = 0;
    for (const part of parts) {
      const bytes = Buffer.from(part.values, 'base64');
      new Uint8Array(values.buffer).set(bytes, at);
      at += bytes.length;
    }
    const contents = parts.flatMap((part) =>
      part.paths.map((path, i): [string, string] => [path, part.contents[i] as string]),
    );
    const file = store.file('encoded', inputsOf(stamped), '.npy');
    const result = await keep(file, { paths, dimension, values }, hashRows(contents), excluded);
    result.contents = contents;
    for (const part of kept) rmSync(part, { force: true });
    return result;
  });
}

/** Encodes the pictures of one part in order, with workers a batch ahead of the encoder. */
async function encodePart(
  encoder: Encoder,
  list: readonly { filepath: string; file: string }[],
  pool: PreprocessPool,
  threads: number,
  progress: (done: number) => void,
): Promise<Part> {
  const part: Omit<Part, 'values'> = { paths: [], contents: [], excluded: [] };
  const vectors: Float32Array[] = [];
  const exclude = (error: unknown, subject: string) => {
    const { code, message } = toSemblanceError(error);
    part.excluded.push(errorData(new SemblanceError(code, message, { subject })));
  };
  const ahead: (Promise<PreprocessResult | SemblanceError> | undefined)[] = [];
  for (let at = 0; at < list.length; at += BATCH) {
    const wanted = Math.min(list.length, at + 2 * BATCH + threads);
    for (let next = ahead.length; next < wanted; next++) {
      const { file } = list[next] as (typeof list)[number];
      ahead.push(
        pool.run(file, [encoder.preprocess]).catch((error) => toSemblanceError(error, file)),
      );
    }
    const taken: { filepath: string; contentHash: string; tensor: Float32Array }[] = [];
    for (let i = at; i < Math.min(list.length, at + BATCH); i++) {
      const { filepath } = list[i] as (typeof list)[number];
      const found = (await ahead[i]) as PreprocessResult | SemblanceError;
      // The tensors of a whole part would be hundreds of MB.
      ahead[i] = undefined;
      if (found instanceof SemblanceError) exclude(found, filepath);
      else {
        const tensor = found.picture?.tensors[0] as Float32Array;
        taken.push({ filepath, contentHash: found.contentHash, tensor });
      }
    }
    const encoded = await encodeEach(
      encoder,
      taken.map(({ tensor }) => tensor),
    );
    taken.forEach(({ filepath, contentHash }, i) => {
      const vector = encoded[i] as Float32Array | SemblanceError;
      if (vector instanceof SemblanceError) {
        exclude(vector, filepath);
        return;
      }
      part.paths.push(filepath);
      part.contents.push(contentHash);
      vectors.push(vector);
    });
    progress(Math.min(list.length, at + BATCH));
  }
  const bytes = Buffer.concat(
    vectors.map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    ),
  );
  return { ...part, values: bytes.toString('base64') };
}

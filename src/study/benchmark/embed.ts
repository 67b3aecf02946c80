import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import {
  type ErrorData,
  errorData,
  SemblanceError,
  toSemblanceError,
} from '../../domain/errors/error.ts';
import { encodeEach } from '../../encoding/encoders/encode-each.ts';
import type { Encoder } from '../../encoding/encoders/encoder.ts';
import { BATCH, inBatches } from '../../encoding/encoders/in-batches.ts';
import { PreprocessPool } from '../../encoding/preprocess/pool.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import type { EncoderSource } from '../analyses/context.ts';
import { Count, ErrorDataSchema } from '../analyses/shapes.ts';
import { formatOf, readInto } from '../exchange/formats.ts';
import { KeptEmbeddings } from '../exchange/kept-embeddings.ts';
import { NpyBuilder } from '../exchange/npy-builder.ts';
import { NpyWriter } from '../exchange/npy-writer.ts';
import { hashRows, type Step, type StepStore } from './steps.ts';

/** Pictures whose embeddings are kept together: what a killed run loses at the most. */
const PART = 32 * BATCH;

const EmbeddedSchema = z.strictObject({
  /** Name of the file in the folder of steps. */
  file: z.string(),
  dimension: Count,
  count: Count,
  /** SHA-256 of paths and values. */
  sha256: z.string(),
  /** SHA-256 of the paths and contents of the images that were encoded; null for imported ones. */
  images: z.string().nullable(),
  /** What has no usable embedding; the subject is the image's path. */
  excluded: z.array(ErrorDataSchema),
  /** Path and SHA-256 of each image that was encoded; not of imported ones. */
  contents: z.array(z.tuple([z.string(), z.string()])).optional(),
});

/** Embeddings that are kept as a file of numpy. */
export type Embedded = z.infer<typeof EmbeddedSchema>;

interface EmbedOptions {
  threads?: number;
  progress?: (done: number, total: number) => void;
  /** Is told how many bytes of kept embeddings were found to be as they were written. */
  checked?: ((done: number, total: number) => void) | undefined;
  signal?: AbortSignal;
}

/** Size and time of a file, by which a change is noticed without reading it; none if it is absent. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.size} ${found.mtimeMs}`;
}

/** Opens kept embeddings. @throws SemblanceError of `KeptEmbeddings` */
export function openKept(store: StepStore, file: string): KeptEmbeddings {
  return new KeptEmbeddings(join(store.folder, file));
}

/** A step whose result is a file of embeddings, which is used only while it has what was written. */
const embeddingStep = (
  store: StepStore,
  name: string,
  checked: EmbedOptions['checked'],
): Step<Embedded> => ({
  name,
  version: 1,
  schema: EmbeddedSchema,
  intact: async ({ file, sha256 }) => {
    try {
      return hashKept(openKept(store, file), checked).sha256 === sha256;
    } catch (error) {
      if (error instanceof SemblanceError) return false;
      throw error;
    }
  },
});

/** SHA-256 of the paths and values of kept embeddings, which are closed. */
function hashKept(
  kept: KeptEmbeddings,
  checked: EmbedOptions['checked'],
): Pick<Embedded, 'dimension' | 'count' | 'sha256'> {
  const { paths, dimension } = kept;
  const hash = createHash('sha256').update(JSON.stringify([paths, dimension]));
  for (const { start, values } of kept.pieces()) {
    checked?.(4 * dimension * start, 4 * dimension * paths.length);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  kept.close();
  return { dimension, count: paths.length, sha256: hash.digest('hex') };
}

/**
 * Reads the embeddings of a source's files and keeps them, part by part, so that a killed run goes on behind its
 * last part; at no time are all of them in memory.
 * @throws SemblanceError of `readInto`
 */
export async function importEmbeddings(
  { files = [], list }: EncoderSource,
  store: StepStore,
  { progress, checked }: EmbedOptions = {},
): Promise<Embedded> {
  const inputs = [...files, ...(list === undefined ? [] : [list])].map((file) => [
    file,
    stampOf(file),
  ]);
  return store.json(embeddingStep(store, 'import', checked), inputs, async () => {
    files.forEach(formatOf);
    const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    const file = store.file({ name: 'imported', version: 1 }, inputs, '.npy');
    const builder = new NpyBuilder(file);
    let before = 0;
    // One that goes on tells first where.
    if (builder.length === 0) progress?.(0, all);
    for (const [i, input] of files.entries()) {
      const size = sizes[i] as number;
      if (builder.begin(i)) {
        await readInto(builder, input, {
          ...(list === undefined ? {} : { paths: list }),
          onProgress: (done, total) => progress?.(before + (size * done) / total, all),
        });
      }
      before += size;
    }
    builder.finish(files.join(', '));
    return {
      file: basename(file),
      ...hashKept(openKept(store, basename(file)), checked),
      images: null,
      excluded: builder.excluded.map(errorData),
    };
  });
}

/** What one part of the pictures came to. */
const PartSchema = z.strictObject({
  paths: z.array(z.string()),
  /** SHA-256 of each file. */
  contents: z.array(z.string()),
  excluded: z.array(ErrorDataSchema),
  /** The embeddings as base64 of their 32-bit floats. */
  values: z.string(),
});
type Part = z.infer<typeof PartSchema>;
const PART_STEP: Step<Part> = { name: 'part', version: 1, schema: PartSchema };

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
  { threads = availableParallelism(), progress, checked, signal }: EmbedOptions = {},
): Promise<Embedded> {
  const stamped = images.map(({ filepath }) => {
    const file = resolve(folder, filepath);
    return { filepath, file, stamp: stampOf(file) };
  });
  const inputsOf = (list: typeof stamped) => [encoder.fingerprint, hashRows(list)];
  return store.json(embeddingStep(store, 'embeddings', checked), inputsOf(stamped), async () => {
    const pool = new PreprocessPool({ threads });
    const file = store.file({ name: 'encoded', version: 1 }, inputsOf(stamped), '.npy');
    const writer = new NpyWriter(file);
    const paths: string[] = [];
    const contents: [string, string][] = [];
    const excluded: ErrorData[] = [];
    const kept: string[] = [];
    try {
      for (let at = 0; at < stamped.length; at += PART) {
        const list = stamped.slice(at, at + PART);
        kept.push(store.file(PART_STEP, inputsOf(list), '.json'));
        const part = await store.json(PART_STEP, inputsOf(list), () =>
          encodePart(encoder, list, pool, threads, (done) => {
            signal?.throwIfAborted();
            progress?.(at + done, stamped.length);
          }),
        );
        const { buffer } = Uint8Array.from(Buffer.from(part.values, 'base64'));
        writer.append(new Float32Array(buffer));
        part.paths.forEach((path, i) => {
          paths.push(path);
          contents.push([path, part.contents[i] as string]);
        });
        excluded.push(...part.excluded);
      }
      if (paths.length === 0) throw noneEncoded(excluded[0], folder);
    } catch (error) {
      writer.close();
      throw error;
    } finally {
      await pool.close();
    }
    writer.finish(paths, encoder.dimension);
    for (const part of kept) rmSync(part, { force: true });
    return {
      file: basename(file),
      ...hashKept(openKept(store, basename(file)), checked),
      ...{ images: hashRows(contents), excluded, contents },
    };
  });
}

/** What is said when no image could be encoded. */
function noneEncoded(first: ErrorData | undefined, folder: string): SemblanceError {
  if (first === undefined) return new SemblanceError('SPLIT_EMPTY', 'No row can be used.');
  const { code, detail, subject } = first;
  return new SemblanceError(code, `No image of ${folder} could be encoded. The first: ${detail}`, {
    ...(subject === null ? {} : { subject }),
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
  const read = async ({ filepath, file }: (typeof list)[number]) => ({
    filepath,
    result: await pool
      .run({ path: file }, [encoder.preprocess])
      .catch((error) => toSemblanceError(error, file)),
  });
  const encode = async (batch: Awaited<ReturnType<typeof read>>[], done: number) => {
    const taken: { filepath: string; contentHash: string; tensor: Float32Array }[] = [];
    for (const { filepath, result } of batch) {
      if (result instanceof SemblanceError) exclude(result, filepath);
      else {
        const tensor = result.pictures[0]?.tensors[0] as Float32Array;
        taken.push({ filepath, contentHash: result.contentHash, tensor });
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
    progress(done);
  };
  await inBatches(list, read, encode, { ahead: 2 * BATCH + threads });
  const bytes = Buffer.concat(
    vectors.map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    ),
  );
  return { ...part, values: bytes.toString('base64') };
}

import type { EmbeddingMatrix } from '../../domain/embedding-matrix.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { encodeEach } from '../../encoding/encoders/encode-each.ts';
import type { Encoder } from '../../encoding/encoders/encoder.ts';
import { BATCH, inBatches } from '../../encoding/encoders/in-batches.ts';
import { preprocess } from '../../encoding/preprocess/preprocess.ts';
import { decodeImage } from '../../images/decode.ts';
import type { Pixels } from '../../images/pixels.ts';
import { readImageFile } from '../../images/read.ts';

/** A file, and the path that names it in the data set. */
export interface PictureFile {
  path: string;
  key: string;
}

/** What encoding one picture after another cost. */
export interface Cost {
  images: number;
  /** Seconds of all pictures on one thread: reading and decoding, resizing and normalising. */
  decode: number;
  preprocess: number;
  /** Seconds of all pictures in the encoder, with its threads, in batches of `batch`. */
  encode: number;
  batch: number;
  /** Bytes of one embedding as stored. */
  bytes: number;
}

export interface EncodeOptions {
  /** Pictures the encoder takes at once; `BATCH` by default. */
  batch?: number;
  /** Changes a decoded picture before it is encoded; `at` is its place in the list. */
  change?: (pixels: Pixels, at: number) => Promise<Pixels>;
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Encodes files one after another and takes the time of each step: for perturbed copies, and to
 * measure the cost of an encoder. Files that cannot be read are listed and left out.
 * @throws SemblanceError ENCODER_FAILED
 */
export async function encodePictures(
  encoder: Encoder,
  files: readonly PictureFile[],
  { batch: size = BATCH, change, progress, signal }: EncodeOptions = {},
): Promise<{ embeddings: EmbeddingMatrix; cost: Cost; failed: SemblanceError[] }> {
  const cost: Cost = {
    images: 0,
    decode: 0,
    preprocess: 0,
    encode: 0,
    batch: size,
    bytes: encoder.dimension * Float32Array.BYTES_PER_ELEMENT,
  };
  const timed = async <T>(step: 'decode' | 'preprocess' | 'encode', work: () => T) => {
    const start = performance.now();
    const result = await work();
    cost[step] += (performance.now() - start) / 1000;
    return result;
  };
  const failed: SemblanceError[] = [];
  const paths: string[] = [];
  const vectors: Float32Array[] = [];
  const fail = (error: unknown, path: string) => {
    const { code, message } = toSemblanceError(error);
    failed.push(new SemblanceError(code, message, { subject: path, cause: error }));
  };
  const prepare = async (file: PictureFile, at: number) => {
    signal?.throwIfAborted();
    try {
      let pixels = await timed('decode', async () => decodeImage(await readImageFile(file.path)));
      if (change !== undefined) pixels = await change(pixels, at);
      const tensor = await timed('preprocess', () => preprocess(pixels, encoder.preprocess));
      return { file, tensor };
    } catch (error) {
      fail(error, file.path);
      return undefined;
    }
  };
  const encode = async (batch: Awaited<ReturnType<typeof prepare>>[], done: number) => {
    const taken = batch.filter((one) => one !== undefined);
    if (taken.length > 0) {
      const tensors = taken.map(({ tensor }) => tensor);
      const found = await timed('encode', () => encodeEach(encoder, tensors));
      taken.forEach(({ file: { path, key } }, i) => {
        const vector = found[i] as Float32Array | SemblanceError;
        if (vector instanceof SemblanceError) {
          fail(vector, path);
          return;
        }
        paths.push(key);
        vectors.push(vector);
      });
    }
    progress?.(done, files.length);
  };
  // One after another, and nothing beside the encoder: a time is of its step alone.
  await inBatches(files, prepare, encode, { size });
  cost.images = paths.length;
  const values = new Float32Array(paths.length * encoder.dimension);
  vectors.forEach((vector, i) => {
    values.set(vector, i * encoder.dimension);
  });
  return { embeddings: { paths, dimension: encoder.dimension, values }, cost, failed };
}

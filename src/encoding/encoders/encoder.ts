import { createHash } from 'node:crypto';
import { randomFrom } from '../../domain/random.ts';
import { normalise } from '../../domain/vectors.ts';
import type { Graph, Tensor } from '../../runtime/session.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import { inputSize, type PreprocessSpec } from '../preprocess/spec.ts';
import { buildBaselineGraph } from './baseline/graph.ts';
import type { EncoderDefinition } from './definition.ts';
import { hashModel, type LoadOptions, openModel, runModel } from './model.ts';
import { Projection, projectedFingerprint } from './projection.ts';

/** The model as a path or as bytes, and its SHA-256. */
async function locateModel({
  model,
}: EncoderDefinition): Promise<{ model: string | Uint8Array; sha256: string }> {
  if ('file' in model) return { model: model.file, sha256: await hashModel(model) };
  const bytes = buildBaselineGraph();
  return { model: bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Length of what the model itself gives. */
function modelDimension({ dimension, projection }: EncoderDefinition): number {
  return projection?.dimension ?? dimension;
}

/** Embeddings of two encoders may be compared only when their fingerprints are equal. */
function fingerprintOf(definition: EncoderDefinition, modelHash: string): string {
  const { input, preprocess, output, normalisation } = definition;
  const dimension = modelDimension(definition);
  return createHash('sha256')
    .update(JSON.stringify({ modelHash, input, preprocess, output, dimension, normalisation }))
    .digest('hex');
}

/** Reorders one CHW RGB picture as the model wants it, into its place of the batch. */
function place(
  target: Float32Array,
  offset: number,
  chw: Float32Array,
  { layout, channels }: EncoderDefinition['input'],
): void {
  if (layout === 'NCHW' && channels === 'RGB') {
    target.set(chw, offset);
    return;
  }
  const plane = chw.length / 3;
  const [channelStep, pixelStep] = layout === 'NCHW' ? [plane, 1] : [1, 3];
  for (let c = 0; c < 3; c++) {
    const from = (channels === 'RGB' ? c : 2 - c) * plane;
    for (let i = 0; i < plane; i++) {
      target[offset + c * channelStep + i * pixelStep] = chw[from + i] as number;
    }
  }
}

/** The same numbers for every picture, so that an embedding depends on its picture alone. */
function noise(
  { length, seed }: { length: number; seed: number },
  count: number,
  given?: readonly Float32Array[],
): Tensor {
  const random = randomFrom(seed);
  const one = Float32Array.from({ length }, random);
  const data = new Float32Array(count * length);
  for (let i = 0; i < count; i++) data.set(given?.[i] ?? one, i * length);
  return { dims: [count, length], data };
}

/**
 * Pixels that a model is given at once: 16 pictures of 224 x 224, one of 1024 x 1024. The bench of
 * encoders finds no gain beyond a few pictures, and memory grows with them.
 */
const BATCH_PIXELS = 16 * 224 * 224;

/** Preprocessed pictures as the model's input wants them. */
export function pictureFeeds(
  { input, preprocess }: EncoderDefinition,
  pictures: readonly Float32Array[],
): Record<string, Tensor> {
  const { width, height } = inputSize(preprocess);
  const size = 3 * width * height;
  const batch = new Float32Array(pictures.length * size);
  pictures.forEach((picture, i) => {
    place(batch, i * size, picture, input);
  });
  const spatial = input.layout === 'NCHW' ? [3, height, width] : [height, width, 3];
  return { [input.name]: { dims: [pictures.length, ...spatial], data: batch } };
}

/** A loaded encoder: preprocessed pictures in, embeddings out. */
export class Encoder {
  private constructor(
    readonly definition: EncoderDefinition,
    /** Identifies model, input, preprocessing and output together (SHA-256, hexadecimal). */
    readonly fingerprint: string,
    private readonly session: Graph,
    private readonly projection?: Projection,
  ) {}

  /**
   * Loads an encoder.
   * @throws SemblanceError PATH_NOT_FOUND (the model file), ENCODER_INVALID (checksum, names),
   *   ENCODER_FAILED (the runtime refuses the model)
   */
  static async load(definition: EncoderDefinition, options: LoadOptions = {}): Promise<Encoder> {
    const { model, sha256 } = await locateModel(definition);
    const { input, output, name } = definition;
    const fingerprint = fingerprintOf(definition, sha256);
    const { projection, dimension } = definition;
    const after = projection && (await Projection.load(name, projection, dimension, options));
    const session = await openModel(model, input.name, output.name, name, options);
    return after === undefined
      ? new Encoder(definition, fingerprint, session)
      : new Encoder(definition, projectedFingerprint(fingerprint, after.sha256), session, after);
  }

  get name(): string {
    return this.definition.name;
  }

  get dimension(): number {
    return this.definition.dimension;
  }

  get preprocess(): PreprocessSpec {
    return this.definition.preprocess;
  }

  /**
   * Encodes pictures.
   * @param pictures preprocessed, each 3 x height x width (RGB planes)
   * @param options `noise`: random numbers of each picture in place of those of the seed; `signal`: ends the
   *   wait, with a run under way left to itself
   * @returns one embedding of `dimension` floats for each picture
   * @throws SemblanceError ENCODER_FAILED when the model refuses the input, or gives another
   *   shape than described or a value that is not a finite number; the signal's reason
   */
  async encode(
    pictures: readonly Float32Array[],
    {
      noise,
      signal,
    }: {
      noise?: readonly Float32Array[] | undefined;
      signal?: AbortSignal | undefined;
    } = {},
  ): Promise<Float32Array[]> {
    const { width, height } = inputSize(this.preprocess);
    const count = Math.max(1, Math.floor(BATCH_PIXELS / (width * height)));
    const vectors: Float32Array[] = [];
    for (let at = 0; at < pictures.length; at += count) {
      signal?.throwIfAborted();
      const batch = this.encodeBatch(pictures.slice(at, at + count), noise?.slice(at, at + count));
      vectors.push(...(await untilAborted(batch, signal)));
    }
    return vectors;
  }

  private async encodeBatch(
    pictures: readonly Float32Array[],
    given: readonly Float32Array[] | undefined,
  ): Promise<Float32Array[]> {
    const { input, output, normalisation } = this.definition;
    const feeds = pictureFeeds(this.definition, pictures);
    if (input.noise !== undefined) {
      feeds[input.noise.name] = noise(input.noise, pictures.length, given);
    }
    const vectors = await runModel(this.session, feeds, output.name, {
      count: pictures.length,
      dimension: modelDimension(this.definition),
      encoder: this.name,
    });
    if (normalisation === 'l2') vectors.forEach(normalise);
    return this.projection === undefined ? vectors : this.projection.apply(vectors);
  }

  /** Frees the model's memory. */
  async release(): Promise<void> {
    await this.session.release();
    await this.projection?.release();
  }
}

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import { inputSize, type PreprocessSpec } from '../preprocess/spec.ts';
import { randomFrom } from '../random.ts';
import { Session, type Tensor } from '../runtime/session.ts';
import { buildBaselineGraph } from './baseline/graph.ts';
import type { EncoderDefinition } from './definition.ts';

/** SHA-256 of a model file, together with the weights that lie beside it (`<file>.data`). */
async function hashModel(file: string): Promise<string> {
  const hash = createHash('sha256');
  for (const part of [file, `${file}.data`]) {
    if (part !== file && !existsSync(part)) continue;
    try {
      for await (const chunk of createReadStream(part)) hash.update(chunk);
    } catch (error) {
      throw toSemblanceError(error, part);
    }
  }
  return hash.digest('hex');
}

/** The model as a path or as bytes, and its SHA-256. */
async function locateModel(
  definition: EncoderDefinition,
): Promise<{ model: string | Uint8Array; sha256: string }> {
  if ('builtin' in definition.model) {
    const model = buildBaselineGraph();
    return { model, sha256: createHash('sha256').update(model).digest('hex') };
  }
  const { file, sha256: expected } = definition.model;
  const sha256 = await hashModel(file);
  if (expected !== undefined && expected !== sha256) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      `The model's SHA-256 is ${sha256}, its description says ${expected}.`,
      { subject: file },
    );
  }
  return { model: file, sha256 };
}

/** Embeddings of two encoders may be compared only when their fingerprints are equal. */
function fingerprintOf(definition: EncoderDefinition, modelHash: string): string {
  const { input, preprocess, output, dimension, normalisation } = definition;
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

function normalise(vector: Float32Array): void {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (norm > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / norm;
}

/** A loaded encoder: preprocessed pictures in, embeddings out. */
export class Encoder {
  private constructor(
    readonly definition: EncoderDefinition,
    /** Identifies model, input, preprocessing and output together (SHA-256, hexadecimal). */
    readonly fingerprint: string,
    private readonly session: Session,
  ) {}

  /**
   * Loads an encoder.
   * @param options `threads` for the runtime
   * @throws SemblanceError PATH_NOT_FOUND (the model file), ENCODER_INVALID (checksum, names),
   *   ENCODER_FAILED (the runtime refuses the model)
   */
  static async load(
    definition: EncoderDefinition,
    options: { threads?: number } = {},
  ): Promise<Encoder> {
    const { model, sha256 } = await locateModel(definition);
    let session: Session;
    try {
      session = await Session.load(model, options);
    } catch (cause) {
      throw new SemblanceError('ENCODER_FAILED', 'The runtime cannot load the model.', {
        subject: definition.name,
        cause,
      });
    }
    for (const [names, name] of [
      [session.inputNames, definition.input.name],
      [session.outputNames, definition.output.name],
    ] as const) {
      if (!names.includes(name)) {
        await session.release();
        throw new SemblanceError(
          'ENCODER_INVALID',
          `The model has no "${name}"; it has ${names.join(', ')}.`,
          { subject: definition.name },
        );
      }
    }
    return new Encoder(definition, fingerprintOf(definition, sha256), session);
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
   * @param given random numbers of each picture in place of those of the seed
   * @returns one embedding of `dimension` floats for each picture
   * @throws SemblanceError ENCODER_FAILED when the model refuses the input, or gives another
   *   shape than described or a value that is not a finite number
   */
  async encode(
    pictures: readonly Float32Array[],
    given?: readonly Float32Array[],
  ): Promise<Float32Array[]> {
    if (pictures.length === 0) return [];
    const { input, output, dimension, normalisation } = this.definition;
    const { width, height } = inputSize(this.preprocess);
    const size = 3 * width * height;
    const batch = new Float32Array(pictures.length * size);
    pictures.forEach((picture, i) => {
      place(batch, i * size, picture, input);
    });
    const spatial = input.layout === 'NCHW' ? [3, height, width] : [height, width, 3];
    let result: Tensor | undefined;
    try {
      const feeds: Record<string, Tensor> = {
        [input.name]: { dims: [pictures.length, ...spatial], data: batch },
      };
      if (input.noise !== undefined) {
        feeds[input.noise.name] = noise(input.noise, pictures.length, given);
      }
      result = (await this.session.run(feeds, [output.name]))[output.name];
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SemblanceError('ENCODER_FAILED', why, { subject: this.name, cause });
    }
    const data = result?.data;
    if (!(data instanceof Float32Array) || data.length !== pictures.length * dimension) {
      throw new SemblanceError(
        'ENCODER_FAILED',
        `The output is [${result?.dims}], described as [${pictures.length}, ${dimension}].`,
        { subject: this.name },
      );
    }
    return pictures.map((_, i) => {
      const vector = data.slice(i * dimension, (i + 1) * dimension);
      if (!vector.every(Number.isFinite)) {
        throw new SemblanceError('ENCODER_FAILED', 'The embedding has a value that is no number.', {
          subject: this.name,
        });
      }
      if (normalisation === 'l2') normalise(vector);
      return vector;
    });
  }

  /** Frees the model's memory. */
  async release(): Promise<void> {
    await this.session.release();
  }
}

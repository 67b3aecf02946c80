import { join } from 'node:path';
import type { Verification } from '../../contract/encoders.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { Session, type Tensor } from '../../runtime/session.ts';
import { openSafetensors } from '../checkpoints/safetensors.ts';
import type { EncoderDefinition } from '../encoders/definition.ts';
import { Encoder } from '../encoders/encoder.ts';
import type { LoadOptions } from '../encoders/model.ts';
import { TextTower } from '../encoders/text-tower.ts';
import { inputSize } from '../preprocess/spec.ts';

/** Largest absolute difference, over the largest absolute expected value, that counts as faithful. */
const TOLERANCE = 1e-4;

/** What a run without a golden leaves open. */
const NOT_COMPARED =
  'Nothing was compared: whether they are those of the original model is not known. --golden <folder> compares them.';

/** A picture of numbers that differ from place to place, for a check without a golden. */
function testPicture(length: number, phase = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * (0.37 + 0.11 * phase)));
}

/**
 * Runs a compiled graph once.
 * @param graph the ONNX file, wherever it lies now
 * @returns how many values an embedding has
 * @throws SemblanceError ENCODER_FAILED when it cannot be run or gives a value that is no number
 */
export async function embeddingLength(
  { name, input, output, preprocess }: EncoderDefinition,
  graph: string,
): Promise<number> {
  const { width, height } = inputSize(preprocess);
  const feeds: Record<string, Tensor> = {
    [input.name]: { dims: [1, 3, height, width], data: testPicture(3 * width * height) },
  };
  if (input.noise !== undefined) {
    const { length } = input.noise;
    feeds[input.noise.name] = { dims: [1, length], data: testPicture(length) };
  }
  let data: Tensor['data'] | undefined;
  try {
    const session = await Session.load(graph);
    try {
      data = (await session.run(feeds, [output.name]))[output.name]?.data;
    } finally {
      await session.release();
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemblanceError('ENCODER_FAILED', why, { subject: name, cause });
  }
  if (data instanceof Float32Array && data.every(Number.isFinite)) return data.length;
  throw new SemblanceError('ENCODER_FAILED', 'The embedding has a value that is no number.', {
    subject: name,
  });
}

/**
 * Loads an encoder and encodes: the pictures of a golden, whose embeddings it must give, or two test
 * pictures, whose embeddings must be finite, of the described length and not the same. A text tower must encode a text.
 *
 * @param options `golden`: folder with `input.safetensors` (`pixel_values`, preprocessed; `noise` where
 *   the encoder takes it) and `expected.safetensors` (`embedding`, or `embedding_as_published` when
 *   the encoder is `asPublished`)
 * @throws SemblanceError of loading and encoding, REQUEST_INVALID when the golden does not fit
 */
export async function verifyEncoder(
  definition: EncoderDefinition,
  {
    golden,
    asPublished = false,
    ...options
  }: { golden?: string | undefined; asPublished?: boolean } & LoadOptions = {},
): Promise<Verification> {
  if (definition.text !== undefined) {
    const tower = await TextTower.load(definition, options);
    await tower.encode(['chest x-ray']).finally(() => tower.release());
  }
  const encoder = await Encoder.load(definition, options);
  try {
    const { width, height } = inputSize(definition.preprocess);
    const size = 3 * width * height;
    const found = { encoder: encoder.name, fingerprint: encoder.fingerprint };
    if (golden === undefined) {
      const pictures = [testPicture(size, 0), testPicture(size, 1)];
      const [first, second] = await encoder.encode(pictures);
      if (first?.every((value, i) => value === second?.[i])) {
        throw new SemblanceError(
          'ENCODER_FAILED',
          'It gives the same embedding for different pictures.',
          { subject: encoder.name },
        );
      }
      return {
        ...found,
        pictures: pictures.length,
        difference: null,
        faithful: null,
        unknown: NOT_COMPARED,
      };
    }
    const pixels = readGolden(join(golden, 'input.safetensors'), 'pixel_values', size);
    const expected = readGolden(
      join(golden, 'expected.safetensors'),
      asPublished ? 'embedding_as_published' : 'embedding',
      encoder.dimension,
    );
    if (pixels.length !== expected.length) {
      throw new SemblanceError(
        'REQUEST_INVALID',
        'The golden has another number of outputs than inputs.',
        {
          subject: golden,
        },
      );
    }
    const { noise } = definition.input;
    const given = noise && readGolden(join(golden, 'input.safetensors'), 'noise', noise.length);
    const actual = await encoder.encode(pixels, { noise: given });
    let largest = 0;
    let apart = 0;
    expected.forEach((vector, i) => {
      vector.forEach((value, j) => {
        largest = Math.max(largest, Math.abs(value));
        apart = Math.max(apart, Math.abs(value - (actual[i]?.[j] as number)));
      });
    });
    const difference = apart / largest;
    return {
      ...found,
      pictures: pixels.length,
      difference,
      faithful: difference <= TOLERANCE,
      unknown: null,
    };
  } finally {
    await encoder.release();
  }
}

/** Rows of `size` values of a golden's tensor. */
function readGolden(file: string, name: string, size: number): Float32Array[] {
  const source = openSafetensors(file);
  try {
    const [count, ...rest] = source.info(name)?.shape ?? [];
    if (count === undefined || rest.reduce((product, n) => product * n, 1) !== size) {
      throw new SemblanceError(
        'REQUEST_INVALID',
        `It needs a tensor "${name}" with ${size} values for each picture.`,
        { subject: file },
      );
    }
    const values = source.floats(name);
    return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
  } finally {
    source.close();
  }
}

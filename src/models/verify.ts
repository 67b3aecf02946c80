import { join } from 'node:path';
import { openSafetensors } from '../checkpoints/safetensors.ts';
import type { EncoderDefinition } from '../encoders/definition.ts';
import { Encoder } from '../encoders/encoder.ts';
import { SemblanceError } from '../errors/error.ts';
import { inputSize } from '../preprocess/spec.ts';

/** Largest absolute difference, over the largest absolute expected value, that counts as faithful. */
export const TOLERANCE = 1e-4;

/** What a check of an encoder found. */
export interface Verification {
  encoder: string;
  fingerprint: string;
  /** Pictures that were encoded. */
  pictures: number;
  /** Difference to the golden, relative to its largest value; null without a golden. */
  difference: number | null;
  faithful: boolean;
}

/** A picture of numbers that differ from place to place, for a check without a golden. */
function testPicture(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 0.37));
}

/**
 * Loads an encoder and encodes: the pictures of a golden, whose embeddings it must give, or a test
 * picture, whose embedding must be finite and of the described length.
 *
 * @param golden folder with `input.safetensors` (`pixel_values`, preprocessed) and
 *   `expected.safetensors` (`embedding`)
 * @throws SemblanceError of loading and encoding, REQUEST_INVALID when the golden does not fit
 */
export async function verifyEncoder(
  definition: EncoderDefinition,
  golden?: string,
): Promise<Verification> {
  const encoder = await Encoder.load(definition);
  try {
    const { width, height } = inputSize(definition.preprocess);
    const size = 3 * width * height;
    const found = { encoder: encoder.name, fingerprint: encoder.fingerprint };
    if (golden === undefined) {
      await encoder.encode([testPicture(size)]);
      return { ...found, pictures: 1, difference: null, faithful: true };
    }
    const pixels = readGolden(join(golden, 'input.safetensors'), 'pixel_values', size);
    const expected = readGolden(
      join(golden, 'expected.safetensors'),
      'embedding',
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
    const actual = await encoder.encode(pixels);
    let largest = 0;
    let apart = 0;
    expected.forEach((vector, i) => {
      vector.forEach((value, j) => {
        largest = Math.max(largest, Math.abs(value));
        apart = Math.max(apart, Math.abs(value - (actual[i]?.[j] as number)));
      });
    });
    const difference = apart / largest;
    return { ...found, pictures: pixels.length, difference, faithful: difference <= TOLERANCE };
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

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { ApartSession } from '../../runtime/apart-session.ts';
import type { ProviderChoice } from '../../runtime/provider.ts';
import { type Graph, Session, type Tensor } from '../../runtime/session.ts';

/** How an encoder's graphs run. */
export interface LoadOptions {
  /** Threads of the runtime; by default every core that the process may use. */
  threads?: number | undefined;
  /** By default the processor. */
  provider?: ProviderChoice | undefined;
  /** Whether they run in a thread of their own, so that this one answers others meanwhile; by default not. */
  apart?: boolean | undefined;
}

/**
 * SHA-256 of a model file, together with the weights that lie beside it (`<file>.data`).
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE; ENCODER_INVALID when another was expected
 */
export async function hashModel(model: {
  file: string;
  sha256?: string | undefined;
}): Promise<string> {
  const hash = createHash('sha256');
  for (const part of [model.file, `${model.file}.data`]) {
    if (part !== model.file && !existsSync(part)) continue;
    try {
      for await (const chunk of createReadStream(part)) hash.update(chunk);
    } catch (error) {
      throw toSemblanceError(error, part);
    }
  }
  const sha256 = hash.digest('hex');
  if (model.sha256 !== undefined && model.sha256 !== sha256) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      `The model's SHA-256 is ${sha256}, its description says ${model.sha256}.`,
      { subject: model.file },
    );
  }
  return sha256;
}

/**
 * Loads a model, and checks that it has the described input and output.
 * @param encoder its name, for errors
 * @throws SemblanceError ENCODER_FAILED (the runtime refuses the model), ENCODER_INVALID (names)
 */
export async function openModel(
  model: string | Uint8Array,
  input: string,
  output: string,
  encoder: string,
  { threads, provider, apart }: LoadOptions,
): Promise<Graph> {
  const options = {
    ...(threads !== undefined && { threads }),
    ...(provider && { provider: await provider() }),
  };
  let session: Graph;
  try {
    session = await (apart ? ApartSession : Session).load(model, options);
  } catch (cause) {
    throw new SemblanceError('ENCODER_FAILED', 'The runtime cannot load the model.', {
      subject: encoder,
      cause,
    });
  }
  for (const [names, name] of [
    [session.inputNames, input],
    [session.outputNames, output],
  ] as const) {
    if (!names.includes(name)) {
      await session.release();
      throw new SemblanceError(
        'ENCODER_INVALID',
        `The model has no "${name}"; it has ${names.join(', ')}.`,
        { subject: encoder },
      );
    }
  }
  return session;
}

/**
 * Runs a model.
 * @param output name of the output, [count, dimension] (further axes of length 1 are allowed)
 * @param expected how many embeddings of which length, and the encoder's name for errors
 * @returns one embedding of `dimension` floats for each input
 * @throws SemblanceError ENCODER_FAILED when the model refuses the input, or gives another shape than
 *   described or a value that is not a finite number
 */
export async function runModel(
  session: Graph,
  feeds: Record<string, Tensor>,
  output: string,
  expected: { count: number; dimension: number; encoder: string },
): Promise<Float32Array[]> {
  const { count, dimension, encoder } = expected;
  let result: Tensor | undefined;
  try {
    result = (await session.run(feeds, [output]))[output];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemblanceError('ENCODER_FAILED', why, { subject: encoder, cause });
  }
  const data = result?.data;
  if (!(data instanceof Float32Array) || data.length !== count * dimension) {
    throw new SemblanceError(
      'ENCODER_FAILED',
      `The output is [${result?.dims}], described as [${count}, ${dimension}].`,
      { subject: encoder },
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const vector = data.slice(i * dimension, (i + 1) * dimension);
    if (!vector.every(Number.isFinite)) {
      throw new SemblanceError('ENCODER_FAILED', 'The embedding has a value that is no number.', {
        subject: encoder,
      });
    }
    return vector;
  });
}

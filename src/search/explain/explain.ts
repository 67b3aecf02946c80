import { SemblanceError } from '../../domain/errors/error.ts';
import {
  DEFAULT_GRID,
  type Explanation,
  type Method,
  type PlaceMap,
} from '../../domain/explanation.ts';
import type { Encoder } from '../../encoding/encoders/encoder.ts';
import type { PictureSource } from '../../encoding/preprocess/picture.ts';
import type { PreprocessPool } from '../../encoding/preprocess/pool.ts';
import { inputSize, type PreprocessSpec } from '../../encoding/preprocess/spec.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';
import type { EmbeddingSpace } from '../embedding-space.ts';
import { EncoderSpace } from '../encoder-space.ts';
import { cosine } from '../near-duplicate.ts';
import { coverings } from './occlusion.ts';
import { emptyMap, filled } from './places.ts';
import { bestMatches } from './token-matches.ts';

/** Pictures that are encoded at a time, between two looks at the signal. */
const BATCH = 16;

/** How to explain. */
export interface ExplainOptions {
  /** By default tokens where the encoder has them, else occlusion. */
  method?: Method | undefined;
  /** Covered places of a side of a picture. */
  grid?: number | undefined;
  /** Called with the covered pictures that were encoded, and all of them. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the work. */
  signal?: AbortSignal | undefined;
}

/** A picture as an encoder takes it. */
interface Side {
  /** Of the whole picture, in its pixels. */
  width: number;
  height: number;
  /** The encoder's input. */
  input: Float32Array;
}

/** Prepares the two pictures for an encoder. */
export type ReadPictures = (spec: PreprocessSpec) => Promise<{ query: Side; result: Side }>;

/**
 * Has a pool prepare the two pictures.
 * @throws SemblanceError of `PreprocessPool.prepare`; the signal's reason
 */
export function preparedBy(
  pool: PreprocessPool,
  query: PictureSource,
  result: PictureSource,
  signal?: AbortSignal,
): ReadPictures {
  return async (spec) => {
    const side = async (source: PictureSource): Promise<Side> => {
      const { picture } = await pool.prepare(source, [spec], { signal });
      const { width, height, tensors } = picture;
      return { width, height, input: tensors[0] as Float32Array };
    };
    // One after the other, so that an error is always that of the first.
    return { query: await side(query), result: await side(result) };
  };
}

/**
 * Maps of where two pictures are alike to an encoder.
 * @throws SemblanceError REQUEST_INVALID (several encoders; tokens of an encoder without them), and those
 *   of loading and running the encoder; the signal's reason when it was aborted
 */
export async function explain(
  space: EmbeddingSpace,
  read: ReadPictures,
  options: ExplainOptions = {},
): Promise<Explanation> {
  if (!(space instanceof EncoderSpace)) {
    throw new SemblanceError('REQUEST_INVALID', 'Name one encoder: fused ones have no map.');
  }
  const { grid = DEFAULT_GRID, signal } = options;
  const encoder = await untilAborted(space.loaded(), signal);
  const { query, result } = await read(encoder.preprocess);
  const [a, b] = (await encoder.encode([query.input, result.input], { signal })) as [
    Float32Array,
    Float32Array,
  ];
  const found = { encoder: space.name, similarity: cosine(a, b) };
  const features =
    options.method === 'occlusion' ? undefined : await untilAborted(space.patchFeatures(), signal);
  if (features !== undefined) {
    const [left, right] = await Promise.all(
      [query, result].map(async (side) => {
        const tokens = await features.encode(side.input, signal);
        return { tokens, map: emptyMap(side, encoder.preprocess, tokens.rows, tokens.columns) };
      }),
    );
    const best = await untilAborted(bestMatches(left as Tokens, right as Tokens), signal);
    return {
      ...found,
      method: 'tokens',
      query: filled((left as Tokens).map, best.query),
      result: filled((right as Tokens).map, best.result),
    };
  }
  if (options.method === 'tokens') {
    throw new SemblanceError(
      'REQUEST_INVALID',
      'It has no tokens in this collection; occlusion works with every encoder.',
      { subject: space.name },
    );
  }
  const [left, right] = [query, result].map((side) =>
    emptyMap(side, encoder.preprocess, grid, grid),
  ) as [PlaceMap, PlaceMap];
  const total = [...left.values, ...right.values].filter((value) => value !== null).length;
  let done = 0;
  const losses = async (side: Side, map: PlaceMap, other: Float32Array) => {
    const values: number[] = [];
    for await (const vector of encodeAll(
      encoder,
      coverings(side.input, inputSize(encoder.preprocess), map),
      signal,
    )) {
      values.push(found.similarity - cosine(vector, other));
      done += 1;
      options.onProgress?.(done, total);
    }
    return filled(map, values);
  };
  return {
    ...found,
    method: 'occlusion',
    query: await losses(query, left, b),
    result: await losses(result, right, a),
  };
}

type Tokens = Parameters<typeof bestMatches>[0];

/** Embeddings of pictures, some at a time. */
async function* encodeAll(
  encoder: Encoder,
  pictures: Iterable<Float32Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Float32Array> {
  let batch: Float32Array[] = [];
  for (const picture of pictures) {
    batch.push(picture);
    if (batch.length < BATCH) continue;
    yield* await encoder.encode(batch, { signal });
    batch = [];
  }
  yield* await encoder.encode(batch, { signal });
}

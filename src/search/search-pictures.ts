import { setMaxListeners } from 'node:events';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { BATCH, inBatches } from '../encoding/encoders/in-batches.ts';
import type { SearchAnswer } from './search-answer.ts';
import type { Searcher, SearchRequest } from './searcher.ts';

/** A picture that is read, or why it could not be. */
type Read = Awaited<ReturnType<Searcher['pictures']['prepare']>> | SemblanceError;

/** Pictures that are read ahead of the encoder: what is in memory. */
const AHEAD = 2 * BATCH;

/** A picture's own bytes are of no use any more when it is encoded. */
const ENCODED = new Uint8Array(0);

/**
 * Searches with each of many pictures alone: processes read the next ones while a batch is encoded and compared. One
 * that cannot be read or encoded ends nothing.
 * @param files absolute paths
 * @param take is told what the pictures came to, batch by batch and in their order
 * @throws SemblanceError of the collection and of the request, ENCODER_FAILED when the encoder takes none of several
 *   pictures, and what `take` throws; the signal's reason
 */
export async function searchPictures(
  searcher: Searcher,
  files: readonly string[],
  request: SearchRequest,
  take: (found: (SearchAnswer | SemblanceError)[]) => Promise<void> | void,
): Promise<void> {
  const { space, pictures } = searcher;
  const { signal } = request;
  // Every picture that is read ahead listens to it.
  const stop = signal && AbortSignal.any([signal]);
  if (stop) setMaxListeners(0, stop);
  const read = (path: string): Promise<Read> =>
    pictures.prepare({ path }, space.prepare(), { signal: stop }).catch((error) => {
      signal?.throwIfAborted();
      return toSemblanceError(error, path);
    });
  const searchBatch = async (batch: Read[]) => {
    const start = performance.now();
    const tensors = batch.flatMap((one) =>
      one instanceof SemblanceError ? [] : [one.picture.tensors],
    );
    const vectors = await encodeTogether(searcher, tensors);
    const encode = (performance.now() - start) / Math.max(1, tensors.length);
    let next = 0;
    const placed = batch.map((one) => (one instanceof SemblanceError ? one : vectors[next++]));
    const queries = batch.flatMap((one, i) => {
      const vector = placed[i];
      if (one instanceof SemblanceError || !(vector instanceof Float32Array)) return [];
      const { contentHash: content, picture } = one;
      const { perceptualHash: hash = null } = picture;
      return [[{ part: { kind: 'picture', bytes: ENCODED }, vector, content, hash } as const]];
    });
    const answers = queries.length === 0 ? [] : await searcher.searchEach(queries, request, encode);
    let answered = 0;
    const found = placed.map((one) =>
      one instanceof Float32Array ? (answers[answered++] as SearchAnswer) : (one as SemblanceError),
    );
    await take(found);
  };
  await inBatches(files, read, searchBatch, { ahead: AHEAD });
}

/** As `encodePictures`; the error of a single picture is its own. */
async function encodeTogether(
  { space }: Searcher,
  pictures: readonly (readonly Float32Array[])[],
): Promise<(Float32Array | SemblanceError)[]> {
  if (pictures.length === 0) return [];
  try {
    return await space.encodePictures(pictures);
  } catch (error) {
    const { code, message } = toSemblanceError(error);
    if (pictures.length > 1 || code !== 'ENCODER_FAILED') throw error;
    return [new SemblanceError(code, message, { cause: error })];
  }
}

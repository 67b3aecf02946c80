import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { chosenFrames, parseFrames } from '../domain/frames.ts';
import type { Level, UnitLevel } from '../domain/levels.ts';
import type { QueryPart } from '../domain/query.ts';
import type { Filter } from '../domain/search-language/filter.ts';
import type { PictureSource } from '../encoding/preprocess/picture.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { Slices } from '../runtime/slices.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Selected } from '../store/columns/descriptions.ts';
import { frameName } from '../store/content-name.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import {
  contentKey,
  type EmbeddedPart,
  type EncodedPart,
  encodePart,
  placePart,
} from './embed-part.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { findUnits, type Unit } from './late-interaction.ts';
import { excludedImages, isNearDuplicate, mayBeFound, unknownLevels } from './own-images.ts';
import type { FrameEmbedding } from './query-embeddings.ts';
import type { RankRequest } from './rank.ts';
import { answerPart, type SearchAnswer } from './search-answer.ts';

/** So many frames can be searched with at once. */
const MOST_FRAMES = 1000;

/** What is asked. */
interface UnitRequest extends RankRequest {
  level: UnitLevel;
  filter?: Filter;
  exclude?: readonly Level[] | undefined;
  feedback?: string | undefined;
  instancesOnly?: boolean | undefined;
}

/** A frame of the query; of an image and all of its own these are found in the state that is searched. */
interface QueryFrame {
  /** Which part it belongs to. */
  at: number;
  encoded: EncodedPart;
  frame: number | null;
  name: string | null;
}

/** A frame of the query as it is compared. */
interface PlacedFrame extends Omit<QueryFrame, 'encoded'> {
  placed: EmbeddedPart;
}

/**
 * The series or studies whose images are most similar to the frames of a query (see `findUnits`). Those that have an
 * image of the query are left out. An image without a series or study stands for itself.
 * @param parts what is searched with, each with all of its frames alike
 * @throws SemblanceError REQUEST_INVALID (marks, weights, groups, diversity; a folder of several series; too many
 *   frames; an image whose series is not known), FRAMES_INVALID, and as `Searcher.search`
 */
export async function searchUnits(
  store: CollectionStore,
  space: EmbeddingSpace,
  pictures: PreprocessPool,
  parts: readonly QueryPart[],
  request: UnitRequest,
): Promise<SearchAnswer> {
  requireFrames(parts, request);
  const { level, k, signal, filter = [] } = request;
  const start = performance.now();
  const notes: string[] = [];
  const frames: QueryFrame[] = [];
  for (const [at, part] of parts.entries()) {
    const found =
      part.kind === 'folder' || (part.kind === 'picture' && !isOneFrame(part))
        ? await encodeFrames(part, level, space, pictures, notes, signal)
        : [{ encoded: await encodePart(part, store, space, pictures, signal), ...ofPart(part) }];
    frames.push(...found.map((each) => ({ at, ...each })));
    requireFew(frames.length);
  }
  const begun = performance.now();
  const searched = async (state: ReadableCollection, filtered: Selected): Promise<SearchAnswer> => {
    const { allowed, notes: ofFilter } = mayBeFound(state, request, filtered);
    const slices = new Slices(signal);
    const said = [...ofFilter, ...notes];
    const placed: PlacedFrame[] = [];
    for (const frame of frames) {
      placed.push(...(await placeFrame(frame, state, space, said, slices)));
      requireFew(placed.length);
      if (slices.over()) await slices.pause();
    }
    const asked = placed.map((each) => each.placed);
    said.push(...unknownLevels(state, parts, request.exclude ?? []));
    const excluded = await excludedImages(
      state,
      asked,
      [...new Set([level, ...(request.exclude ?? [])])],
      slices,
    );
    const membersOf = (id: number) => {
      const same = state.images.idsOfSame(level, id);
      return same.length === 0 ? [id] : same;
    };
    const vectors = asked.map(({ vector }) => vector);
    const { candidates, units, size } = await space.withIndex(
      state,
      async (index) => ({
        ...(await findUnits(index, vectors, k, membersOf, { allowed, excluded, signal })),
        size: index.size,
      }),
      signal,
    );
    const ids = new Set(asked.map(({ part }) => (part.kind === 'image' ? part.id : 0)));
    const first = asked.find(({ images }) => images.length > 0)?.images[0];
    return {
      level,
      query: first === undefined ? null : state.images.get(first),
      parts: parts.map((part, i) =>
        answerPart(part, placed.filter(({ at }) => at === i).length / placed.length),
      ),
      queryFrames: placed.map(({ at, frame, name, placed: { part } }) => ({
        ...{ part: at, frame, name },
        image: part.kind === 'image' ? part.id : null,
      })),
      feedback: null,
      texts: frames.flatMap(({ encoded }) => encoded.text ?? []),
      candidates,
      missingEmbeddings: state.images.count() - size,
      copies: firstOfEach(
        asked.flatMap(({ images }) => images).filter((id) => !ids.has(id)),
        membersOf,
      ).map((id) => state.images.get(id)),
      calibration: null,
      verdict: null,
      notes: said,
      neighbours: await slices.map(units, (unit, i) =>
        answerUnit(unit, i + 1, level, state, (id) => isNearDuplicate(state, space, id, asked)),
      ),
      milliseconds: { encode: begun - start, search: performance.now() - begun },
    };
  };
  return store.descriptions.selecting(filter, searched, signal);
}

/** Refuses what has no meaning for series and studies. */
function requireFrames(
  parts: readonly QueryPart[],
  { groupBy, diversify, feedback, level }: UnitRequest,
): void {
  const wrong = [
    ...(parts.length === 0 ? ['nothing to look like'] : []),
    ...(parts.some(({ role = 'query' }) => role !== 'query') ? ['marks of results'] : []),
    ...(parts.some(({ weight = 1 }) => weight !== 1) ? ['weights'] : []),
    ...(groupBy === undefined ? [] : ['groups']),
    ...(diversify === undefined ? [] : ['diversity']),
    ...(feedback === undefined || feedback === 'rocchio' ? [] : ['a model of marks']),
    ...(parts.some((part) => 'frames' in part && part.frames !== undefined && isOneFrame(part))
      ? ['choice among the frames of one']
      : []),
    ...(parts.some(
      (part) => 'frames' in part && part.frames && parseFrames(part.frames).kind === 'key',
    )
      ? ['choice of key images']
      : []),
    ...(parts.some((part) => 'whole' in part && part.whole && part.region)
      ? ['region of many images']
      : []),
  ];
  if (wrong.length === 0) return;
  const why = `A search at the level of ${level} takes no ${wrong.join(', no ')}.`;
  throw new SemblanceError('REQUEST_INVALID', why.replace('no nothing', 'nothing'));
}

/** Whether a part is one frame, whatever else there is in its file or series. */
function isOneFrame(part: QueryPart): boolean {
  if (part.kind === 'image') return part.whole === undefined;
  return part.kind === 'picture' && (part.frame ?? part.region) !== undefined;
}

/** The first image of each unit. */
function firstOfEach(
  ids: readonly number[],
  membersOf: (id: number) => readonly number[],
): number[] {
  const seen = new Set<number>();
  return ids.filter((id) => {
    if (seen.has(id)) return false;
    for (const member of membersOf(id)) seen.add(member);
    return true;
  });
}

function requireFew(count: number): void {
  if (count <= MOST_FRAMES) return;
  throw new SemblanceError(
    'REQUEST_INVALID',
    `The query has more than ${MOST_FRAMES} frames: choose some of them, for instance every:10.`,
  );
}

function ofPart(part: QueryPart): Pick<QueryFrame, 'frame' | 'name'> {
  return { frame: part.kind === 'picture' ? (part.frame ?? 1) : null, name: null };
}

/** The chosen frames of a file, or of the files of a folder, in their spatial order. */
async function encodeFrames(
  part: Extract<QueryPart, { kind: 'picture' | 'folder' }>,
  level: UnitLevel,
  space: EmbeddingSpace,
  pictures: PreprocessPool,
  notes: string[],
  signal: AbortSignal | undefined,
): Promise<Omit<QueryFrame, 'at'>[]> {
  const choice = part.frames ?? 'all';
  const chosen = parseFrames(choice);
  if (part.kind === 'picture') {
    const frames = await framesOf(part, choice, space, pictures, signal);
    return frames.map((each) => toFrame(part, each, null));
  }
  notes.push(...part.notes);
  const found: { name: string; frame: FrameEmbedding }[] = [];
  const failures: SemblanceError[] = [];
  for (const { path, name } of part.files) {
    try {
      const frames = await framesOf({ path }, 'all', space, pictures, signal);
      found.push(...frames.map((frame) => ({ name, frame })));
    } catch (error) {
      signal?.throwIfAborted();
      const { code, message } = toSemblanceError(error);
      failures.push(new SemblanceError(code, message, { subject: name, cause: error }));
    }
  }
  const [failure] = failures;
  if (failure !== undefined) {
    if (found.length === 0) throw failure;
    notes.push(
      `${failures.length} files of the folder are not searched with (${failure.subject}: ${failure.message}).`,
    );
  }
  const names = new Set(found.map(({ frame }) => frame.uids[level]));
  if (names.size > 1) {
    const many = level === 'series' ? 'series' : 'studies';
    throw new SemblanceError(
      'REQUEST_INVALID',
      `The folder has ${names.size} ${many}, and one can be searched with.`,
    );
  }
  found.sort((a, b) => inSpace(a.frame, b.frame) || (a.name < b.name ? -1 : 1));
  return chosenFrames(chosen, found.length).map((number) => {
    const { name, frame } = found[number - 1] as (typeof found)[number];
    return toFrame(part, frame, name);
  });
}

function toFrame(part: QueryPart, each: FrameEmbedding, name: string | null) {
  const { vector, content, hash, frame } = each;
  return { encoded: { part, vector, content, hash }, frame, name };
}

/** By position, then by number; those whose position is not known come last. */
function inSpace(a: FrameEmbedding, b: FrameEmbedding): number {
  const place = ({ position }: FrameEmbedding) => position ?? Number.POSITIVE_INFINITY;
  const [one, other] = [place(a), place(b)];
  return one === other ? a.frame - b.frame : one - other;
}

/** The chosen pictures of a file, encoded unless they were just before. */
async function framesOf(
  source: PictureSource,
  frames: string,
  space: EmbeddingSpace,
  pictures: PreprocessPool,
  signal: AbortSignal | undefined,
): Promise<readonly FrameEmbedding[]> {
  const encode = async (stop: AbortSignal) => {
    const found: FrameEmbedding[] = [];
    for (let after = 0, more = 1; more > 0; ) {
      const read = await pictures.run(source, space.prepare(), { frames, after, signal: stop });
      requireFew(read.pictures.length + read.more);
      const vectors = await space.encodePictures(read.pictures.map(({ tensors }) => tensors));
      for (const [i, { frame, perceptualHash, position }] of read.pictures.entries()) {
        const vector = vectors[i] as Float32Array | SemblanceError;
        if (vector instanceof SemblanceError) throw vector;
        const { SeriesInstanceUID: series, StudyInstanceUID: study } = read.facts?.identity ?? {};
        found.push({
          ...{ vector, frame, position: position ?? null, hash: perceptualHash ?? null },
          content: frameName(read.contentHash, frame),
          uids: { ...(series && { series }), ...(study && { study }) },
        });
      }
      after = found.at(-1)?.frame ?? 0;
      more = read.more;
    }
    return { vector: new Float32Array(0), frames: found.sort(inSpace) };
  };
  const key = `${await contentKey(source, pictures.objects)} of ${frames}`;
  return (await space.queries.get(key, encode, signal)).frames ?? [];
}

/** A frame of the query in a state of the collection; with all images of its series or study, each of them. */
async function placeFrame(
  { at, encoded, frame, name }: QueryFrame,
  state: ReadableCollection,
  space: EmbeddingSpace,
  notes: string[],
  slices: Slices,
): Promise<PlacedFrame[]> {
  const { part } = encoded;
  if (part.kind !== 'image') return [{ at, frame, name, placed: placePart(encoded, state, space) }];
  const { whole, id, frames = 'all' } = part;
  if (whole === undefined) {
    const placed = placePart(encoded, state, space);
    return [{ at, frame: state.images.get(id).frame, name, placed }];
  }
  const ids = state.images.inSpace(state.images.idsOfSame(whole, id));
  if (ids.length === 0) {
    state.images.get(id);
    throw new SemblanceError('REQUEST_INVALID', `The ${whole} of image ${id} is not known.`);
  }
  const chosen = chosenFrames(parseFrames(frames), ids.length).map((n) => ids[n - 1] as number);
  requireFew(chosen.length);
  const all = await slices.map(chosen, (each): PlacedFrame | undefined => {
    const vector = embeddingIfAny(space, state, each);
    if (vector === undefined) return undefined;
    const placed = placePart({ part: { kind: 'image', id: each }, vector }, state, space);
    return { at, frame: state.images.get(each).frame, name, placed };
  });
  const found = all.filter((each) => each !== undefined);
  const lacking = chosen.length - found.length;
  if (found.length === 0) {
    throw new SemblanceError('COLLECTION_EMPTY', 'No image searched with has an embedding here.');
  }
  if (lacking > 0) {
    notes.push(`${lacking} images of the ${whole} have no embedding and are not searched with.`);
  }
  return found;
}

function embeddingIfAny(
  space: EmbeddingSpace,
  state: ReadableCollection,
  id: number,
): Float32Array | undefined {
  try {
    return space.embeddingOf(state, id);
  } catch (error) {
    if (error instanceof SemblanceError && error.code === 'COLLECTION_EMPTY') return undefined;
    throw error;
  }
}

function answerUnit(
  { score, matches, images }: Unit,
  rank: number,
  level: UnitLevel,
  state: ReadableCollection,
  isDuplicate: (id: number) => boolean,
): SearchAnswer['neighbours'][number] {
  const best = matches.reduce((one, other) => (other.similarity > one.similarity ? other : one));
  const known = state.images.levelOf(level, best.id);
  const frames = new Map(
    state.images.some(matches.map(({ id }) => id)).map((i) => [i.id, i.frame]),
  );
  return {
    ...{ rank, similarity: score, image: state.images.get(best.id) },
    nearDuplicate: isDuplicate(best.id),
    group: known && { level, name: known.name, more: images - 1 },
    matches: matches.map(({ id, similarity }, query) => ({
      ...{ query, image: id, frame: frames.get(id) as number, similarity },
    })),
  };
}

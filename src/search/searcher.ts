import type { Answer } from '../contract/shapes.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { Level } from '../domain/levels.ts';
import {
  combine,
  effectiveWeights,
  type FeedbackMethod,
  type QueryPart,
  type Role,
} from '../domain/query.ts';
import type { Filter } from '../domain/search-language/filter.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import { Slices } from '../runtime/slices.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Selected } from '../store/columns/descriptions.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import type { ImageRecord } from '../store/records.ts';
import { Calibrator } from './calibration/calibrator.ts';
import { type EmbeddedPart, type EncodedPart, encodePart, placePart } from './embed-part.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { fitDirection } from './logistic.ts';
import { areNearDuplicates, cosine, hammingDistance } from './near-duplicate.ts';
import { type RankRequest, rank } from './rank.ts';

/** What is asked. */
export interface SearchRequest extends RankRequest {
  filter?: Filter;
  /** Leave out every image of the patients, studies or series of the query's images. */
  exclude?: readonly Level[] | undefined;
  /** By default `rocchio`; `logistic` ranks by a model fitted to the marks. */
  feedback?: FeedbackMethod | undefined;
  /** Ends the search. */
  signal?: AbortSignal | undefined;
}

/** One result, in the contract's shape, with the record of its image. */
interface Neighbour extends Omit<Answer['neighbours'][number], 'image'> {
  image: ImageRecord;
}

/** What is answered, in the contract's shape, with the records of its images. */
export interface SearchAnswer extends Omit<Answer, 'encoder' | 'query' | 'copies' | 'neighbours'> {
  query: ImageRecord | null;
  copies: ImageRecord[];
  neighbours: Neighbour[];
}

/** Searches one collection in one embedding space. */
export class Searcher {
  private readonly calibrator: Calibrator;

  constructor(
    private readonly store: CollectionStore,
    readonly space: EmbeddingSpace,
    readonly pictures: PreprocessPool,
  ) {
    this.calibrator = new Calibrator(space);
  }

  /**
   * Neighbours of a query. Images of the same content as one of its pictures are left out.
   * @param parts one or more; of several, the weighted sum of their embeddings is searched with
   * @throws SemblanceError REQUEST_INVALID (nothing to look like, an empty text, a region outside
   *   of its picture), TEXT_NOT_SUPPORTED, IMAGE_NOT_FOUND, COLLECTION_EMPTY (an image has no
   *   embedding of this encoder), and those of decoding and encoding; the signal's reason when it was
   *   aborted
   */
  async search(parts: readonly QueryPart[], request: SearchRequest): Promise<SearchAnswer> {
    // What cannot be searched with is not encoded.
    effectiveWeights(parts);
    const { signal } = request;
    const start = performance.now();
    const encoded: EncodedPart[] = [];
    for (const part of parts) {
      encoded.push(await encodePart(part, this.store, this.space, this.pictures, signal));
    }
    return this.searchEncoded(encoded, request, performance.now() - start);
  }

  /**
   * Neighbours of a query whose models have run.
   * @param encode milliseconds that they took
   * @throws SemblanceError as `search`, but those of decoding and encoding
   */
  async searchEncoded(
    encoded: readonly EncodedPart[],
    request: SearchRequest,
    encode: number,
  ): Promise<SearchAnswer> {
    const parts = encoded.map(({ part }) => part);
    const weights = effectiveWeights(parts);
    const { signal } = request;
    const begun = performance.now();
    // From here on all is read of one state, so that no neighbour can be gone or changed in between.
    const filter = request.filter ?? [];
    const searched = async (state: ReadableCollection, { allowed, notes }: Selected) => {
      const slices = new Slices(signal);
      const placed = await slices.map(encoded, (each) => placePart(each, state, this.space));
      const method = request.feedback ?? 'rocchio';
      const sum = combine(placed.map((each, i) => ({ ...each, weight: weights[i] as number })));
      const vector = method === 'logistic' ? await modelDirection(placed, sum, signal) : sum;
      const options = {
        allowed,
        excluded: await excludedImages(state, placed, request.exclude ?? [], slices),
      };
      const { candidates, hits, groups, size } = await this.space.withIndex(
        state,
        async (index) => ({
          ...(await rank(state, this.space, index, vector, request, options)),
          size: index.size,
        }),
        signal,
      );
      signal?.throwIfAborted();
      const assessment = isOnePicture(parts)
        ? await this.calibrator.assess(state, vector, placed[0]?.images ?? [], signal)
        : null;
      const asked = placed.filter(({ part }) => (part.role ?? 'query') === 'query');
      const named = new Set(parts.map((part) => (part.kind === 'image' ? part.id : 0)));
      const copies = new Set(asked.flatMap(({ images }) => images));
      const first = asked.find(({ images }) => images.length > 0)?.images[0];
      return {
        query: first === undefined ? null : state.images.get(first),
        parts: parts.map((part, i) => answerPart(part, weights[i] as number)),
        feedback: feedbackOf(parts, method),
        texts: encoded.flatMap(({ text }) => text ?? []),
        candidates,
        missingEmbeddings: state.images.count() - size,
        copies: [...copies].filter((id) => !named.has(id)).map((id) => state.images.get(id)),
        calibration: assessment?.calibration ?? null,
        verdict: assessment?.verdict ?? null,
        notes: [...notes, ...unknownLevels(state, placed, request.exclude ?? [])],
        neighbours: await slices.map(hits, ({ id, similarity }, i) => {
          const image = state.images.get(id);
          const probability = assessment?.probabilityOf(image, similarity);
          return {
            rank: i + 1,
            similarity,
            ...(probability === undefined ? {} : { probability }),
            image,
            nearDuplicate: this.isNearDuplicate(state, id, asked),
            group: groups.get(id) ?? null,
          };
        }),
        milliseconds: { encode, search: performance.now() - begun },
      };
    };
    return this.store.descriptions.selecting(filter, searched, signal);
  }

  /** Frees the models and the index. */
  release(): Promise<void> {
    return this.space.release();
  }

  private isNearDuplicate(
    state: ReadableCollection,
    id: number,
    asked: readonly EmbeddedPart[],
  ): boolean {
    const hash = state.images.perceptualHash(id);
    if (hash === null) return false;
    return asked.some(
      (each) =>
        each.hash !== null &&
        areNearDuplicates(hammingDistance(hash, each.hash), () =>
          cosine(this.space.embeddingOf(state, id), each.vector),
        ),
    );
  }
}

/** Whether a query is one of those that are calibrated: one whole picture. */
function isOnePicture(parts: readonly QueryPart[]): boolean {
  const [part, ...others] = parts;
  return (
    others.length === 0 &&
    part !== undefined &&
    part.kind !== 'text' &&
    part.region === undefined &&
    (part.role ?? 'query') === 'query'
  );
}

/** The images of the query itself, and those of its patients, studies or series. */
async function excludedImages(
  state: ReadableCollection,
  parts: readonly EmbeddedPart[],
  levels: readonly Level[],
  slices: Slices,
): Promise<Set<number>> {
  const excluded = new Set(parts.flatMap(({ images }) => images));
  for (const { part, images } of parts) {
    if (part.role === 'less') continue;
    for (const id of images) {
      for (const level of levels) {
        for (const other of state.images.idsOfSame(level, id)) excluded.add(other);
        if (slices.over()) await slices.pause();
      }
    }
  }
  return excluded;
}

/** The images searched with whose patient, study or series is not known, so that nobody's are left out. */
function unknownLevels(
  state: ReadableCollection,
  parts: readonly EmbeddedPart[],
  levels: readonly Level[],
): string[] {
  const named = parts.flatMap(({ part }) =>
    part.kind === 'image' && part.role !== 'less' ? [part.id] : [],
  );
  return levels.flatMap((level) => {
    const unknown = named.filter((id) => state.images.levelOf(level, id) === null);
    return unknown.length === 0
      ? []
      : [
          `The ${level} of image ${unknown.join(', ')} is not known: no other image is left out for it.`,
        ];
  });
}

function answerPart(part: QueryPart, weight: number): SearchAnswer['parts'][number] {
  return {
    kind: part.kind,
    id: part.kind === 'image' ? part.id : null,
    text: part.kind === 'text' ? part.text : null,
    region: (part.kind !== 'text' && part.region) || null,
    role: part.role ?? 'query',
    weight,
  };
}

/** The direction of a model that tells the examples from the counterexamples. */
function modelDirection(
  parts: readonly EmbeddedPart[],
  sum: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const counter = parts.filter(({ part }) => part.role === 'less').length;
  if (counter === 0 || parts.some(({ part }) => part.kind === 'text')) {
    throw new SemblanceError(
      'REQUEST_INVALID',
      'A logistic model needs pictures alone, of them one at least that is marked as irrelevant.',
    );
  }
  return fitDirection(
    parts.map(({ vector, part }) => ({ vector, relevant: part.role !== 'less' })),
    sum,
    signal,
  );
}

function feedbackOf(parts: readonly QueryPart[], method: FeedbackMethod): SearchAnswer['feedback'] {
  const count = (...roles: Role[]) =>
    parts.filter(({ role = 'query' }) => roles.includes(role)).length;
  const irrelevant = count('less');
  // The model learns from the query's own pictures, too.
  const relevant = method === 'logistic' ? count('query', 'more') : count('more');
  return relevant + irrelevant === 0 || count('more', 'less') === 0
    ? null
    : { method, relevant, irrelevant };
}

import { SemblanceError } from '../domain/errors/error.ts';
import type { Level, SearchLevel } from '../domain/levels.ts';
import {
  combine,
  effectiveWeights,
  type FeedbackMethod,
  type QueryPart,
  type Role,
} from '../domain/query.ts';
import type { Filter } from '../domain/search-language/filter.ts';
import type { PreprocessPool } from '../encoding/preprocess/pool.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import { Slices } from '../runtime/slices.ts';
import type { CollectionStore } from '../store/collection-store.ts';
import type { Selected } from '../store/columns/descriptions.ts';
import type { ReadableCollection } from '../store/readable-collection.ts';
import { Calibrator } from './calibration/calibrator.ts';
import { type EmbeddedPart, type EncodedPart, encodePart, placePart } from './embed-part.ts';
import type { EmbeddingSpace } from './embedding-space.ts';
import { fitDirection } from './logistic.ts';
import { excludedImages, isNearDuplicate, mayBeFound, unknownLevels } from './own-images.ts';
import { type RankRequest, rank } from './rank.ts';
import { answerPart, type SearchAnswer } from './search-answer.ts';
import { searchUnits } from './search-units.ts';
import { SearchedTogether } from './searched-together.ts';

/** What is asked. */
export interface SearchRequest extends RankRequest {
  /** What is found, by default images. */
  level?: SearchLevel | undefined;
  filter?: Filter;
  /** Leave out every image of the patients, studies or series of the query's images. */
  exclude?: readonly Level[] | undefined;
  /** Leave out every image that is not known to be of a SOP instance of DICOM. */
  instancesOnly?: boolean | undefined;
  /** By default `rocchio`; `logistic` ranks by a model fitted to the marks. */
  feedback?: FeedbackMethod | undefined;
  /** Ends the search. */
  signal?: AbortSignal | undefined;
}

/** A query in a state of the collection. */
interface PlacedQuery {
  encoded: readonly EncodedPart[];
  weights: readonly number[];
  placed: readonly EmbeddedPart[];
  /** What is searched with. */
  vector: Float32Array;
  /** Images that it must not find. */
  excluded: ReadonlySet<number>;
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
   *   aborted; for series and studies see `searchUnits`
   */
  async search(parts: readonly QueryPart[], request: SearchRequest): Promise<SearchAnswer> {
    const { level = 'image', signal } = request;
    if (level !== 'image') {
      return searchUnits(this.store, this.space, this.pictures, parts, { ...request, level });
    }
    if (
      parts.some(
        (part) =>
          part.kind === 'folder' ||
          ('whole' in part && part.whole) ||
          ('frames' in part && part.frames),
      )
    ) {
      throw new SemblanceError(
        'REQUEST_INVALID',
        'Several frames can be searched with where series or studies are searched for.',
      );
    }
    // What cannot be searched with is not encoded.
    effectiveWeights(parts);
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
    const [answer] = await this.searchEach([encoded], request, encode);
    return answer as SearchAnswer;
  }

  /**
   * Neighbours of each of several queries, each alone, of one state of the collection.
   * @param encode milliseconds that the models of one took
   * @throws SemblanceError as `searchEncoded`
   */
  searchEach(
    queries: readonly (readonly EncodedPart[])[],
    request: SearchRequest,
    encode: number,
  ): Promise<SearchAnswer[]> {
    const { signal } = request;
    const weights = queries.map((parts) => effectiveWeights(parts.map(({ part }) => part)));
    const begun = performance.now();
    // From here on all is read of one state, so that no neighbour can be gone or changed in between.
    const searched = async (state: ReadableCollection, filtered: Selected) => {
      const selected = mayBeFound(state, request, filtered);
      const slices = new Slices(signal);
      const placed: PlacedQuery[] = [];
      for (const [i, encoded] of queries.entries()) {
        placed.push(await this.place(state, encoded, weights[i] as number[], request, slices));
      }
      return this.space.withIndex(
        state,
        async (index) => {
          const together = new SearchedTogether(
            index,
            placed.map(({ vector }) => vector),
            selected.allowed,
            (id) => this.space.isIndexed(state, id),
          );
          const answers: Omit<SearchAnswer, 'milliseconds'>[] = [];
          for (const query of placed) {
            answers.push(await this.answer(state, together, query, request, selected, slices));
          }
          return answers;
        },
        signal,
      );
    };
    return this.store.descriptions
      .selecting(request.filter ?? [], searched, signal)
      .then((answers) => {
        const search = (performance.now() - begun) / queries.length;
        return answers.map((answer) => ({ ...answer, milliseconds: { encode, search } }));
      });
  }

  /** Finds a query in a state of the collection. */
  private async place(
    state: ReadableCollection,
    encoded: readonly EncodedPart[],
    weights: readonly number[],
    { feedback: method = 'rocchio', exclude = [], signal }: SearchRequest,
    slices: Slices,
  ): Promise<PlacedQuery> {
    const placed = await slices.map(encoded, (each) => placePart(each, state, this.space));
    const sum = combine(placed.map((each, i) => ({ ...each, weight: weights[i] as number })));
    const vector = method === 'logistic' ? await modelDirection(placed, sum, signal) : sum;
    const excluded = await excludedImages(state, placed, exclude, slices);
    return { encoded, weights, placed, vector, excluded };
  }

  private async answer(
    state: ReadableCollection,
    index: VectorIndex,
    { encoded, weights, placed, vector, excluded }: PlacedQuery,
    request: SearchRequest,
    { allowed, notes }: Selected,
    slices: Slices,
  ): Promise<Omit<SearchAnswer, 'milliseconds'>> {
    const { signal } = request;
    const parts = encoded.map(({ part }) => part);
    const { candidates, hits, groups } = await rank(state, this.space, index, vector, request, {
      ...{ allowed, excluded },
    });
    signal?.throwIfAborted();
    const assessment = isOnePicture(parts)
      ? await this.calibrator.assess(state, index, vector, placed[0]?.images ?? [], signal)
      : null;
    const asked = placed.filter(({ part }) => (part.role ?? 'query') === 'query');
    const named = new Set(parts.map((part) => (part.kind === 'image' ? part.id : 0)));
    const copies = new Set(asked.flatMap(({ images }) => images));
    const first = asked.find(({ images }) => images.length > 0)?.images[0];
    return {
      query: first === undefined ? null : state.images.get(first),
      level: 'image',
      parts: parts.map((part, i) => answerPart(part, weights[i] as number)),
      queryFrames: [],
      feedback: feedbackOf(parts, request.feedback ?? 'rocchio'),
      texts: encoded.flatMap(({ text }) => text ?? []),
      candidates,
      missingEmbeddings: state.images.count() - index.size,
      copies: [...copies].filter((id) => !named.has(id)).map((id) => state.images.get(id)),
      calibration: assessment?.calibration ?? null,
      verdict: assessment?.verdict ?? null,
      notes: [...notes, ...unknownLevels(state, parts, request.exclude ?? [])],
      neighbours: await slices.map(hits, ({ id, similarity }, i) => {
        const image = state.images.get(id);
        const probability = assessment?.probabilityOf(image, similarity);
        return {
          rank: i + 1,
          similarity,
          ...(probability === undefined ? {} : { probability }),
          image,
          nearDuplicate: isNearDuplicate(state, this.space, id, asked),
          group: groups.get(id) ?? null,
        };
      }),
    };
  }

  /** Frees the models and the index. */
  release(): Promise<void> {
    return this.space.release();
  }
}

/** Whether a query is one of those that are calibrated: one whole picture. */
function isOnePicture(parts: readonly QueryPart[]): boolean {
  const [part, ...others] = parts;
  return (
    others.length === 0 &&
    part !== undefined &&
    (part.kind === 'picture' || part.kind === 'image') &&
    part.region === undefined &&
    (part.role ?? 'query') === 'query'
  );
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

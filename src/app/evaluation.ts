import type { Evaluation } from '../contract/evaluation.ts';
import { parseFilter } from '../domain/search-language/filter.ts';
import type { Call } from './call.ts';
import type { OpenCollections } from './open-collections.ts';
import { WholeCall } from './whole-call.ts';

/** What is measured on which images. */
export interface EvaluationRequest {
  collection: string;
  /** One, or several that are fused (A,B or A:0.3,B:0.7); by default that of the collection. */
  encoder?: string | undefined;
  /** Images to search in, as `field=value`; by default split=train. */
  index?: readonly string[];
  /** Images to search with; by default split=test. */
  queries?: readonly string[];
}

const KS = [1, 3, 5, 10];
/** Roughly what an image takes whose labels are read, a number of the index, and a query. */
const SECONDS = { image: 1e-5, number: 2e-8, query: 5e-5 };

/** Measures a collection by its own labels. */
export class EvaluationService {
  /** @internal */
  constructor(private readonly collections: OpenCollections) {}

  /**
   * Precision at 1, 3, 5 and 10.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND, REQUEST_INVALID
   */
  precision(call: Call, request: EvaluationRequest): Promise<Evaluation> {
    const { collection, encoder, index = [], queries = [] } = request;
    return this.collections.use(collection, async (opened) => {
      const { store } = opened;
      // A collection without splits is told so by the evaluation itself.
      const or = (terms: readonly string[], other: string) =>
        terms.length > 0 ? store.fields.filter(terms) : parseFilter([other]);
      const filters = { index: or(index, 'split=train'), queries: or(queries, 'split=test') };
      const { space } = await opened.searcher(encoder);
      const total = store.images.count();
      const whole = new WholeCall(call, {
        images: total * SECONDS.image,
        index: total * space.dimension * SECONDS.number,
        queries: total * SECONDS.query,
      });
      const options = {
        signal: call.signal,
        onImages: whole.counting('images', { unit: 'images', of: collection }),
        onIndex: whole.counting('index', { unit: 'step', of: 'index for the search' }),
        onProgress: whole.counting('queries', { unit: 'queries', of: collection }),
      };
      const { evaluate } = await import('../study/evaluation/evaluate.ts');
      return { collection, ...(await evaluate(store, space, filters, KS, options)) };
    });
  }
}

import type { Hit, VectorIndex } from '../index/vector-index.ts';
import type { LabelledRow } from '../store/labelled-rows.ts';

/** Neighbours fetched beyond those wanted, because some may be of the query's own patient. */
const OWN = 8;
/** Queries searched together. */
const BATCH = 256;

/** An image that is searched with. */
type Query = Pick<LabelledRow, 'patient'> & { vector: Float32Array };

/** The images among which those of other patients are searched. */
export class OtherPatients {
  private readonly allowed = new Set<number>();
  private readonly patientOf = new Map<number, string>();
  /** Images of the patients that have more than room is left for. */
  private readonly many = new Map<string, number[]>();

  /** @param among the images that may be found */
  constructor(
    private readonly index: VectorIndex,
    among: readonly LabelledRow[],
  ) {
    const counts = new Map<string, number>();
    for (const { id, patient } of among) {
      this.allowed.add(id);
      this.patientOf.set(id, patient);
      counts.set(patient, (counts.get(patient) ?? 0) + 1);
    }
    for (const { id, patient } of among) {
      if ((counts.get(patient) as number) <= OWN) continue;
      const own = this.many.get(patient);
      if (own) own.push(id);
      else this.many.set(patient, [id]);
    }
  }

  /**
   * The nearest images of other patients for each query.
   * @returns up to `k` of each query, the nearest first
   */
  async nearest(
    queries: readonly Query[],
    k: number,
    progress?: (done: number) => void,
  ): Promise<Hit[][]> {
    const { index, allowed, patientOf } = this;
    const found: Hit[][] = [];
    for (let at = 0; at < queries.length; at += BATCH) {
      const batch = queries.slice(at, at + BATCH);
      const vectors = batch.map(({ vector }) => vector);
      const { neighbours } = await index.search(vectors, k + OWN, { allowed });
      for (const [i, { patient, vector }] of batch.entries()) {
        const own = this.many.get(patient);
        let hits = neighbours[i] as Hit[];
        if (own !== undefined) {
          const excluded = new Set(own);
          hits = (await index.search([vector], k, { allowed, excluded })).neighbours[0] as Hit[];
        }
        found.push(hits.filter(({ id }) => patientOf.get(id) !== patient).slice(0, k));
      }
      progress?.(found.length);
    }
    return found;
  }
}

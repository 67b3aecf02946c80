import { IdBitmap } from '../domain/id-bitmap.ts';
import type { Hit, VectorIndex } from '../index/vector-index.ts';
import type { LabelledRow, LabelledRows } from '../store/labelled-rows.ts';

/** Neighbours fetched beyond those wanted, because some may be of the query's own patient. */
const OWN = 8;
/** Queries searched together. */
const BATCH = 256;

/** An image that is searched with. */
type Query = Pick<LabelledRow, 'patient'> & { vector: Float32Array };

/** The images among which those of other patients are searched. */
export class OtherPatients {
  private readonly allowed: IdBitmap;

  /** @param among the images that may be found */
  constructor(
    private readonly index: VectorIndex,
    private readonly among: LabelledRows,
  ) {
    this.allowed = IdBitmap.upTo(among.ids.at(-1) ?? 0);
    for (const id of among.ids) this.allowed.add(id);
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
    const { index, allowed } = this;
    const found: Hit[][] = [];
    for (let at = 0; at < queries.length; at += BATCH) {
      const batch = queries.slice(at, at + BATCH);
      const vectors = batch.map(({ vector }) => vector);
      const { neighbours } = await index.search(vectors, k + OWN, { allowed });
      for (const [i, { patient, vector }] of batch.entries()) {
        const hits = neighbours[i] as Hit[];
        const own = hits.filter(({ id }) => this.isOf(patient, id));
        const [first] = own;
        if (first === undefined || own.length <= OWN || hits.length < k + OWN) {
          found.push(hits.filter((hit) => !own.includes(hit)).slice(0, k));
          continue;
        }
        // So many are the patient's own that further ones of others may follow.
        const excluded = this.among.ofPatient(this.among.placeOf(first.id) as number);
        const others = await index.search([vector], k, { allowed, excluded });
        found.push(others.neighbours[0] as Hit[]);
      }
      progress?.(found.length);
    }
    return found;
  }

  private isOf(patient: number, id: number): boolean {
    return this.among.patientAt(this.among.placeOf(id) as number) === patient;
  }
}

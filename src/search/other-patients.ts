import type { Hit, VectorIndex } from '../index/vector-index.ts';
import { byPatient, type LabelledRow } from '../store/labelled-rows.ts';

/** Neighbours fetched beyond those wanted, because some may be of the query's own patient. */
const OWN = 8;
/** Queries searched together. */
const BATCH = 256;

/**
 * The nearest images of other patients for each query.
 * @param among the images that may be found
 * @returns up to `k` of each query, the nearest first
 */
export async function nearestOfOthers(
  index: VectorIndex,
  among: readonly LabelledRow[],
  queries: readonly (LabelledRow & { vector: Float32Array })[],
  k: number,
  progress?: (done: number) => void,
): Promise<Hit[][]> {
  const allowed = new Set(among.map(({ id }) => id));
  const patientOf = new Map(among.map(({ id, patient }) => [id, patient]));
  const ofPatient = byPatient(among);
  const found: Hit[][] = [];
  for (let at = 0; at < queries.length; at += BATCH) {
    const batch = queries.slice(at, at + BATCH);
    const vectors = batch.map(({ vector }) => vector);
    const { neighbours } = await index.search(vectors, k + OWN, { allowed });
    for (const [i, { patient, vector }] of batch.entries()) {
      const own = ofPatient.get(patient)?.length ?? 0;
      let hits = neighbours[i] as Hit[];
      if (own > OWN) {
        // More of the patient than room was left for.
        const excluded = new Set(ofPatient.get(patient)?.map(({ id }) => id));
        hits = (await index.search([vector], k, { allowed, excluded })).neighbours[0] as Hit[];
      }
      found.push(hits.filter(({ id }) => patientOf.get(id) !== patient).slice(0, k));
    }
    progress?.(found.length);
  }
  return found;
}

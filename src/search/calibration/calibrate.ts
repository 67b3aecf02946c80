import { SemblanceError } from '../../domain/errors/error.ts';
import { NEIGHBOURS } from '../../domain/probability.ts';
import { embeddedIndex, type OpenIndex } from '../../index/memory/open-index.ts';
import { onceWithIndex } from '../../index/memory/shared-index.ts';
import type { Hit } from '../../index/vector-index.ts';
import {
  type LabelledRows,
  labelledRows,
  share,
  unknownPatientsNote,
} from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { OtherPatients } from '../other-patients.ts';
import { chooseThreshold, type Judged, selective } from './abstention.ts';
import {
  agreeing,
  type Calibration,
  CONFIDENCE,
  type ErrorLevel,
  type Figures,
  scoreOf,
  UNFAMILIAR,
  VOTES,
} from './calibration.ts';
import { sampleOf } from './drift.ts';
import { fitIsotonic, type Rising, valueAt } from './isotonic.ts';
import { reliability } from './reliability.ts';
import { type RoleImages, rolesOf } from './roles.ts';

/** Rates of errors that are always looked at. */
const ERRORS = [0.05, 0.1, 0.2];

export interface CalibrateOptions {
  /** Rate of errors that is wanted at the most; 0.1 by default. */
  error?: number;
  /** What is to be shared: `label` by default, or a metadata field. */
  field?: string;
  openIndex?: OpenIndex;
  onProgress?: (done: number, total: number) => void;
  /** Told what makes the figures doubtful. */
  warn?: (sentence: string) => void;
}

/** Queries searched with together: of whole batches of the search. */
const BATCH = 1024;

/** The queries of a role with their nearest images of other patients, as columns of numbers: there are many. */
interface Asked {
  rows: LabelledRows;
  /** Where the neighbours of each query begin in the columns; one more at the end. */
  starts: Int32Array;
  cosines: Float64Array;
  /** Whether (1) a neighbour has one of the query's labels. */
  hits: Uint8Array;
  /** How many of the query's votes have one of the neighbour's labels. */
  votes: Uint8Array;
}

/**
 * Fits how similarities in a collection and an encoder become probabilities, by isotonic regression on
 * the collection's own labels, and chooses thresholds of a good match. Nothing is stored.
 *
 * Similarity alone says little: what the nearest ten agree on says more. So a probability is fitted to
 * the similarity first, and another to that times the share of the ten that have the neighbour's label.
 * @throws SemblanceError CALIBRATION_IMPOSSIBLE: too few labelled images
 */
export async function calibrate(
  store: ReadableCollection,
  encoder: StoredEncoder,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  const { error = ERRORS[1] as number, field = 'label', openIndex = embeddedIndex } = options;
  const rows = labelledRows(store, encoder.id, field);
  if (rows.length === 0) {
    throw new SemblanceError('CALIBRATION_IMPOSSIBLE', `No image has a value of "${field}".`);
  }
  const note = unknownPatientsNote(rows);
  if (note !== undefined) options.warn?.(note);
  const roles = rolesOf(rows, encoder);
  const groups = [roles.fit, roles.choose, ...(roles.measure === null ? [] : [roles.measure])];
  const total = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const asked = await onceWithIndex(openIndex, store, encoder, async (index) => {
    const found: Asked[] = [];
    const others = new OtherPatients(index, roles.index);
    let before = 0;
    for (const group of groups) {
      found.push(
        await ask(store, encoder, others, roles.index, group, (done) =>
          options.onProgress?.(before + done, total),
        ),
      );
      before += group.rows.length;
    }
    return found;
  });
  const [fitted, chosenOn, measuredOn] = asked as [Asked, Asked, Asked | undefined];

  const similarity = fitIsotonic(fitted.cosines, fitted.hits);
  const score = fitIsotonic(scoresOf(similarity, fitted), fitted.hits);
  const familiar = conformalQuantile(ofNearest(fitted, fitted.cosines), UNFAMILIAR);
  const chosen = judge(chosenOn, similarity, familiar);
  const measured = measuredOn && judge(measuredOn, similarity, familiar);
  // One image of each patient, because images of one patient are not independent.
  const { of } = chosenOn.rows.patients();
  let patients = 0;
  const independent = chosen
    .filter((_, query) => {
      const isFirst = of[query] === patients;
      if (isFirst) patients += 1;
      return isFirst;
    })
    .filter(({ score }) => score >= 0);
  const levels = [...new Set([...ERRORS, error])]
    .sort((a, b) => a - b)
    .map((wanted): ErrorLevel => {
      const threshold = chooseThreshold(independent, wanted, CONFIDENCE);
      return {
        error: wanted,
        threshold,
        chosenOn: selective(chosen, threshold),
        measured: measured === undefined ? null : selective(measured, threshold),
      };
    });
  return {
    encoder: encoder.name,
    fingerprint: encoder.fingerprint,
    field,
    made: new Date().toISOString(),
    generation: store.generation(),
    images: store.images.count(),
    index: roles.index.length,
    roles: {
      fit: roles.fit.name,
      choose: roles.choose.name,
      measure: roles.measure?.name ?? null,
    },
    fitted: { queries: fitted.rows.length, patients: fitted.rows.patients().count },
    similarity,
    score,
    familiar,
    confidence: CONFIDENCE,
    error,
    levels,
    figures: {
      choose: figures(similarity, score, chosenOn),
      measure: measuredOn === undefined ? null : figures(similarity, score, measuredOn),
    },
    sample: sampleOf(store, rows.ids, field),
  };
}

/** Searches with the images of a role. */
async function ask(
  store: ReadableCollection,
  encoder: StoredEncoder,
  others: OtherPatients,
  among: LabelledRows,
  { rows }: RoleImages,
  progress: (done: number) => void,
): Promise<Asked> {
  const most = rows.length * NEIGHBOURS;
  const starts = new Int32Array(rows.length + 1);
  const cosines = new Float64Array(most);
  const [hits, votes] = [new Uint8Array(most), new Uint8Array(most)];
  let end = 0;
  for (let from = 0; from < rows.length; from += BATCH) {
    const queries = Array.from({ length: Math.min(BATCH, rows.length - from) }, (_, i) => {
      const row = rows.at(from + i);
      return { ...row, vector: store.embeddings.get(encoder.id, row.id) as Float32Array };
    });
    const found = await others.nearest(queries, NEIGHBOURS, (done) => progress(from + done));
    for (const [i, { labels }] of queries.entries()) {
      const neighbours = found[i] as Hit[];
      const own = neighbours.map(({ id }) => among.labelsAt(among.placeOf(id) as number));
      for (const [n, { similarity }] of neighbours.entries()) {
        const theirs = own[n] as readonly string[];
        cosines[end] = similarity;
        hits[end] = Number(share(theirs, labels));
        votes[end] = agreeing(own.slice(0, VOTES), theirs);
        end += 1;
      }
      starts[from + i + 1] = end;
    }
  }
  const upTo = <T extends Float64Array | Uint8Array>(column: T) => column.subarray(0, end) as T;
  return { rows, starts, cosines: upTo(cosines), hits: upTo(hits), votes: upTo(votes) };
}

/** Scores of all neighbours. */
function scoresOf(similarity: Rising, { cosines, votes }: Asked): Float64Array {
  return cosines.map((cosine, at) => scoreOf(similarity, cosine, votes[at] as number));
}

/** A column of the nearest neighbours alone, of the queries that have one. */
function ofNearest<T extends Float64Array | Uint8Array>({ starts }: Asked, column: T): T {
  const first = new Set(starts);
  return column.filter((_, at) => first.has(at)) as T;
}

function judge(asked: Asked, similarity: Rising, familiar: number): Judged[] {
  const { rows, starts, cosines, hits } = asked;
  const scores = scoresOf(similarity, asked);
  return Array.from({ length: rows.length }, (_, query) => {
    const start = starts[query] as number;
    const isThere = start < (starts[query + 1] as number);
    const known = isThere && (cosines[start] as number) >= familiar;
    return {
      // What is unfamiliar is never answered, whatever the threshold is.
      score: known ? (scores[start] as number) : -1,
      wrong: !(isThere && hits[start] === 1),
    };
  });
}

function figures(similarity: Rising, score: Rising, asked: Asked): Figures {
  const { rows, cosines, hits } = asked;
  const probabilities = scoresOf(similarity, asked).map((each) => valueAt(score, each));
  return {
    queries: rows.length,
    patients: rows.patients().count,
    nearest: reliability({
      probabilities: ofNearest(asked, probabilities),
      hits: ofNearest(asked, hits),
    }),
    neighbours: reliability({ probabilities, hits }),
    bySimilarity: reliability({
      probabilities: cosines.map((cosine) => valueAt(similarity, cosine)),
      hits,
    }),
  };
}

/**
 * The value that a further one of the same kind falls below with a chance of at most `share` (conformal
 * quantile; Vovk et al. 2005); minus infinity when there are too few to say so.
 */
function conformalQuantile(values: Float64Array, portion: number): number {
  const sorted = values.slice().sort();
  const rank = Math.floor(portion * (sorted.length + 1));
  // JSON knows no infinity; no similarity is below -1.
  return rank === 0 ? -1 : (sorted[rank - 1] as number);
}

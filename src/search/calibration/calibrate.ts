import { SemblanceError } from '../../domain/errors/error.ts';
import { NEIGHBOURS } from '../../domain/probability.ts';
import { embeddedIndex, type OpenIndex } from '../../index/memory/open-index.ts';
import { onceWithIndex } from '../../index/memory/shared-index.ts';
import type { Hit } from '../../index/vector-index.ts';
import {
  byPatient,
  type LabelledRow,
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

/** A query with its nearest images of other patients. */
interface Asked {
  row: LabelledRow;
  hits: { cosine: number; hit: boolean; labels: readonly string[] }[];
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
    const found: Asked[][] = [];
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
  const [fitted, chosenOn, measuredOn] = asked as [Asked[], Asked[], Asked[] | undefined];

  const pairs = fitted.flatMap(({ hits }) => hits);
  const similarity = fitIsotonic(
    pairs.map(({ cosine }) => cosine),
    pairs.map(({ hit }) => hit),
  );
  const score = fitIsotonic(
    fitted.flatMap((each) => scoresOf(similarity, each)),
    pairs.map(({ hit }) => hit),
  );
  const familiar = conformalQuantile(
    fitted.flatMap(({ hits }) => hits[0]?.cosine ?? []),
    UNFAMILIAR,
  );
  const judge = (each: Asked): Judged => {
    const [nearest] = each.hits;
    const known = nearest !== undefined && nearest.cosine >= familiar;
    return {
      // What is unfamiliar is never answered, whatever the threshold is.
      score: known ? (scoresOf(similarity, each)[0] as number) : -1,
      wrong: nearest?.hit !== true,
    };
  };
  // One image of each patient, because images of one patient are not independent.
  const independent = [...byPatient(chosenOn.map((each) => ({ ...each, ...each.row }))).values()]
    .map(([first]) => judge(first as Asked))
    .filter(({ score }) => score >= 0);
  const levels = [...new Set([...ERRORS, error])]
    .sort((a, b) => a - b)
    .map((wanted): ErrorLevel => {
      const threshold = chooseThreshold(independent, wanted, CONFIDENCE);
      return {
        error: wanted,
        threshold,
        chosenOn: selective(chosenOn.map(judge), threshold),
        measured: measuredOn === undefined ? null : selective(measuredOn.map(judge), threshold),
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
    fitted: { queries: fitted.length, patients: byPatient(fitted.map(({ row }) => row)).size },
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
): Promise<Asked[]> {
  const queries = Array.from(rows, (row) => {
    const vector = store.embeddings.get(encoder.id, row.id) as Float32Array;
    return { ...row, vector };
  });
  const found = await others.nearest(queries, NEIGHBOURS, progress);
  return Array.from(rows, (row, i) => ({
    row,
    hits: (found[i] as Hit[]).map(({ id, similarity }) => {
      const own = among.labelsAt(among.placeOf(id) as number);
      return { cosine: similarity, hit: share(own, row.labels), labels: own };
    }),
  }));
}

/** Scores of the neighbours of a query. */
function scoresOf(similarity: Rising, { hits }: Asked): number[] {
  const votes = hits.slice(0, VOTES).map(({ labels }) => labels);
  return hits.map(({ cosine, labels }) => scoreOf(similarity, labels, cosine, votes));
}

function figures(similarity: Rising, score: Rising, asked: readonly Asked[]): Figures {
  const stated = asked.map((each) => {
    const scores = scoresOf(similarity, each);
    return each.hits.map(({ cosine, hit }, i) => ({
      probability: valueAt(score, scores[i] as number),
      bySimilarity: valueAt(similarity, cosine),
      hit,
    }));
  });
  return {
    queries: asked.length,
    patients: byPatient(asked.map(({ row }) => row)).size,
    nearest: reliability(stated.flatMap(([first]) => first ?? [])),
    neighbours: reliability(stated.flat()),
    bySimilarity: reliability(
      stated.flat().map(({ bySimilarity, hit }) => ({ probability: bySimilarity, hit })),
    ),
  };
}

/**
 * The value that a further one of the same kind falls below with a chance of at most `share` (conformal
 * quantile; Vovk et al. 2005); minus infinity when there are too few to say so.
 */
function conformalQuantile(values: readonly number[], portion: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.floor(portion * (sorted.length + 1));
  // JSON knows no infinity; no similarity is below -1.
  return rank === 0 ? -1 : (sorted[rank - 1] as number);
}

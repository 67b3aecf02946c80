import type { Answer } from '../../contract/shapes.ts';
import type { VectorIndex } from '../../index/vector-index.ts';
import { Slices } from '../../runtime/slices.ts';
import { labelsOf } from '../../store/labelled-rows.ts';
import type { ReadableCollection } from '../../store/readable-collection.ts';
import type { ImageRecord } from '../../store/records.ts';
import type { EmbeddingSpace } from '../embedding-space.ts';
import {
  agreeing,
  type Calibration,
  STALE,
  scoreOf,
  UNFAMILIAR,
  VOTES,
  wantedLevel,
} from './calibration.ts';
import { drift } from './drift.ts';
import { valueAt } from './isotonic.ts';
import { parseCalibration } from './stored-calibration.ts';

/** What the probabilities of an answer mean, and what they were measured on. */
type AnswerCalibration = NonNullable<Answer['calibration']>;
/** Whether the collection holds a good match for a query. */
type Verdict = NonNullable<Answer['verdict']>;

/** What a calibration says about an answer. */
export interface Assessment {
  calibration: AnswerCalibration;
  /** Null when no threshold can be guaranteed. */
  verdict: Verdict | null;
  /** Probability that an image shares a label with the query; undefined where none was calibrated. */
  probabilityOf(image: ImageRecord, similarity: number): number | undefined;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Assesses answers by the calibration of an embedding space, where it has one. */
export class Calibrator {
  private read: { text: string; calibration: Calibration } | undefined;
  private changes: { generation: number; made: string; changed: number } | undefined;

  constructor(private readonly space: EmbeddingSpace) {}

  /**
   * What the calibration says about the neighbours of one picture.
   * @param state what was searched in
   * @param index that of the state
   * @param vector the picture's embedding
   * @param own the images of the query itself
   * @returns null without a calibration
   * @throws SemblanceError CALIBRATION_DAMAGED; the signal's reason
   */
  async assess(
    state: ReadableCollection,
    index: VectorIndex,
    vector: Float32Array,
    own: readonly number[],
    signal?: AbortSignal,
  ): Promise<Assessment | null> {
    const calibration = this.calibrationIn(state);
    if (calibration === undefined) return null;
    // As in the fit, all images are looked at but those of the query's own patient.
    const excluded = new Set(own);
    const slices = new Slices(signal);
    for (const id of own) {
      for (const other of state.images.idsOfSame('patient', id)) excluded.add(other);
      if (slices.over()) await slices.pause();
    }
    const { neighbours } = await index.search([vector], VOTES, { excluded, signal });
    const { field, similarity, score } = calibration;
    const votes = (neighbours[0] ?? []).map((hit) => ({
      ...hit,
      labels: labelsOf(state.images.get(hit.id), field),
    }));
    const labels = votes.map((vote) => vote.labels);
    const known = votes[0] !== undefined && votes[0].similarity >= calibration.familiar;
    const level = wantedLevel(calibration);
    const measured = level.measured ?? level.chosenOn;
    const figures = calibration.figures.measure ?? calibration.figures.choose;
    const changed = this.changedSince(state, calibration);
    return {
      calibration: {
        field,
        measuredOn: figures.queries,
        expectedCalibrationError: figures.neighbours.expectedCalibrationError,
        error: level.error,
        confidence: calibration.confidence,
        coverage: measured.coverage,
        measuredError: measured.error,
        made: calibration.made,
        changed,
        stale: changed > STALE,
      },
      verdict: known ? verdictOf(calibration, votes) : UNKNOWN,
      probabilityOf(image, cosine) {
        const values = labelsOf(image, field);
        // Nothing like an unfamiliar picture was among those that were fitted.
        if (values.length === 0 || !known) return undefined;
        return valueAt(score, scoreOf(similarity, cosine, agreeing(labels, values)));
      },
    };
  }

  /** It is read anew only when another one was stored. */
  private calibrationIn(state: ReadableCollection): Calibration | undefined {
    const { fingerprint, name } = this.space;
    const text = fingerprint === null ? undefined : state.encoders.calibration(fingerprint);
    if (text === undefined) return undefined;
    if (this.read?.text !== text) this.read = { text, calibration: parseCalibration(text, name) };
    return this.read.calibration;
  }

  private changedSince(state: ReadableCollection, calibration: Calibration): number {
    const generation = state.generation();
    const { made } = calibration;
    if (this.changes?.generation !== generation || this.changes.made !== made) {
      this.changes = { generation, made, changed: drift(state, calibration) };
    }
    return this.changes.changed;
  }
}

const UNKNOWN: Verdict = {
  good: false,
  reason: `Even the nearest image is less similar than for ${percent(1 - UNFAMILIAR)} of the collection's own images: the picture may be of another kind.`,
};

/** @param votes the nearest images of the whole collection, the nearest first */
function verdictOf(
  calibration: Calibration,
  votes: readonly { similarity: number; labels: readonly string[] }[],
): Verdict | null {
  const { similarity, field } = calibration;
  const { threshold, error } = wantedLevel(calibration);
  if (threshold === null) return null;
  const nearest = votes.find(({ labels }) => labels.length > 0);
  const what = field === 'label' ? 'label' : field;
  if (nearest === undefined) {
    return { good: false, reason: `None of the nearest images has a ${what}.` };
  }
  const labels = votes.map((vote) => vote.labels);
  const good =
    scoreOf(similarity, nearest.similarity, agreeing(labels, nearest.labels)) >= threshold;
  return {
    good,
    reason: good
      ? `The nearest images agree; the limit is set so that at most ${percent(error)} of such matches are of another ${what}.`
      : `The nearest images are too unlike the picture, or disagree: more than ${percent(error)} of such matches may be of another ${what}.`,
  };
}

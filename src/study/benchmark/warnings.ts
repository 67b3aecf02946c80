import { figureOf } from '../analyses/context.ts';
import { STUDY_PROBE } from '../evaluation/linear-probe.ts';
import { STUDY } from '../evaluation/protocol.ts';
import { PROBABILITIES, probabilitiesOf } from './facts.ts';
import type { Outcome } from './outcome.ts';

/** Steps of training below which a linear probe has hardly begun at the study's learning rate. */
const FEW_STEPS = 500;

/** What a reader of the figures must know of these data. */
export function warningsOf({ config, protocol, k, data, excluded, encoders }: Outcome): string[] {
  const warnings: string[] = [];
  const { patients, labels, splits } = data;
  if (k < config.k) warnings.push(`The index has ${splits.train} images only, so k is ${k}.`);
  for (const { dataset, patients: count } of patients.shared) {
    warnings.push(
      `Patients of ${dataset} with images in several splits: ${count}. Figures are too good.`,
    );
  }
  const repeated = excluded.filter(({ code }) => code === 'ROW_REPEATED_IN_SPLITS').length;
  if (repeated > 0)
    warnings.push(`Files in several splits: ${repeated}. The first row of each counts.`);
  if (patients.unknown > 0) {
    warnings.push(
      `The patient of ${patients.unknown} of ${splits.test} queries is not known; each counts as a ` +
        'patient, so intervals may be too narrow.',
    );
  }
  const few =
    protocol === 'as-published' ? [] : labels.filter(({ train, test }) => test > 0 && train < k);
  if (few.length > 0) {
    warnings.push(
      `Classes with fewer than ${k} images in the index, whose precision at ${k} cannot reach 1: ` +
        `${few.map(({ label }) => label).join(', ')}.`,
    );
  }
  const without = labels.filter(({ test }) => test === 0);
  if (without.length > 0) {
    const names = without.map(({ label }) => label).join(', ');
    warnings.push(`Classes without a query in test: ${names}.`);
  }
  const probe = encoders.some(({ figures }) => figureOf(figures.linearProbe) !== undefined);
  const { bytes, written } = probabilitiesOf(config, splits.test, labels.length);
  if (probe && !written && config.probabilities === undefined) {
    warnings.push(
      `${PROBABILITIES} of each encoder is not written, because it would have about ` +
        `${Math.round(bytes / 1e6)} MB: run again with --probabilities, or "probabilities": true, to have it. ` +
        'Nothing is trained again for that.',
    );
  }
  const lost = new Map<string, number>();
  for (const { encoder } of excluded) {
    if (encoder !== null) lost.set(encoder, (lost.get(encoder) ?? 0) + 1);
  }
  for (const [name, count] of lost) {
    warnings.push(
      `Images that cannot be used with ${name}: ${count}. They are left out for all encoders.`,
    );
  }
  if (splits.val === 0)
    warnings.push('There is no val split: kNN and linear probe have no figures.');
  // Classes are those of the data: what one encoder's figures lack, all lack.
  const knn = encoders[0]?.figures.knn[protocol];
  if (knn !== undefined && 'error' in knn && knn.error.code === 'SCORE_UNDEFINED') {
    const { subject, detail } = knn.error;
    // Only a score of a class has a subject; the vote of no neighbours is nobody's.
    const lacking = subject === null ? '' : `, for want of the class ${subject}`;
    warnings.push(`kNN classification has no figures${lacking}: ${detail}`);
  }
  if (splits.train < STUDY.neighbours) {
    warnings.push(
      `The index has ${splits.train} images, fewer than the ${STUDY.neighbours} of the study.`,
    );
  }
  const steps = STUDY_PROBE.epochs * Math.ceil(splits.train / STUDY_PROBE.batch);
  if (config.linearProbe && steps < FEW_STEPS) {
    warnings.push(
      `The linear probe makes at most ${steps} steps on an index of ${splits.train} images, too few to ` +
        'converge: its scores say little.',
    );
  }
  const neighbours = encoders.filter(({ from }) => from === 'neighbours');
  if (neighbours.length > 0) {
    const names = neighbours.map(({ name }) => name).join(', ');
    warnings.push(`Only neighbours are given of ${names}: what needs embeddings has no figures.`);
  }
  return warnings;
}

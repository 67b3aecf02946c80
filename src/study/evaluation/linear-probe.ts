import { SemblanceError } from '../../domain/errors/error.ts';
import { type Random, randomFrom } from '../../domain/random.ts';
import { type Embeddings, takeRows } from '../exchange/kept-embeddings.ts';
import {
  type ClassificationScores,
  requireRocAuc,
  scoreClassification,
} from './classification-scores.ts';
import { type Experiment, rowsOf } from './experiment.ts';
import { argmax, batchOf, LinearClassifier, unitScales } from './linear-classifier.ts';
import type { AdamW } from './linear-probe-graph.ts';
import { ProbeTrainer, type TrainerState } from './probe-trainer.ts';
import type { Protocol } from './protocol.ts';
import { aucOfScores } from './roc-auc.ts';

/** How a probe is trained. */
export interface ProbeSettings extends AdamW {
  batch: number;
  /** Passes over `train` at most. */
  epochs: number;
  /** Epochs without a better accuracy on `val` after which training ends. */
  patience: number;
  /** Standard deviation of the first weights; biases begin at 0. */
  initialDeviation: number;
}

/** The study's settings (Denner et al. 2025; beta1, beta2 and epsilon are PyTorch's defaults). */
export const STUDY_PROBE: ProbeSettings = {
  learningRate: 1e-3,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  batch: 512,
  epochs: 100,
  patience: 20,
  initialDeviation: 0.01,
};

/** What an epoch came to. */
interface ProbeEpoch {
  /** Mean of the batches' losses. */
  loss: number;
  /** Accuracy on `val` after it. */
  accuracy: number;
}

/** A probe that is trained. */
export interface TrainedProbe {
  epochs: ProbeEpoch[];
  /** The epoch whose weights are used, counted from 0: the first of the best on `val`. */
  bestEpoch: number;
  /** classes x (dimension + 1); the last of each class is its bias. */
  weights: Float32Array;
}

/** What a probe says of the test images. */
interface ScoredProbe {
  /** Probabilities of the classes for the test images, images x classes. */
  probabilities: Float32Array;
  /** Predicted class of each test image. */
  predicted: Int32Array;
  scores: ClassificationScores;
}

type LinearProbe = TrainedProbe & ScoredProbe;

/** A training after some epochs: what it needs to go on. */
interface ProbeState extends TrainerState {
  epochs: ProbeEpoch[];
  best: { epoch: number; accuracy: number; weights: Float32Array };
}

/** Where the state of a training is kept while it goes on. */
export interface ProbeStates {
  read(): ProbeState | undefined;
  keep(state: ProbeState): void;
}

/** A number of the normal distribution (Box, Muller 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Puts positions in random order (Fisher, Yates). */
function shuffle(positions: Int32Array, random: Random): void {
  for (let i = positions.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const moved = positions[i] as number;
    positions[i] = positions[j] as number;
    positions[j] = moved;
  }
}

interface ProbeOptions extends Partial<ProbeSettings> {
  seed?: number;
  protocol?: Protocol;
  threads?: number;
  /** Is told the images of `train` that were passed over, in all epochs together. */
  progress?: (done: number, total: number) => void;
  /** Keeps the training after each epoch, so that a killed one goes on. */
  states?: ProbeStates;
}

/**
 * Trains the linear probe of the study: multi-class logistic regression on the embeddings of `train` by AdamW,
 * stopped by the accuracy on `val`. The loss is softmax cross-entropy, as in the published training code. The same
 * seed gives the same result on the same machine. Of the embeddings, those of `train` are in memory. Nothing is
 * trained whose scores cannot be defined.
 * @param options changes of `STUDY_PROBE`, and how it is run
 * @throws SemblanceError SPLIT_EMPTY without images in val or test; EMBEDDING_MISSING; SCORE_UNDEFINED
 */
export async function trainProbe(
  experiment: Experiment,
  embeddings: Embeddings,
  options: ProbeOptions = {},
): Promise<TrainedProbe> {
  const { seed = 0, protocol = 'corrected', threads, progress, states, ...changes } = options;
  const settings = { ...STUDY_PROBE, ...changes };
  const { labels, train, val, test } = experiment;
  for (const split of ['val', 'test'] as const) {
    if (experiment[split].images.length > 0) continue;
    throw new SemblanceError('SPLIT_EMPTY', 'A linear probe needs it.', { subject: split });
  }
  requireRocAuc(labels, test.labels, protocol);
  const random = randomFrom(seed);
  const classes = labels.length;
  const { dimension } = embeddings;
  const width = dimension + 1;
  const first = Float32Array.from({ length: classes * width }, (_, i) =>
    i % width === width - 1 ? 0 : settings.initialDeviation * normal(random),
  );
  const session = threads === undefined ? {} : { threads };
  const begin = { dims: [classes, width], data: first };
  const trainer = await ProbeTrainer.begin(begin, settings, session);
  const classifier = await LinearClassifier.load(embeddings, classes, session);
  const room = new Float32Array(settings.batch * width);
  try {
    const valRows = rowsOf(val, embeddings);
    const order = Int32Array.from(train.images.keys());
    const epochs: ProbeEpoch[] = [];
    let best: ProbeState['best'] = { epoch: 0, accuracy: -1, weights: first };
    const earlier = states?.read();
    if (earlier !== undefined) {
      epochs.push(...earlier.epochs);
      best = earlier.best;
      trainer.resume(earlier, epochs.length * Math.ceil(order.length / settings.batch));
      // The orders of the epochs follow from each other.
      for (const _ of epochs) shuffle(order, random);
    }
    const isOver = () =>
      epochs.length >= settings.epochs || epochs.length - best.epoch > settings.patience;
    const rows = isOver() ? new Int32Array(0) : rowsOf(train, embeddings);
    const values = takeRows(embeddings, rows);
    const scales = unitScales(dimension, values);
    if (!isOver()) progress?.(epochs.length * order.length, settings.epochs * order.length);
    while (!isOver()) {
      shuffle(order, random);
      const losses: number[] = [];
      for (let at = 0; at < order.length; at += settings.batch) {
        const positions = order.subarray(at, at + settings.batch);
        const x = batchOf(values, scales, positions, room);
        const truth = positions.map((position) => train.labels[position] as number);
        losses.push(await trainer.step(x, truth));
        const passed = epochs.length * order.length + at + positions.length;
        progress?.(passed, settings.epochs * order.length);
      }
      const weights = trainer.weights.data as Float32Array;
      const found = argmax(await classifier.classify(valRows, weights), classes);
      const right = found.filter((label, i) => label === val.labels[i]).length;
      const epoch = {
        loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
        accuracy: right / found.length,
      };
      if (epoch.accuracy > best.accuracy) {
        best = { epoch: epochs.length, accuracy: epoch.accuracy, weights: trainer.state.weights };
      }
      epochs.push(epoch);
      states?.keep({ epochs, best, ...trainer.state });
    }
    return { epochs, bestEpoch: best.epoch, weights: best.weights };
  } finally {
    await trainer.release();
    await classifier.release();
  }
}

/**
 * Classifies the test images with a trained probe, and scores that.
 * @throws SemblanceError EMBEDDING_MISSING and those of `scoreClassification`
 */
export async function scoreProbe(
  { labels, test }: Experiment,
  embeddings: Embeddings,
  weights: Float32Array,
  { protocol = 'corrected', threads }: Pick<ProbeOptions, 'protocol' | 'threads'> = {},
): Promise<ScoredProbe> {
  const classifier = await LinearClassifier.load(embeddings, labels.length, { threads });
  try {
    const rows = rowsOf(test, embeddings);
    const probabilities = await classifier.classify(rows, weights);
    const predicted = argmax(probabilities, labels.length);
    const auc = aucOfScores(test.labels, probabilities, labels.length);
    const scores = scoreClassification(labels, test.labels, predicted, auc, protocol);
    return { probabilities, predicted, scores };
  } finally {
    await classifier.release();
  }
}

/** Trains the linear probe and scores it on `test`. @throws SemblanceError as `trainProbe` and `scoreProbe` */
export async function linearProbe(
  experiment: Experiment,
  embeddings: Embeddings,
  options: ProbeOptions = {},
): Promise<LinearProbe> {
  const trained = await trainProbe(experiment, embeddings, options);
  const scored = await scoreProbe(experiment, embeddings, trained.weights, options);
  return { ...trained, ...scored };
}

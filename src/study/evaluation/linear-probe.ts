import { SemblanceError } from '../../domain/errors/error.ts';
import { type Random, randomFrom } from '../../domain/random.ts';
import { Session, type Tensor } from '../../runtime/session.ts';
import { type Embeddings, takeRows } from '../exchange/kept-embeddings.ts';
import {
  type ClassificationScores,
  requireRocAuc,
  scoreClassification,
} from './classification-scores.ts';
import { type Experiment, rowsOf } from './experiment.ts';
import { type AdamW, probabilitiesGraph, trainingStepGraph } from './linear-probe-graph.ts';
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

export interface LinearProbe {
  epochs: ProbeEpoch[];
  /** The epoch whose weights were used, counted from 0: the first of the best on `val`. */
  bestEpoch: number;
  /** classes x (dimension + 1); the last of each class is its bias. */
  weights: Float32Array;
  /** Probabilities of the classes for the test images, images x classes. */
  probabilities: Float32Array;
  /** Predicted class of each test image. */
  predicted: Int32Array;
  scores: ClassificationScores;
}

/** A training after some epochs: what it needs to go on. */
interface ProbeState {
  epochs: ProbeEpoch[];
  best: { epoch: number; accuracy: number; weights: Float32Array };
  /** classes x (dimension + 1) each. */
  weights: Float32Array;
  mean: Float32Array;
  square: Float32Array;
}

/** Where the state of a training is kept while it goes on. */
export interface ProbeStates {
  read(): ProbeState | undefined;
  keep(state: ProbeState): void;
}

/** What each row of a matrix is multiplied with to have length 1, as the study stores embeddings. */
function unitScales(dimension: number, values: Float32Array): Float64Array {
  return Float64Array.from({ length: values.length / dimension }, (_, row) => {
    let sum = 0;
    for (let at = row * dimension; at < (row + 1) * dimension; at++) {
      sum += (values[at] as number) ** 2;
    }
    return 1 / Math.sqrt(sum);
  });
}

/**
 * Rows of a matrix as a batch for the graphs, each with a 1 behind it.
 * @param scales of all rows: made once, because every epoch takes all of them
 * @param room for the batch; the next one may have it too, which spares the system new pages
 */
function batchOf(
  values: Float32Array,
  scales: Float64Array,
  rows: Int32Array,
  room: Float32Array,
): Tensor {
  const dimension = values.length / scales.length;
  const width = dimension + 1;
  const data = room.subarray(0, rows.length * width);
  for (let i = 0, to = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const scale = scales[row] as number;
    const end = (row + 1) * dimension;
    for (let at = row * dimension; at < end; at++, to++) data[to] = (values[at] as number) * scale;
    data[to++] = 1;
  }
  return { dims: [rows.length, width], data };
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

/** First of the largest values of each row. */
function argmax(values: Float32Array, width: number): Int32Array {
  return Int32Array.from({ length: values.length / width }, (_, i) => {
    let best = 0;
    for (let c = 1; c < width; c++) {
      if ((values[i * width + c] as number) > (values[i * width + best] as number)) best = c;
    }
    return best;
  });
}

/**
 * The weights and AdamW's averages, moved on batch by batch.
 * @testing
 */
export class ProbeTrainer {
  private mean: Tensor;
  private square: Tensor;
  private steps = 0;
  /** Where the next step writes; those that it begins with take their place after it. */
  private spare: Record<'weights' | 'mean' | 'square', Tensor>;

  private constructor(
    private readonly session: Session,
    private readonly adam: AdamW,
    /** classes x width, as they are now; the second next step writes over them. */
    public weights: Tensor,
  ) {
    const zeros = () => ({ dims: weights.dims, data: new Float32Array(weights.data.length) });
    this.mean = zeros();
    this.square = zeros();
    this.spare = { weights: zeros(), mean: zeros(), square: zeros() };
  }

  /** @param weights classes x width to begin with; see `trainingStepGraph` */
  static async begin(
    weights: Tensor,
    adam: AdamW,
    options: { threads?: number } = {},
  ): Promise<ProbeTrainer> {
    const [classes, width] = weights.dims as [number, number];
    const session = await Session.load(trainingStepGraph(classes, width, adam), options);
    return new ProbeTrainer(session, adam, weights);
  }

  /**
   * One step on a batch.
   * @param x [n, width] with a last column of 1
   * @returns the batch's loss before the step
   */
  async step(x: Tensor, labels: Int32Array): Promise<number> {
    this.steps += 1;
    const { learningRate, beta1, beta2 } = this.adam;
    const scalar = (value: number) => ({ dims: [1], data: Float32Array.of(value) });
    const { weights, mean, square, spare } = this;
    const loss = scalar(0);
    await this.session.runInto(
      {
        ...{ x, weights, mean, square },
        labels: { dims: [labels.length], data: BigInt64Array.from(labels, BigInt) },
        share: scalar(1 / labels.length),
        rate: scalar(learningRate / (1 - beta1 ** this.steps)),
        root: scalar(Math.sqrt(1 - beta2 ** this.steps)),
      },
      { new_weights: spare.weights, new_mean: spare.mean, new_square: spare.square, loss },
    );
    Object.assign(this, spare);
    this.spare = { weights, mean, square };
    return loss.data[0] as number;
  }

  /** What the next step begins with. */
  get state(): Pick<ProbeState, 'weights' | 'mean' | 'square'> {
    const copy = ({ data }: Tensor) => Float32Array.from(data as Float32Array);
    return {
      weights: copy(this.weights),
      mean: copy(this.mean),
      square: copy(this.square),
    };
  }

  /** Goes on behind the steps of another trainer. */
  resume(
    { weights, mean, square }: Pick<ProbeState, 'weights' | 'mean' | 'square'>,
    steps: number,
  ) {
    const { dims } = this.weights;
    this.weights = { dims, data: weights };
    this.mean = { dims, data: mean };
    this.square = { dims, data: square };
    this.steps = steps;
  }

  /** Frees the graph. */
  async release(): Promise<void> {
    await this.session.release();
  }
}

/**
 * Linear probe of the study: multi-class logistic regression on the embeddings of `train` by AdamW,
 * stopped by the accuracy on `val`, scored on `test`. The loss is softmax cross-entropy, as in the
 * published training code. The same seed gives the same result on the same machine.
 * Of the embeddings, those of `train` are in memory. Nothing is trained whose scores cannot be defined.
 * @param options changes of `STUDY_PROBE`; `progress` is called with the images of `train` that were passed over,
 *   in all epochs together; `states` keeps the training after each epoch, so that a killed one goes on
 * @throws SemblanceError SPLIT_EMPTY without images in val or test; EMBEDDING_MISSING; and those of
 *   `scoreClassification`
 */
export async function linearProbe(
  experiment: Experiment,
  embeddings: Embeddings,
  options: Partial<ProbeSettings> & {
    seed?: number;
    protocol?: Protocol;
    threads?: number;
    progress?: (done: number, total: number) => void;
    states?: ProbeStates;
  } = {},
): Promise<LinearProbe> {
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
  const dims = [classes, width];
  const begin = { dims, data: first };
  const trainer = await ProbeTrainer.begin(begin, settings, session);
  const classifier = await Session.load(probabilitiesGraph(classes, width), session);

  const room = new Float32Array(settings.batch * width);
  const classify = async (rows: Int32Array, weights: Tensor): Promise<Float32Array> => {
    const out = new Float32Array(rows.length * classes);
    for (let at = 0; at < rows.length; at += settings.batch) {
      const values = takeRows(embeddings, rows.subarray(at, at + settings.batch));
      const scales = unitScales(dimension, values);
      const x = batchOf(values, scales, Int32Array.from(scales.keys()), room);
      const { probabilities } = await classifier.run({ x, weights });
      out.set(probabilities?.data as Float32Array, at * classes);
    }
    return out;
  };

  try {
    const valRows = rowsOf(val, embeddings);
    const order = Int32Array.from(train.images.keys());
    const epochs: ProbeEpoch[] = [];
    let best = { epoch: 0, accuracy: -1, weights: begin as Tensor };
    const earlier = states?.read();
    if (earlier !== undefined) {
      epochs.push(...earlier.epochs);
      best = { ...earlier.best, weights: { dims, data: earlier.best.weights } };
      trainer.resume(earlier, epochs.length * Math.ceil(order.length / settings.batch));
      // The orders of the epochs follow from each other.
      for (const _ of epochs) shuffle(order, random);
    }
    const isOver = () =>
      epochs.length >= settings.epochs || epochs.length - best.epoch > settings.patience;
    const rows = isOver() ? new Int32Array(0) : rowsOf(train, embeddings);
    const values = takeRows(embeddings, rows);
    const scales = unitScales(dimension, values);
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
      const found = argmax(await classify(valRows, trainer.weights), classes);
      const right = found.filter((label, i) => label === val.labels[i]).length;
      const epoch = {
        loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
        accuracy: right / found.length,
      };
      if (epoch.accuracy > best.accuracy) {
        const weights = { dims, data: trainer.state.weights };
        best = { epoch: epochs.length, accuracy: epoch.accuracy, weights };
      }
      epochs.push(epoch);
      const kept = { ...best, weights: best.weights.data as Float32Array };
      states?.keep({ epochs, best: kept, ...trainer.state });
    }
    const probabilities = await classify(rowsOf(test, embeddings), best.weights);
    const predicted = argmax(probabilities, classes);
    const auc = aucOfScores(test.labels, probabilities, classes);
    return {
      epochs,
      bestEpoch: best.epoch,
      weights: best.weights.data as Float32Array,
      probabilities,
      predicted,
      scores: scoreClassification(labels, test.labels, predicted, auc, protocol),
    };
  } finally {
    await trainer.release();
    await classifier.release();
  }
}

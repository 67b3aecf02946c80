import { describe, expect, it } from 'vitest';
import { between, randomFrom } from '../../domain/random.ts';
import type { Split } from '../../domain/splits.ts';
import type { LabelledImage } from '../../tables/labelled.ts';
import { prepareExperiment } from './experiment.ts';
import { linearProbe, STUDY_PROBE } from './linear-probe.ts';
import { ProbeTrainer } from './probe-trainer.ts';

const [N, D, C] = [6, 4, 3];
const WIDTH = D + 1;
const LABELS = [0, 1, 2, 1, 0, 2];
const X = Array.from({ length: N }, (_, i) => [
  ...Array.from({ length: D }, (_, j) => Math.sin(1 + i * D + j)),
  1,
]);
const START = Array.from({ length: C }, (_, c) =>
  Array.from({ length: WIDTH }, (_, j) => (j === D ? 0 : 0.01 * Math.cos(c * D + j))),
);
const ADAM = { ...STUDY_PROBE, learningRate: 0.1 };
/** Images of each step; the second batch is smaller. */
const BATCHES = [
  [0, 1, 2, 3],
  [4, 5],
  [0, 1, 2, 3],
];

/** The same steps in double precision, as the papers write them. */
function reference(): { losses: number[]; weights: number[][] } {
  const weights = START.map((row) => [...row]);
  const mean = START.map((row) => row.map(() => 0));
  const square = START.map((row) => row.map(() => 0));
  const losses = BATCHES.map((batch, s) => {
    const gradient = START.map((row) => row.map(() => 0));
    let loss = 0;
    for (const i of batch) {
      const x = X[i] as number[];
      const logits = weights.map((row) => row.reduce((sum, w, j) => sum + w * (x[j] as number), 0));
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      logits.forEach((logit, c) => {
        const p = Math.exp(logit) / total;
        if (c === LABELS[i]) loss -= Math.log(p) / batch.length;
        const error = (p - Number(c === LABELS[i])) / batch.length;
        const row = gradient[c] as number[];
        x.forEach((value, j) => {
          row[j] = (row[j] as number) + error * value;
        });
      });
    }
    const { beta1, beta2, learningRate, weightDecay, epsilon } = ADAM;
    weights.forEach((row, c) => {
      row.forEach((w, j) => {
        const g = gradient[c]?.[j] as number;
        const m = beta1 * (mean[c]?.[j] as number) + (1 - beta1) * g;
        const v = beta2 * (square[c]?.[j] as number) + (1 - beta2) * g * g;
        (mean[c] as number[])[j] = m;
        (square[c] as number[])[j] = v;
        const scaled = m / (1 - beta1 ** (s + 1));
        const root = Math.sqrt(v / (1 - beta2 ** (s + 1)));
        row[j] = w - learningRate * weightDecay * w - (learningRate * scaled) / (root + epsilon);
      });
    });
    return loss;
  });
  return { losses, weights };
}

/**
 * PyTorch 1.13 in double precision on the same example: torch.nn.Linear(4, 3) begun with START,
 * CrossEntropyLoss on one-hot targets, AdamW(lr=0.1, weight_decay=0.01), the three batches above.
 */
const TORCH_LOSSES = [1.084674518761798, 1.205412993065206, 0.8445313210743214];
const TORCH_WEIGHTS = [
  [0.03270552174943189, 0.06481948675443093, 0.028141250613759508, -0.02901343893980735],
  [-0.17368559995551944, 0.290003256329102, 0.2830058627625282, 0.1975619596642885],
  [0.24344190978602043, -0.19395773306989306, -0.30651644476071316, -0.25836366463033156],
];
const TORCH_BIASES = [-0.04714281654219482, 0.05114534253373203, -0.05556855434414531];

describe('the training step', () => {
  it('equals PyTorch and the definition', async () => {
    const { losses, weights } = reference();
    const torch = TORCH_WEIGHTS.map((row, c) => [...row, TORCH_BIASES[c] as number]);
    expect(losses).toEqual(TORCH_LOSSES.map((loss) => expect.closeTo(loss, 12)));
    expect(weights.flat()).toEqual(torch.flat().map((w) => expect.closeTo(w, 12)));

    const begin = { dims: [C, WIDTH], data: Float32Array.from(START.flat()) };
    const trainer = await ProbeTrainer.begin(begin, ADAM);
    for (const [s, batch] of BATCHES.entries()) {
      const data = Float32Array.from(batch.flatMap((i) => X[i] as number[]));
      const truth = Int32Array.from(batch, (i) => LABELS[i] as number);
      const loss = await trainer.step({ dims: [batch.length, WIDTH], data }, truth);
      expect(loss).toBeCloseTo(TORCH_LOSSES[s] as number, 6);
    }
    expect(Array.from(trainer.weights.data, Number)).toEqual(
      torch.flat().map((w) => expect.closeTo(w, 5)),
    );
    await trainer.release();
  });
});

describe('linearProbe', () => {
  /** Three directions with noise, 200 images; test images of one class are missing. */
  const random = randomFrom(7);
  const images = Array.from({ length: 200 }, (_, i): LabelledImage => {
    const split: Split = i % 5 === 0 ? 'val' : i % 5 === 1 ? 'test' : 'train';
    const label = i % 4 === 3 && split !== 'test' ? 2 : i % 2;
    const place = { dataset: 'd', modality: 'XR', anatomicRegion: 'chest', patient: null };
    return { filepath: `${i}.png`, split, label, ...place };
  });
  const embeddings = {
    paths: images.map(({ filepath }) => filepath),
    dimension: 3,
    values: Float32Array.from(
      images.flatMap(({ label }) =>
        [0, 1, 2].map((d) => (d === label ? 2 : 0) + between(random, -1, 1)),
      ),
    ),
  };
  const experiment = prepareExperiment({ labels: ['a', 'b', 'c'], images, excluded: [] });
  const options = { learningRate: 0.05, batch: 32, patience: 5 };

  it('learns what can be learned, stops, and keeps the best epoch', async () => {
    const probe = await linearProbe(experiment, embeddings, options);
    const accuracies = probe.epochs.map(({ accuracy }) => accuracy);
    expect(probe.bestEpoch).toBe(accuracies.indexOf(Math.max(...accuracies)));
    expect(probe.epochs).toHaveLength(probe.bestEpoch + 1 + options.patience);
    expect(probe.scores.accuracy).toBeGreaterThan(0.9);
    expect(probe.scores.microRocAuc).toBeGreaterThan(0.97);
    expect(probe.scores.excluded.map(({ subject }) => subject)).toEqual(['c']);
  });

  it('gives the same numbers for the same seed, whatever the threads, and others for another', async () => {
    const run = (seed: number, threads: number) =>
      linearProbe(experiment, embeddings, { ...options, epochs: 3, seed, threads });
    const first = await run(1, 1);
    expect(await run(1, 2)).toEqual(first);
    expect((await run(2, 1)).weights).not.toEqual(first.weights);
  });

  it('names the split that has no images', async () => {
    const empty = { images: [], labels: new Int32Array(0) };
    await expect(linearProbe({ ...experiment, val: empty }, embeddings)).rejects.toMatchObject({
      code: 'SPLIT_EMPTY',
      subject: 'val',
    });
  });
});

import { z } from 'zod';
import { fileHashes } from '../../tables/files.ts';
import { Count } from '../analyses/shapes.ts';
import { type Experiment, rowsOf } from '../evaluation/experiment.ts';
import { LinearClassifier } from '../evaluation/linear-classifier.ts';
import type { ProbeStates, TrainedProbe } from '../evaluation/linear-probe.ts';
import type { KeptEmbeddings } from '../exchange/kept-embeddings.ts';
import { keepWeights, keptStates, readWeights } from './kept-arrays.ts';
import type { Step, StepStore } from './steps.ts';

/** What every epoch came to. JSON has null for the loss of a training that diverged. */
export const EpochsSchema = z.array(
  z.strictObject({ loss: z.number().nullable(), accuracy: z.number() }),
);

const TrainedSchema = z.strictObject({
  bestEpoch: Count,
  epochs: EpochsSchema,
  /** SHA-256 of the file of weights. */
  sha256: z.string(),
});

/** A trained probe as it is kept. */
type KeptProbe = z.infer<typeof TrainedSchema> & Pick<TrainedProbe, 'weights'>;

/**
 * A trained probe: kept, so that the probabilities of images can be made from its weights at any time, or trained.
 * @param inputs what it is trained from
 * @param train goes on with what `states` has, which is removed when the weights are kept
 */
export async function trainedProbe(
  store: StepStore,
  inputs: unknown,
  train: (states: ProbeStates) => Promise<TrainedProbe>,
): Promise<KeptProbe> {
  const named = { name: 'probe-weights', version: 1 };
  const file = store.file(named, inputs, '.bin');
  const states = keptStates(store.file({ name: 'probe', version: 2 }, inputs, '.bin'));
  const hashOf = async () => (await fileHashes([file])).get(file);
  const step: Step<z.infer<typeof TrainedSchema>> = {
    ...{ ...named, schema: TrainedSchema },
    intact: async ({ sha256 }) => (await hashOf()) === sha256,
  };
  const kept = await store.json(step, inputs, async () => {
    const { bestEpoch, epochs, weights } = await train(states);
    keepWeights(file, weights);
    return { bestEpoch, epochs, sha256: (await hashOf()) as string };
  });
  states.remove();
  return { ...kept, weights: readWeights(file) };
}

/**
 * What makes the probabilities of the classes for the test images.
 * @param open opens the embeddings, which are closed behind the last of them
 */
export const classifierOf =
  (
    experiment: Experiment,
    open: () => KeptEmbeddings,
    weights: Float32Array,
    options: { threads?: number },
  ) =>
  () =>
    classifyTest(experiment, open(), weights, options);

async function* classifyTest(
  { labels, test }: Experiment,
  embeddings: KeptEmbeddings,
  weights: Float32Array,
  options: { threads?: number },
): AsyncGenerator<Float32Array> {
  try {
    const classifier = await LinearClassifier.load(embeddings, labels.length, options);
    try {
      yield* classifier.batches(rowsOf(test, embeddings), weights);
    } finally {
      await classifier.release();
    }
  } finally {
    embeddings.close();
  }
}

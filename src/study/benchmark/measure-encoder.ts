import { SemblanceError } from '../../domain/errors/error.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import type { Analysis } from './config.ts';
import { type Attempt, attempt, type Context } from './context.ts';
import {
  confusionOf,
  groupsOf,
  hubnessOf,
  indexSizeOf,
  intervalsOf,
  knnOf,
  levelsOf,
  patientLeakOf,
  probeOf,
  recallOf,
  retrievalOf,
} from './figures.ts';
import { costOf, robustnessOf } from './perturbed.ts';
import { projectionOf, spaceOf } from './space.ts';
import type { StepStore } from './steps.ts';

/** The figures of one encoder. */
export type Measured = Awaited<ReturnType<typeof measureEncoder>>;

/** Runs a step whose result may be that there is none; undefined when it is not asked for. */
type Runner = <T>(
  step: string,
  asked: boolean,
  make: () => T | Promise<T>,
  inputs?: unknown,
) => Promise<Attempt<T> | undefined>;

/**
 * Everything that is measured of one encoder; each step is kept.
 * @param key what the neighbours and embeddings were made from
 * @throws SemblanceError what ends the whole run, such as DISK_FULL
 */
export async function measureEncoder(context: Context, store: StepStore, key: unknown) {
  const { config, source, protocol, k, bootstrap } = context;
  const asked = (analysis: Analysis) => config.analyses.includes(analysis);
  const step: Runner = async (name, wanted, make, inputs = null) =>
    wanted
      ? store.json(name, [key, protocol, k, bootstrap, inputs], () => attempt(make))
      : undefined;
  const always = async <T>(name: string, make: () => T | Promise<T>) =>
    (await step(name, true, make)) as Attempt<T>;

  let loaded: Encoder | undefined;
  const encoder = async () => {
    if (source.definition === undefined) {
      throw new SemblanceError('ANALYSIS_IMPOSSIBLE', 'It needs the encoder, not its embeddings.', {
        subject: source.name,
      });
    }
    const { threads } = config;
    loaded ??= await Encoder.load(source.definition, threads === undefined ? {} : { threads });
    return loaded;
  };
  try {
    const encodes = source.definition !== undefined;
    return {
      retrieval: await always('retrieval', () => ({
        corrected: retrievalOf(context, 'corrected'),
        'as-published': retrievalOf(context, 'as-published'),
      })),
      intervals: await always('intervals', () => intervalsOf(context)),
      knn: {
        corrected: await always('knn', () => knnOf(context, 'corrected')),
        'as-published': await always('knn-as-published', () => knnOf(context, 'as-published')),
      },
      linearProbe: await step('linear-probe', config.linearProbe, () => probeOf(context)),
      groups: await step('groups', asked('groups'), () => groupsOf(context)),
      levels: await step('levels', asked('levels'), () => levelsOf(context)),
      confusion: await step('confusion', asked('confusion'), () => confusionOf(context)),
      indexSize: await step(
        'index-size',
        asked('index-size'),
        () => indexSizeOf(context),
        config.repeats,
      ),
      space: await step('space', asked('space'), () => spaceOf(context)),
      projection: await step(
        'projection',
        asked('projection'),
        () => projectionOf(context),
        config.points,
      ),
      hubness: await step('hubness', asked('hubness'), () => hubnessOf(context)),
      patientLeak: await step('patient-leak', asked('patient-leak'), () => patientLeakOf(context)),
      recall: await step(
        'recall',
        asked('recall') && source.knn !== undefined && (encodes || source.files !== undefined),
        () => recallOf(context),
      ),
      robustness: await step(
        'robustness',
        encodes && asked('robustness'),
        async () => robustnessOf(context, await encoder()),
        config.samples,
      ),
      cost: await step(
        'cost',
        encodes && asked('cost'),
        async () => costOf(context, await encoder()),
        config.samples,
      ),
    };
  } finally {
    await loaded?.release();
  }
}

import type { z } from 'zod';
import { SemblanceError } from '../../domain/errors/error.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import type { LoadOptions } from '../../encoding/encoders/model.ts';
import { type Attempt, attempt, type Context } from '../analyses/context.ts';
import { type AnalysisFigures, ENTRIES } from '../analyses/registry.ts';
import { attemptSchema } from '../analyses/shapes.ts';
import type { BenchmarkConfig } from './config.ts';
import { INTERVALS, KNN, PROBE, RETRIEVAL } from './figures.ts';
import { KeptBlocks } from './kept-arrays.ts';
import type { Plan } from './plan.ts';
import type { StepStore } from './steps.ts';

type FigureOf<T> = T extends { schema: z.ZodType<infer Figure> } ? Attempt<Figure> : never;

/** The figures of one encoder. */
export interface Measured extends AnalysisFigures {
  retrieval: FigureOf<typeof RETRIEVAL>;
  intervals: FigureOf<typeof INTERVALS>;
  knn: { [Way in keyof typeof KNN]: FigureOf<(typeof KNN)[Way]> };
  linearProbe: FigureOf<typeof PROBE> | undefined;
}

/** What makes a figure and how it is kept. */
interface Made<T> {
  name: string;
  version: number;
  schema: z.ZodType<T>;
  run: (context: Context) => T | Promise<T>;
}

/**
 * Everything that is measured of one encoder; each step is kept.
 * @param key what the neighbours and embeddings were made from
 * @throws SemblanceError what ends the whole run, such as DISK_FULL
 */
export async function measureEncoder(
  given: Omit<Context, 'encoder' | 'blocks'>,
  { analyses, linearProbe, threads }: BenchmarkConfig,
  store: StepStore,
  key: unknown,
  provider: LoadOptions['provider'],
  plan: Plan,
): Promise<Measured> {
  const { source, config, protocol, k, bootstrap } = given;
  let loaded: Encoder | undefined;
  const encoder = async () => {
    if (source.definition === undefined) {
      throw new SemblanceError('ANALYSIS_IMPOSSIBLE', 'It needs the encoder, not its embeddings.', {
        subject: source.name,
      });
    }
    loaded ??= await Encoder.load(source.definition, { threads, provider });
    return loaded;
  };
  const make = async <T>(
    { name, version, schema, run }: Made<T>,
    inputs: unknown = null,
    label = name,
  ): Promise<Attempt<T>> => {
    const madeFrom = [key, protocol, k, bootstrap, inputs];
    const searches: KeptBlocks[] = [];
    const blocks = (search: string) => {
      const kept = new KeptBlocks((block) =>
        store.file({ name: `${name}-found`, version }, [madeFrom, search, block], '.bin'),
      );
      searches.push(kept);
      return kept;
    };
    const made = await store.json(
      { name, version, schema: attemptSchema(schema) },
      madeFrom,
      () => {
        plan.begin(source.name, label);
        return attempt(() => run({ ...given, encoder, blocks }));
      },
    );
    plan.end(source.name, label);
    for (const kept of searches) kept.remove();
    return made;
  };
  try {
    const figures = {
      retrieval: await make(RETRIEVAL),
      intervals: await make(INTERVALS),
      knn: {
        corrected: await make(KNN.corrected, null, 'kNN'),
        'as-published': await make(KNN['as-published'], null, 'kNN as published'),
      },
      linearProbe: linearProbe ? await make(PROBE, null, 'linear probe') : undefined,
    };
    const beyond: Record<string, unknown> = {};
    for (const [name, entry] of ENTRIES) {
      const wanted = analyses.includes(entry.id) && (entry.applies?.(source) ?? true);
      beyond[name] = wanted
        ? await make({ ...entry, name: entry.id }, entry.inputs?.(config) ?? null)
        : undefined;
    }
    return { ...figures, ...(beyond as unknown as AnalysisFigures) };
  } finally {
    await loaded?.release();
  }
}

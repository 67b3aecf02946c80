import type { EncoderSource, Report, Whole } from '../analyses/context.ts';
import { ENTRIES } from '../analyses/registry.ts';
import type { BenchmarkConfig } from './config.ts';

/** The sizes that the time of steps depends on. */
interface Sizes {
  train: number;
  val: number;
  test: number;
}

/** Unit of a step that has nothing to count: it is begun, and done. */
const STEP = 'step';

/**
 * Steps of an encoder with roughly the seconds that they take. Only how they compare matters: what is left is told
 * from them and from the time that went by, so a wrong one makes the time left wrong, and nothing else.
 */
function encoderSteps(
  { train, val, test }: Sizes,
  { analyses, linearProbe, replicates, repeats, samples, knn }: BenchmarkConfig,
  source: EncoderSource,
): [step: string, seconds: number][] {
  const encodes = source.definition !== undefined;
  const wanted = ENTRIES.map(([, entry]) => entry).filter(
    ({ id, applies }) => analyses.includes(id) && (applies?.(source) ?? true),
  );
  const queries = val + test;
  const images = train + queries;
  const search = 5e-9 * train * queries;
  const seconds: Partial<Record<BenchmarkConfig['analyses'][number], number>> = {
    'index-size': 1 + 5e-9 * train * test * repeats,
    robustness: 0.5 * samples,
    cost: 0.05 * samples,
    projection: 10,
    space: 5,
  };
  return [
    [encodes ? 'encode' : 'read embeddings', images * (encodes ? 0.02 : 2e-5)],
    ['check kept embeddings', 2e-6 * images],
    ['compare with the table', 5e-6 * images],
    ['neighbours', 0.5 + search],
    ['retrieval', 2e-5 * queries],
    ['intervals', 1e-7 * test * replicates],
    ['kNN', 5e-5 * queries],
    ['kNN as published', 5e-5 * queries],
    ...(linearProbe ? [['linear probe', 2e-3 * images] as [string, number]] : []),
    ...wanted.map(({ id }): [string, number] => [id, seconds[id] ?? 1e-5 * images]),
    ['write', 2e-5 * test * (knn ? 10 : 1)],
  ];
}

/** Names what is not of one encoder. */
export const ALL = 'all encoders';

/**
 * The steps of a run: tells how far the one under way is, and with it the whole, which never goes back. A step that
 * was kept is done in no time, and does not make the others look faster.
 */
export class Plan {
  private readonly seconds = new Map<string, number>();
  private readonly begun = new Set<string>();
  private total = 0;
  private done = 0;
  private kept = 0;
  /** What was told of the whole: a step that is a part of another, or is made again, takes nothing back. */
  private told = 0;
  private current: { step: string; share: number } | undefined;

  /** @param report is told of every step when it begins, and how far it is */
  constructor(
    private readonly report: Report | undefined,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** What there is to do, as soon as it is known. */
  open(sizes: Sizes, config: BenchmarkConfig, sources: readonly EncoderSource[]): void {
    for (const source of sources) {
      for (const [step, seconds] of encoderSteps(sizes, config, source)) {
        this.add(`${source.name}: ${step}`, seconds);
      }
    }
    this.add(`${ALL}: comparison`, 1e-7 * sizes.test * config.replicates * sources.length ** 2);
    this.add(`${ALL}: report`, 1);
  }

  /** Tells how far a part of a step is; what is no step of the plan is a part of the one under way. */
  readonly progressOf =
    (encoder: string) => (what: string, unit: string) => (done: number, total: number) => {
      this.signal?.throwIfAborted();
      const step = `${encoder}: ${what}`;
      if (this.seconds.has(step)) this.enter(step);
      if (this.current !== undefined) {
        const share = total > 0 ? Math.min(1, done / total) : 0;
        this.current.share = Math.max(this.current.share, share);
      }
      this.report?.(step, unit, done, total, this.whole());
    };

  /** A step begins that is not kept. */
  begin(encoder: string, step: string): void {
    this.progressOf(encoder)(step, STEP)(0, 1);
  }

  /** A step is done, or was kept. */
  end(encoder: string, step: string): void {
    this.leave(`${encoder}: ${step}`);
  }

  /** Nothing more is done of these: of an encoder that failed, say. */
  endAll(encoder: string, but: readonly string[] = []): void {
    for (const step of [...this.seconds.keys()]) {
      const name = step.slice(encoder.length + 2);
      if (step.startsWith(`${encoder}: `) && !but.includes(name)) this.leave(step);
    }
  }

  private add(step: string, seconds: number): void {
    // Every step takes a moment.
    const least = Math.max(0.01, seconds);
    this.seconds.set(step, least);
    this.total += least;
  }

  private enter(step: string): void {
    if (this.current?.step === step) return;
    this.current = { step, share: 0 };
    this.begun.add(step);
  }

  private leave(step: string): void {
    const seconds = this.seconds.get(step);
    if (seconds === undefined) return;
    this.seconds.delete(step);
    this.done += seconds;
    if (!this.begun.has(step)) this.kept += seconds;
    if (this.current?.step === step) this.current = undefined;
  }

  private whole(): Whole {
    const { current, total, kept } = this;
    const partial = current ? current.share * (this.seconds.get(current.step) ?? 0) : 0;
    this.told = Math.max(this.told, this.done + partial);
    return { done: this.told, total, kept };
  }
}

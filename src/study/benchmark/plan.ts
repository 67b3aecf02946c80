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
 * Steps of an encoder with roughly the seconds that they take, which count until a step of that kind was made: then
 * those of other encoders are expected to take what it took.
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

/** Every step takes a moment, in seconds. */
const LEAST = 0.01;
/**
 * What less of the work says of the rest is no use: a share of a step and the seconds that it took; the estimated
 * seconds of steps that were made, from which on they tell how much longer all others take.
 */
const TELLING = { share: 0.02, taken: 1, seconds: 5 };

/** What a step does, whichever encoder it is of. */
const kindOf = (step: string) => step.slice(step.indexOf(': ') + 2);

/** Names what is not of one encoder. */
export const ALL = 'all encoders';

/**
 * The steps of a run: tells how far the one under way is, and with it the whole: the seconds that were worked, and
 * those that are left, by the rate of the step under way and by what the steps that were made have taken. A step that
 * was kept is done in no time, and does not make the others look faster.
 */
export class Plan {
  /** Seconds of each step that is left, as they are estimated. */
  private readonly seconds = new Map<string, number>();
  /** Estimated and measured seconds of the steps of a kind that were made, of whichever encoder. */
  private readonly measured = new Map<string, { estimated: number; taken: number }>();
  /** Of each step that was begun: the share that was done then, and is now, and the seconds since. */
  private readonly begun = new Map<string, { from: number; share: number; taken: number }>();
  private done = 0;
  private kept = 0;
  private current:
    | { step: string; begun: { from: number; share: number; taken: number }; since: number }
    | undefined;

  /**
   * @param report is told of every step when it begins, and how far it is
   * @param now seconds of a clock
   */
  constructor(
    private readonly report: Report | undefined,
    private readonly signal: AbortSignal | undefined,
    private readonly now = () => performance.now() / 1000,
  ) {}

  /** Tells how much of a file is read that says what there is to do. */
  reading(file: string, done: number, total: number): void {
    this.signal?.throwIfAborted();
    this.report?.(file, 'bytes', done, total, { done: 0, total: 1, kept: 0 });
  }

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
      const share = total > 0 ? Math.min(1, done / total) : 0;
      if (this.seconds.has(step)) this.enter(step, share);
      if (this.current !== undefined) {
        const { begun } = this.current;
        begun.share = Math.max(begun.share, share);
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
    this.seconds.set(step, Math.max(LEAST, seconds));
  }

  private enter(step: string, share: number): void {
    if (this.current?.step === step) return;
    this.suspend();
    const begun = this.begun.get(step) ?? { from: share, share, taken: 0 };
    this.begun.set(step, begun);
    this.current = { step, begun, since: this.now() };
  }

  /** Counts the time of the step under way, which another may take the place of. */
  private suspend(): void {
    if (this.current === undefined) return;
    const { begun, since } = this.current;
    const taken = this.now() - since;
    begun.taken += taken;
    this.done += taken;
    this.current = undefined;
  }

  private leave(step: string): void {
    const estimated = this.seconds.get(step);
    if (estimated === undefined) return;
    if (this.current?.step === step) this.suspend();
    this.seconds.delete(step);
    const begun = this.begun.get(step);
    if (begun === undefined) {
      this.done += estimated;
      this.kept += estimated;
      return;
    }
    // What an earlier run had done of it took no time here.
    const part = 1 - begun.from;
    if (part < TELLING.share) return;
    const kind = this.measured.get(kindOf(step)) ?? { estimated: 0, taken: 0 };
    kind.estimated += estimated * part;
    kind.taken += Math.max(LEAST, begun.taken);
    this.measured.set(kindOf(step), kind);
  }

  /** Seconds of a step: as those of its kind took that were made, or as all steps did; or else as estimated. */
  private expected(step: string): number {
    const estimated = this.seconds.get(step) ?? 0;
    const own = this.measured.get(kindOf(step));
    if (own !== undefined) return (estimated * own.taken) / own.estimated;
    const all = { estimated: 0, taken: 0 };
    for (const kind of this.measured.values()) {
      all.estimated += kind.estimated;
      all.taken += kind.taken;
    }
    // A few small steps tell nothing of the large ones.
    return all.estimated < TELLING.seconds ? estimated : (estimated * all.taken) / all.estimated;
  }

  /** Seconds that are left of a step: by its own rate, when there is one. */
  private leftOf(step: string): number {
    const begun = this.begun.get(step);
    if (begun === undefined) return this.expected(step);
    const { from, share } = begun;
    const taken = begun.taken + (this.current?.step === step ? this.sinceBegun() : 0);
    const known = share - from >= TELLING.share && taken >= TELLING.taken;
    return known ? ((1 - share) * taken) / (share - from) : (1 - share) * this.expected(step);
  }

  private sinceBegun(): number {
    return this.current === undefined ? 0 : this.now() - this.current.since;
  }

  private whole(): Whole {
    const done = this.done + this.sinceBegun();
    let total = done;
    for (const step of this.seconds.keys()) total += this.leftOf(step);
    return { done, total, kept: this.kept };
  }
}

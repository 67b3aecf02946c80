import type { Call, Phase, Progress } from './call.ts';

/** Seconds that a part which takes next to nothing is estimated with. */
const LEAST = 0.01;

/**
 * The parts of a call that are done one after the other: each tells, beside its own count, how far the whole call is,
 * which never goes back.
 * @typeParam Part names of the parts
 */
export class WholeCall<Part extends string> {
  private readonly order: Part[];
  private told = 0;

  /**
   * @param seconds roughly what each part takes, in their order; only how they compare matters, and what is left is
   *   told from them and from the time that went by
   */
  constructor(
    private readonly call: Call,
    private readonly seconds: Readonly<Record<Part, number>>,
  ) {
    this.order = Object.keys(seconds) as Part[];
  }

  /** To be told how far a part is. */
  progress(part: Part): Progress {
    return (done, total, phase) => {
      const share = total === undefined ? undefined : done / Math.max(1, total);
      this.call.progress?.(done, total, { ...phase, whole: this.whole(part, share ?? 0) });
    };
  }

  /** To be told how far one of several pieces of a part is: a file of some, say, by their sizes. */
  within(part: Part, before: number, size: number, all: number): Progress {
    return (done, total, phase) => {
      const share = total === undefined ? 0 : done / Math.max(1, total);
      const whole = this.whole(part, (before + share * size) / Math.max(1, all));
      this.call.progress?.(done, total, { ...phase, whole });
    };
  }

  /** As `counting` of a call: tells the progress of a part, and ends it when the call is to end. */
  counting(part: Part, phase: Phase): (done: number, total: number) => void {
    const progress = this.progress(part);
    return (done, total) => {
      this.call.signal?.throwIfAborted();
      progress(done, total, phase);
    };
  }

  private whole(part: Part, share: number): NonNullable<Phase['whole']> {
    const of = (one: Part) => Math.max(LEAST, this.seconds[one]);
    const before = this.order.slice(0, this.order.indexOf(part));
    const sum = (parts: readonly Part[]) => parts.reduce((all, one) => all + of(one), 0);
    const total = sum(this.order);
    const done = sum(before) + Math.min(1, share) * of(part);
    this.told = Math.max(this.told, Math.min(total, done));
    return { done: this.told, total, kept: 0 };
  }
}

import type { Phase, Progress } from '../app/call.ts';
import { clock, FIRST, IN_LOG, ON_TERMINAL, rateText } from './progress.ts';

type Whole = NonNullable<Phase['whole']>;

/** Characters of a bar. */
const BAR = 20;
/** What less of the work says of the rest is no use to anybody: a share, and seconds. */
const TELLING = { share: 0.005, seconds: 1 };
/** Bytes of a megabyte. */
const MEGABYTE = 1e6;

/** Where lines go, and when. */
interface Screen {
  isTerminal: boolean;
  write(text: string): void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

const STANDARD_ERROR: Screen = {
  isTerminal: process.stderr.isTTY,
  write: (text) => process.stderr.write(text),
  now: () => performance.now(),
};

/** A step under way: what was counted when it was first told of, and when. */
interface Step {
  name: string;
  unit: string;
  from: number;
  since: number;
}

/**
 * One bar for a call of many phases: the share of the whole that is done, about how long the rest will take, the name
 * of the step, its count and its rate. A step is shown as soon as it begins, but for those of the first moment.
 */
export class WholeProgress {
  private readonly begun: number;
  private due: number;
  private step: Step | undefined;
  private shown = false;
  private share = 0;

  /** @param extra what a line ends with */
  constructor(
    private readonly extra: (phase: Phase) => string = () => '',
    private readonly screen: Screen = STANDARD_ERROR,
  ) {
    this.begun = screen.now();
    this.due = this.begun + (screen.isTerminal ? 0 : FIRST);
  }

  /** To be given to the call. */
  readonly show: Progress = (done, total, phase) => {
    const { unit, of = '', whole } = phase;
    const now = this.screen.now();
    const begins = this.step?.name !== of || this.step.unit !== unit;
    if (begins) this.step = { name: of, unit, from: done, since: now };
    const early = !this.screen.isTerminal && now < this.begun + FIRST;
    if (early || (now < this.due && !begins)) return;
    const bar = whole === undefined ? '' : `${this.bar(whole, now)}  `;
    const count = total === undefined ? ` ${done} ${unit} found` : this.count(done, total, now);
    this.line(`${`${bar}${of}${count}`.trim()}${this.extra(phase)}`, now);
  };

  /** Ends the line. */
  end(): void {
    if (this.screen.isTerminal && this.shown) this.screen.write('\n');
    this.shown = false;
  }

  private bar({ done, total, kept }: Whole, now: number): string {
    // What is expected of the rest may become more: the bar does not go back for that.
    this.share = Math.max(this.share, total > 0 ? Math.min(1, done / total) : 0);
    const { share } = this;
    const marks = Math.floor(BAR * share);
    const text = `[${'#'.repeat(marks)}${'.'.repeat(BAR - marks)}] ${Math.floor(100 * share)} %`;
    const seconds = (now - this.begun) / 1000;
    const worked = done - kept;
    if (seconds < TELLING.seconds || worked < TELLING.share * (total - kept)) return text;
    return `${text}, about ${clock((seconds * (total - done)) / worked)} left`;
  }

  /** How far the step is; nothing for one that has nothing to count. */
  private count(done: number, total: number, now: number): string {
    const { unit, from, since } = this.step as Step;
    if (unit === 'step') return '';
    const inBytes = unit === 'bytes';
    const amount = (n: number) => (inBytes ? (n / MEGABYTE).toFixed(1) : Math.round(n));
    const name = inBytes ? 'MB' : unit;
    const perSecond = (done - from) / Math.max((now - since) / 1000, 1e-3);
    const rate = rateText(inBytes ? perSecond / MEGABYTE : perSecond, name);
    return ` ${amount(done)}/${amount(total)} ${name}${rate}`;
  }

  private line(text: string, now: number): void {
    const { isTerminal } = this.screen;
    this.due = now + (isTerminal ? ON_TERMINAL : IN_LOG);
    this.shown = true;
    this.screen.write(isTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
  }
}

import type { Phase, Progress } from '../app/call.ts';

/** Seconds as h:mm:ss or m:ss. */
export function clock(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** Milliseconds from one line to the next, and to the first in a log. */
export const ON_TERMINAL = 200;
export const IN_LOG = 10_000;
export const FIRST = 1000;

/** Units a second, or in a minute where that is less than one; nothing before there is a rate to speak of. */
export function rateText(perSecond: number, unit: string): string {
  if (perSecond >= 1) return `, ${perSecond.toFixed(1)} ${unit}/s`;
  if (60 * perSecond >= 0.1) return `, ${(60 * perSecond).toFixed(1)} ${unit}/min`;
  return '';
}

/** A line on standard error with count, rate and time left; rewritten in place on a terminal. */
export class ProgressLine {
  private shown = false;
  /** When the next line may be shown: the first soon, so that nobody wonders whether anything happens. */
  private due = performance.now() + (process.stderr.isTTY ? 0 : FIRST);

  /**
   * @param before units that an earlier run has done, which count for no rate
   * @param start when the first of them was begun, by `performance.now()`
   */
  constructor(
    private readonly unit: string,
    private readonly before = 0,
    private readonly start = performance.now(),
  ) {}

  /** Shows the state, at most some times a second (on a terminal) or every ten seconds (in a log). */
  update(done: number, total: number, extra = ''): void {
    if (done < total && !this.isDue()) return;
    const rate = (done - this.before) / Math.max((performance.now() - this.start) / 1000, 1e-3);
    const left = rate > 0 ? `, ${clock((total - done) / rate)} left` : '';
    this.show(`${done}/${total} ${this.unit}${rateText(rate, this.unit)}${left}${extra}`);
  }

  /** Shows how many were found, where nobody knows yet how many there are. */
  count(found: number): void {
    if (this.isDue()) this.show(`${found} ${this.unit} found`);
  }

  private isDue(): boolean {
    return performance.now() >= this.due;
  }

  private show(line: string): void {
    this.shown = true;
    this.due = performance.now() + (process.stderr.isTTY ? ON_TERMINAL : IN_LOG);
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  }

  /** Ends the line. */
  end(): void {
    if (process.stderr.isTTY && this.shown) process.stderr.write('\n');
  }
}

/** Bytes of a megabyte, as progress shows them. */
const MEGABYTE = 1e6;

/** Shows how far a call of a service is: a line for each of its phases. */
export class CallProgress {
  private shown: { unit: string; of: string | undefined; line: ProgressLine } | undefined;

  /** When the phase under way began: with the call, or with the end of the one before. */
  private since = performance.now();

  /** @param extra what a phase's line ends with */
  constructor(private readonly extra: (phase: Phase) => string = () => '') {}

  /** To be given to the call. */
  readonly show: Progress = (done, total, phase) => {
    const { unit, of, before = 0 } = phase;
    const inBytes = unit === 'bytes';
    const amount = (n: number) => (inBytes ? Number((n / MEGABYTE).toFixed(1)) : n);
    if (done <= before) this.since = performance.now();
    if (this.shown === undefined || this.shown.unit !== unit || this.shown.of !== of) {
      this.end();
      const line = new ProgressLine(inBytes ? 'MB' : unit, amount(before), this.since);
      this.shown = { unit, of, line };
    }
    const { line } = this.shown;
    // That it begins is all that there is to tell.
    if (done <= before && total !== undefined) return;
    this.since = performance.now();
    if (total !== undefined) line.update(amount(done), amount(total), this.extra(phase));
    else if (!inBytes) line.count(done);
  };

  /** Ends the line. */
  end(): void {
    this.shown?.line.end();
    this.shown = undefined;
  }
}

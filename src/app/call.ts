import type { AuditActor } from '../contract/audit.ts';

/** What is being counted; a call may do one thing after the other. */
export interface Phase {
  /** What is counted, for instance `images`, `files` or `bytes`; `step` where there is nothing to count. */
  unit: string;
  /** Whose they are, where a call goes through several: the name of a collection or a file. */
  of?: string;
  /** Units that an earlier call has done. */
  before?: number;
  /** Units of those done that had to be left out, and of how many the reason has which code. */
  skipped?: number;
  reasons?: Readonly<Record<string, number>>;
  /** How many studies are through of those that the units are of, where they come study by study. */
  studies?: { done: number; total: number };
  /**
   * How far the whole call is, where it has many phases: seconds that were worked, and with those that are expected
   * of the rest by now, which may become more or fewer. Those that were `kept` from an earlier call have taken none.
   */
  whole?: { done: number; total: number; kept: number };
}

/** How far a call is, for those who wait; the total is undefined while nobody knows it. */
export type Progress = (done: number, total: number | undefined, phase: Phase) => void;

/** What every call of a service takes beside its request. */
export interface Call {
  /** Ends the call, which then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Is told how far the call is, where it can take long. */
  progress?: Progress | undefined;
  /** Whoever it is for, for a log; by default whoever runs this process. */
  actor?: AuditActor | undefined;
  /** Is told which images were given away, by their numbers, for a log. */
  gave?: ((collection: string, images: readonly number[]) => void) | undefined;
}

/**
 * Tells the progress of a phase whose total is known, in the form that functions below the services
 * take, and ends them when the call is to end.
 * @internal
 */
export function counting(
  { signal, progress }: Call,
  phase: Phase,
): (done: number, total: number) => void {
  return (done, total) => {
    signal?.throwIfAborted();
    progress?.(done, total, phase);
  };
}

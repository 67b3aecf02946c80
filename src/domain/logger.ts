/** How much it matters that something happened. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Something that happened, by facts that name nobody: numbers, codes and fixed words, and never a name, a path, a query or
 * what somebody sent.
 */
export interface LogEvent {
  level: LogLevel;
  event: 'start' | 'stop' | 'request' | 'task' | 'worker';
  readonly [fact: string]: string | number | null;
}

/** Is told what people should know beside an answer. No name of a patient is ever told. */
export interface Logger {
  warn(message: string): void;
  /** Is told what happens, where somebody keeps it. */
  event?(event: LogEvent): void;
}

/** The channel (node:diagnostics_channel) that is told of each index that was built anew. */
export const INDEX_BUILD = 'semblance:index-build';
/** What it is told. */
export interface IndexBuild {
  ms: number;
}

/** The channel that is told how far long work is which is no call's own: an index that is opened, rows that are read. */
export const WAITING = 'semblance:waiting';

/** What it is told, now and then; with all of them done the work has ended. */
export interface Waiting {
  /** What is counted. */
  unit: string;
  done: number;
  total: number;
}

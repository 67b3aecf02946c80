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

import { destination, pino } from 'pino';
import { LOG_LEVELS, type LogEvent, type Logger, type LogLevel } from '../domain/logger.ts';

/** How a log is written: one JSON document on each line, or lines for people. */
export const LOG_FORMATS = ['text', 'json'] as const;

/** What is written of a log. */
export const LOG_CHOICES = ['silent', ...LOG_LEVELS] as const;

/** So many bytes wait for whoever reads slowly; what comes then is left out, rather than answers. */
const MOST_WAITING = 4e6;
const LEVEL_WIDTH = 5;

export interface LogOptions {
  /** The least level that is written. */
  level: LogLevel | 'silent';
  format: (typeof LOG_FORMATS)[number];
}

/** The log of a process. */
export interface Log extends Required<Logger> {
  /** Writes what waits; nothing is written any more then. */
  end(): Promise<void>;
}

/** A log on standard error. A disk that is full or a reader who has gone ends nothing: the lines are lost. */
export function createLog({ level, format }: LogOptions): Log {
  const isText = format === 'text';
  // What people read stands in order with what else they are told.
  const sink = isText
    ? process.stderr
    : destination({ dest: 2, sync: false, maxLength: MOST_WAITING });
  sink.on('error', () => undefined);
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => void sink.write(isText ? textOf(JSON.parse(line)) : line) },
  );
  return {
    warn: (message) => log.warn({ event: 'warning' }, message),
    event: ({ level: at, ...facts }) => log[at](facts),
    async end() {
      log.level = 'silent';
      if (isText) return;
      await new Promise((resolve) => {
        for (const event of ['close', 'error']) sink.once(event, resolve);
        sink.end();
      });
    },
  };
}

type Line = Record<string, string | number | null> & Pick<LogEvent, 'level'> & { time: string };

function textOf({ level, time, pid: _, event, message, ...facts }: Line): string {
  // What somebody is to be told stands alone.
  if (message !== undefined) return `Warning: ${message}\n`;
  const told = Object.entries(facts).flatMap(([name, fact]) =>
    fact === null ? [] : [`${name}=${String(fact)}`],
  );
  return `${[time, level.padEnd(LEVEL_WIDTH), event, ...told].join(' ')}\n`;
}

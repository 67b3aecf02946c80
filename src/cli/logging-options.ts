import { type Command, Option } from 'commander';
import { LOG_CHOICES, LOG_FORMATS, type LogOptions } from '../server/log.ts';

/** How a command tells what happens. */
export interface LoggingOptions {
  logLevel: LogOptions['level'];
  logFormat: LogOptions['format'];
}

/** Adds how much is told on standard error, and in which form. */
export function withLoggingOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--log-level <level>',
        'what is told on standard error: info has a line for each request; no names, paths or queries',
      )
        .choices(LOG_CHOICES)
        .default('warn'),
    )
    .addOption(
      new Option('--log-format <format>', 'lines for people, or a JSON document on each')
        .choices(LOG_FORMATS)
        .default('text'),
    );
}

import { ERRORS } from './registry.ts';

/** The registry as the Markdown page `docs/errors.md`. */
export function errorsDocument(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, title, advice }]) => `| \`${code}\` | ${status} | ${title} | ${advice} |`,
  );
  return [
    '# Errors',
    '',
    'Every error has one of these codes. The command prints it with the file concerned on standard',
    'error and ends with code 1 (2 for a wrong command line, 130 when interrupted); the HTTP API answers',
    'with a problem document (RFC 9457) of the given status. This page is made by `npm run docs:errors`.',
    '',
    '| Code | Status | What | What to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

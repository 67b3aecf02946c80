import type { Command } from 'commander';
import type { ShownSettings } from '../../contract/settings.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';
import { CONFIG_VARIABLE, problemText, resolveSettings, strangeVariables } from '../settings.ts';
import { togetherProblems, withEveryServeOption } from './serve.ts';

/** The settings as `serve` would have them, and what is wrong with them. */
function settingsFor(command: Command, file?: string): ShownSettings {
  const told = resolveSettings(command, file);
  // Of one that is wrong by itself, nobody knows what it goes with.
  const together = told.problems.length > 0 ? [] : togetherProblems(command.opts());
  return {
    ...told,
    problems: [
      ...told.problems,
      ...together.map(({ message, subject }) => ({
        ...{ name: null, line: null },
        problem: subject ? `${subject}: ${message}` : message,
      })),
      ...strangeVariables(command),
    ],
  };
}

const problemLines = ({ problems }: ShownSettings) => problems.map(problemText);

/** `semblance config`: the settings of a server. */
export function addConfigCommand(config: Command): void {
  const check = config
    .command('check [file]')
    .description(
      `Look for what is wrong with a file of settings (by default $${CONFIG_VARIABLE}) and the environment`,
    );
  withEveryServeOption(check).action((file: string | undefined) => {
    const { json = false } = check.optsWithGlobals<GlobalOptions>();
    const told = settingsFor(check, file);
    if (told.file === null && file === undefined && told.problems.length === 0) {
      const given = told.settings.some(({ from }) => from === 'environment');
      if (!given) {
        throw new SemblanceError(
          'USAGE',
          `Name a file, or set ${CONFIG_VARIABLE}: nothing is set.`,
        );
      }
    }
    if (told.problems.length > 0) process.exitCode = 1;
    print(json, { file: told.file, problems: told.problems }, () =>
      told.problems.length > 0
        ? [told.file ?? 'environment', ...problemLines(told)].join('\n  ')
        : `${told.file ?? 'environment'}: ${told.settings.filter(({ from }) => from === 'file').length} settings of the file, nothing is wrong.`,
    );
  });
  const show = config
    .command('show')
    .description(
      'Show each setting and where it comes from; with the options of `serve`, what it would take',
    );
  withEveryServeOption(show).action(() => {
    const { json = false } = show.optsWithGlobals<GlobalOptions>();
    const told = settingsFor(show);
    if (told.problems.length > 0) process.exitCode = 1;
    print(json, told, () =>
      [
        table(
          ['setting', 'value', 'from'],
          told.settings.map(({ name, value, from }) => [
            ...[name, Array.isArray(value) ? value.join(' ') : String(value ?? ''), from],
          ]),
        ),
        ...problemLines(told),
      ].join('\n'),
    );
  });
}

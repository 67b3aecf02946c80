#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command, CommanderError, Help } from 'commander';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { beginAudit } from './audited.ts';
import { chooseCollection } from './collection.ts';
import { COMMANDS } from './commands.ts';
import { withGlobalOptions } from './options.ts';
import { fail } from './output.ts';
import { showWaiting } from './waiting.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Writes in the audit log how the command ended. */
let ended: Awaited<ReturnType<typeof beginAudit>>;

const program = withGlobalOptions(new Command('semblance'))
  .description('Find radiology images that look alike. For research and teaching, not diagnosis.')
  .version(version, '-V, --version', 'print the version')
  .hook('preAction', async (_, command) => {
    showWaiting(command.name());
    await chooseCollection(command);
    ended = await beginAudit(command);
  })
  .configureHelp({
    // An empty list is no default to speak of.
    optionDescription: (option) =>
      new Help().optionDescription(option).replace(/ \(default: \[\]\)|, default: \[\]/, ''),
    // The arguments of a command are known once it is loaded.
    subcommandTerm: (command) => command.name(),
  })
  .helpCommand(false)
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

const inherit = (command: Command, parent: Command): void => {
  command.copyInheritedSettings(parent);
  for (const part of command.commands) inherit(part, command);
};
for (const { name, description, load } of COMMANDS) {
  const command = program.command(name).description(description);
  if (process.argv.includes(name)) (await load())(command);
  inherit(command, program);
}

const asJson = process.argv.includes('--json');
// A reader that ends early (head) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});
try {
  await program.parseAsync();
  await ended?.();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version end here with code 0.
    if (error.exitCode !== 0) fail(new SemblanceError('USAGE', error.message), asJson);
  } else {
    // That it cannot be written is said by the log itself.
    await ended?.(toSemblanceError(error)).catch(() => undefined);
    fail(error, asJson);
  }
}

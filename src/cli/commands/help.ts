import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { suggestion } from '../../domain/errors/suggest.ts';

/** `semblance help`: also of commands within commands, which that of the library does not show. */
export function addHelpCommand(help: Command): void {
  help
    .argument('[command...]', 'its name, for instance: benchmark run')
    .action((names: string[]) => {
      let command = help.parent as Command;
      for (const name of names) {
        const next = command.commands.find((one) => one.name() === name);
        if (next === undefined) {
          const known = command.commands.map((one) => one.name());
          throw new SemblanceError(
            'USAGE',
            `There is no command "${names.join(' ')}". ${suggestion(name, known, 'command in it')}`,
          );
        }
        command = next;
      }
      command.outputHelp();
    });
}

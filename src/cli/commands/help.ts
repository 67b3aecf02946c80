import type { Command } from 'commander';
import { SemblanceError } from '../../errors/error.ts';

/** `semblance help`: also of commands within commands, which that of the library does not show. */
export function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('Show what a command does and its options')
    .argument('[command...]', 'its name, for instance: benchmark run')
    .action((names: string[]) => {
      let command = program;
      for (const name of names) {
        const next = command.commands.find((one) => one.name() === name);
        if (next === undefined) {
          throw new SemblanceError('USAGE', `There is no command "${names.join(' ')}".`);
        }
        command = next;
      }
      command.outputHelp();
    });
}

#!/usr/bin/env node
import { Command, CommanderError, Help, Option } from 'commander';
import { SemblanceError } from '../errors/error.ts';
import { chooseProvider, PROVIDERS } from '../runtime/provider.ts';
import { addAdaptCommand } from './commands/adapt.ts';
import { addBenchmarkCommand } from './commands/benchmark.ts';
import { addCalibrateCommand } from './commands/calibrate.ts';
import { addListCommands } from './commands/collections.ts';
import { addDatasetCommand } from './commands/dataset.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDuplicatesCommand } from './commands/duplicates.ts';
import { addEmbeddingsCommand } from './commands/embeddings.ts';
import { addEncodersCommand } from './commands/encoders.ts';
import { addEngineCommand } from './commands/engine.ts';
import { addEvaluateCommand } from './commands/evaluate.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addHelpCommand } from './commands/help.ts';
import { addIndexCommand } from './commands/index.ts';
import { addModelsCommand } from './commands/models.ts';
import { addRemoveCommand } from './commands/remove.ts';
import { addSearchCommand } from './commands/search.ts';
import { addServeCommand } from './commands/serve.ts';
import { addWorkerCommand } from './commands/worker.ts';
import { fail } from './output.ts';

const program = new Command('semblance')
  .description('Find radiology images that look alike. For research and teaching, not diagnosis.')
  .option('--home <folder>', 'folder of the collections (default: $SEMBLANCE_HOME or ~/.semblance)')
  .option('--json', 'machine-readable output')
  .addOption(
    new Option('--provider <name>', 'where encoders run, if the machine has it')
      .choices(PROVIDERS)
      .env('SEMBLANCE_PROVIDER')
      .default('cpu'),
  )
  .hook('preAction', (command) => chooseProvider(command.opts().provider))
  .configureHelp({
    // An empty list is no default to speak of.
    optionDescription: (option) =>
      new Help().optionDescription(option).replace(/ \(default: \[\]\)|, default: \[\]/, ''),
  })
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

addIndexCommand(program);
addWorkerCommand(program);
addRemoveCommand(program);
addSearchCommand(program);
addDuplicatesCommand(program);
addListCommands(program);
addEncodersCommand(program);
addExplainCommand(program);
addEvaluateCommand(program);
addCalibrateCommand(program);
addAdaptCommand(program);
addServeCommand(program);
addModelsCommand(program);
addDatasetCommand(program);
addBenchmarkCommand(program);
addEmbeddingsCommand(program);
addEngineCommand(program);
addDemoCommand(program);
addHelpCommand(program);
const inherit = (command: Command, parent: Command): void => {
  command.copyInheritedSettings(parent);
  for (const part of command.commands) inherit(part, command);
};
for (const command of program.commands) inherit(command, program);

const asJson = process.argv.includes('--json');
// A reader that ends early (head) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version end here with code 0.
    if (error.exitCode !== 0) fail(new SemblanceError('USAGE', error.message), asJson);
  } else fail(error, asJson);
}

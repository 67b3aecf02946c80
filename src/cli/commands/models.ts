import type { Command } from 'commander';
import type { Precision } from '../../domain/encoders.ts';
import { print, table } from '../output.ts';
import { addPullCommand, precisionOption, ready, withModels } from './models-pull.ts';

interface AddOptions {
  from: string;
  like?: string;
  prefix?: string;
  precision: Precision;
}

/** `semblance models`: published encoders, from their official checkpoints. */
export function addModelsCommand(models: Command): void {
  models
    .command('list')
    .description('List the published models that are known and those that were added')
    .action((_: unknown, command: Command) =>
      withModels(command, (service, json) => {
        const list = service.list();
        print(json, list, () =>
          table(
            ['model', 'title', 'dimension', 'text', 'installed', 'licence'],
            list.models.map((row) => [
              row.name,
              row.title,
              row.dimension,
              row.text ? 'yes' : '',
              row.installed ? 'yes' : '',
              row.licence,
            ]),
          ),
        );
      }),
    );

  addPullCommand(models);

  models
    .command('add')
    .description('Compile a checkpoint that is on this machine')
    .argument('<name>', 'model of the catalogue, a template file, or a new name with --like')
    .requiredOption('--from <folder|file>', 'the official files')
    .option('--like <model>', 'model of the catalogue that this one is a relative of')
    .option('--prefix <prefix>', "which of several models of a checkpoint, by its tensors' names")
    .addOption(precisionOption())
    .action((name: string, options: AddOptions, command: Command) =>
      withModels(command, async (service, json) => {
        const { from, like, prefix, precision } = options;
        const installed = await service.add({ name, from, like, prefix, precision });
        print(json, installed, () => ready(installed));
      }),
    );

  models
    .command('template')
    .description('Print the template of a model, to edit for a relative of it')
    .argument('<name>', 'model of the catalogue')
    .action((name: string, _: unknown, command: Command) =>
      withModels(command, (service) => {
        const template = { ...service.template({ name }), name: `my-${name}` };
        process.stdout.write(`${JSON.stringify(template, null, 2)}\n`);
      }),
    );

  models
    .command('verify')
    .description('Load an encoder, run it, and compare it with a golden if one is given')
    .argument('<name>', 'encoder')
    .option('--golden <folder>', 'folder with input.safetensors and expected.safetensors')
    .action((name: string, { golden }: { golden?: string }, command: Command) =>
      withModels(command, async (service, json) => {
        const result = await service.verify({ name, golden });
        print(json, result, () =>
          result.difference === null
            ? `${name} runs and gives finite embeddings. ${result.unknown}`
            : `${name} ${result.faithful ? 'equals' : 'DIFFERS from'} the golden: ${result.difference.toExponential(2)} of its largest value.`,
        );
        if (result.faithful === false) process.exitCode = 1;
      }),
    );

  models
    .command('remove')
    .description('Remove a model and its compiled form; collections keep their embeddings')
    .argument('<name>', 'model')
    .action((name: string, _: unknown, command: Command) =>
      withModels(command, (service, json) =>
        print(json, service.remove({ name }), () => `${name} is removed.`),
      ),
    );
}

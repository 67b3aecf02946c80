import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { findEncoder } from '../../encoders/registry.ts';
import { SemblanceError } from '../../errors/error.ts';
import { installModel, MODEL_NAME, modelFolder, removeModel } from '../../models/install.ts';
import { findTemplate, type ModelTemplate, readCatalogue } from '../../models/template.ts';
import { verifyEncoder } from '../../models/verify.ts';
import { Home } from '../../store/home.ts';
import type { GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';

/** The home folder and the output form of a subcommand. */
function globals(command: Command): { home: Home; json: boolean } {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  return { home: new Home(home), json };
}

/** The catalogue's template; under another name for a relative of it. */
function templateFor(name: string, like: string | undefined): ModelTemplate {
  if (like === undefined) return findTemplate(name);
  return {
    ...findTemplate(like),
    name,
    title: `${name} (like ${like})`,
    source: 'added by the user',
  };
}

/** `semblance models`: published encoders, from their official checkpoints. */
export function addModelsCommand(program: Command): void {
  const models = new Command('models').description(
    'Encoders from official checkpoints: list, add, verify, remove',
  );
  program.addCommand(models);

  models
    .command('list')
    .description('List the published models that are known')
    .action((_: unknown, command: Command) => {
      const { home, json } = globals(command);
      const rows = readCatalogue().map(
        ({ name, title, dimension, licence, source, hub, text }) => ({
          name,
          title,
          dimension,
          licence,
          source,
          gated: hub?.gated ?? false,
          text: text !== undefined,
          installed:
            existsSync(modelFolder(home, name)) &&
            existsSync(join(home.encodersFolder, `${name}.json`)),
        }),
      );
      print(json, { models: rows }, () =>
        table(
          ['model', 'title', 'dimension', 'installed', 'licence'],
          rows.map((row) => [
            row.name,
            row.title,
            row.dimension,
            row.installed ? 'yes' : '',
            row.licence,
          ]),
        ),
      );
    });

  models
    .command('add')
    .description('Compile a checkpoint that is on this machine')
    .argument('<name>', 'model of the catalogue, or a new name with --like')
    .requiredOption('--from <folder|file>', 'the official files')
    .option('--like <model>', 'model of the catalogue that this one is a relative of')
    .action(async (name: string, options: { from: string; like?: string }, command: Command) => {
      const { home, json } = globals(command);
      const template = templateFor(name, options.like);
      if (!MODEL_NAME.test(name)) {
        throw new SemblanceError('USAGE', `"${name}" cannot be the name of an encoder.`);
      }
      const result = await installModel(home, template, options.from);
      await verifyEncoder(await findEncoder(name, home.encodersFolder));
      print(
        json,
        result,
        () =>
          `${name} is ${result.compiled ? 'compiled' : 'compiled already'}: semblance index <folder> -e ${name}`,
      );
    });

  models
    .command('verify')
    .description('Load an encoder, run it, and compare it with a golden if one is given')
    .argument('<name>', 'encoder')
    .option('--golden <folder>', 'folder with input.safetensors and expected.safetensors')
    .action(async (name: string, options: { golden?: string }, command: Command) => {
      const { home, json } = globals(command);
      const definition = await findEncoder(name, home.encodersFolder);
      const result = await verifyEncoder(definition, options.golden);
      print(json, result, () =>
        result.difference === null
          ? `${name} runs and gives finite embeddings.`
          : `${name} ${result.faithful ? 'equals' : 'DIFFERS from'} the golden: ${result.difference.toExponential(2)} of its largest value.`,
      );
      if (!result.faithful) process.exitCode = 1;
    });

  models
    .command('remove')
    .description('Remove a model and its compiled form; collections keep their embeddings')
    .argument('<name>', 'model')
    .action((name: string, _: unknown, command: Command) => {
      const { home, json } = globals(command);
      if (!removeModel(home, name)) {
        throw new SemblanceError('ENCODER_NOT_FOUND', 'It is not installed.', { subject: name });
      }
      print(json, { removed: name }, () => `${name} is removed.`);
    });
}

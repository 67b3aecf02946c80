import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { Precision } from '../../encoding/compiler/quantise.ts';
import { findEncoder } from '../../encoding/encoders/registry.ts';
import { installModel } from '../../encoding/models/install.ts';
import { listInstalled, readInstalled, removeModel } from '../../encoding/models/installed.ts';
import { findTemplate, readCatalogue, relativeOf } from '../../encoding/models/template.ts';
import { verifyEncoder } from '../../encoding/models/verify.ts';
import type { DataDirectory } from '../../store/data-directory.ts';
import { print, table } from '../output.ts';
import { addPullCommand, globals, precisionOption, ready } from './models-pull.ts';

/** What can be added, and what has been: the catalogue, then the user's own relatives. */
function listModels(home: DataDirectory) {
  const installed = new Map(listInstalled(home).map((record) => [record.name, record]));
  const known = readCatalogue().map((template) => ({
    name: template.name,
    title: template.title,
    dimension: template.dimension,
    licence: template.licence,
    source: template.source,
    gated: template.hub?.gated ?? false,
    text: template.text !== undefined,
    published: template.published,
    catalogue: true,
    installed: installed.delete(template.name),
  }));
  const own = [...installed.values()].map(({ name, title, dimension, licence, source, text }) => ({
    name,
    title,
    dimension,
    licence,
    source,
    gated: false,
    text,
    published: null,
    catalogue: false,
    installed: true,
  }));
  return [...known, ...own];
}

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
    .action((_: unknown, command: Command) => {
      const { home, json } = globals(command);
      const rows = listModels(home);
      print(json, { models: rows }, () =>
        table(
          ['model', 'title', 'dimension', 'text', 'installed', 'licence'],
          rows.map((row) => [
            row.name,
            row.title,
            row.dimension,
            row.text ? 'yes' : '',
            row.installed ? 'yes' : '',
            row.licence,
          ]),
        ),
      );
    });

  addPullCommand(models);

  models
    .command('add')
    .description('Compile a checkpoint that is on this machine')
    .argument('<name>', 'model of the catalogue, a template file, or a new name with --like')
    .requiredOption('--from <folder|file>', 'the official files')
    .option('--like <model>', 'model of the catalogue that this one is a relative of')
    .option('--prefix <prefix>', "which of several models of a checkpoint, by its tensors' names")
    .addOption(precisionOption())
    .action(async (name: string, options: AddOptions, command: Command) => {
      const { home, json } = globals(command);
      const { like, precision, prefix } = options;
      const template = like === undefined ? findTemplate(name) : relativeOf(like, name);
      const result = await installModel(home, template, options.from, {
        relative: like !== undefined,
        precision,
        ...(prefix === undefined ? {} : { prefix }),
      });
      print(json, result, () => ready(result));
    });

  models
    .command('template')
    .description('Print the template of a model, to edit for a relative of it')
    .argument('<name>', 'model of the catalogue')
    .action((name: string) => {
      const template = { ...findTemplate(name), name: `my-${name}` };
      process.stdout.write(`${JSON.stringify(template, null, 2)}\n`);
    });

  models
    .command('verify')
    .description('Load an encoder, run it, and compare it with a golden if one is given')
    .argument('<name>', 'encoder')
    .option('--golden <folder>', 'folder with input.safetensors and expected.safetensors')
    .action(async (name: string, options: { golden?: string }, command: Command) => {
      const { home, json } = globals(command);
      const definition = await findEncoder(name, home.encodersFolder);
      const result = await verifyEncoder(definition, {
        ...options,
        asPublished: readInstalled(home, name)?.asPublished ?? false,
      });
      print(json, result, () =>
        result.difference === null
          ? `${name} runs and gives finite embeddings. ${result.unknown}`
          : `${name} ${result.faithful ? 'equals' : 'DIFFERS from'} the golden: ${result.difference.toExponential(2)} of its largest value.`,
      );
      if (result.faithful === false) process.exitCode = 1;
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

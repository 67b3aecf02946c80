import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { PRECISIONS, type Precision } from '../../encoding/compiler/quantise.ts';
import { DEFAULT_ENDPOINT, Hub, type HubOptions } from '../../encoding/models/hub.ts';
import { agreementText, type InstalledModel, installModel } from '../../encoding/models/install.ts';
import { type Pulled, pulledBefore, pullModel } from '../../encoding/models/pull.ts';
import { findTemplate, type ModelTemplate } from '../../encoding/models/template.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import type { GlobalOptions } from '../options.ts';
import { print } from '../output.ts';
import { ProgressLine } from '../progress.ts';

/** The home folder and the output form of a subcommand. */
export function globals(command: Command): { home: DataDirectory; json: boolean } {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  return { home: new DataDirectory(home), json };
}

interface PullOptions {
  endpoint?: string;
  tokenFile?: string;
  offline?: boolean;
  precision: Precision;
}

/** The option that asks for weights of fewer bits. */
export const precisionOption = () =>
  new Option('--precision <bits>', 'int8 makes a smaller encoder of its own, <name>-int8')
    .choices(PRECISIONS)
    .default('fp32');

function isOffline({ offline }: PullOptions): boolean {
  const { SEMBLANCE_OFFLINE = '' } = process.env;
  return offline === true || !['', '0', 'false'].includes(SEMBLANCE_OFFLINE.toLowerCase());
}

/** Hub and token of the options or else of the environment; an empty variable counts as none. */
function hubOptions({ endpoint, tokenFile }: PullOptions): HubOptions {
  const { SEMBLANCE_HUB, HF_ENDPOINT, HF_TOKEN } = process.env;
  const token = tokenFile === undefined ? HF_TOKEN : readToken(tokenFile);
  return {
    endpoint: endpoint || SEMBLANCE_HUB || HF_ENDPOINT || DEFAULT_ENDPOINT,
    ...(token?.trim() ? { token: token.trim() } : {}),
  };
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}

/** Bytes of a megabyte, as progress shows them. */
const MEGABYTE = 1e6;

/** Fetches a model with a line of progress for each file. */
async function pullFrom(
  options: HubOptions,
  home: DataDirectory,
  template: ModelTemplate,
): Promise<Pulled> {
  const hub = new Hub(options);
  let shown: { file: string; line: ProgressLine } | undefined;
  const megabytes = (bytes: number) => Number((bytes / MEGABYTE).toFixed(1));
  try {
    return await pullModel(home, template, hub, (file, done, total, before) => {
      if (shown?.file !== file) {
        shown?.line.end();
        shown = { file, line: new ProgressLine('MB', megabytes(before)) };
      }
      if (total !== undefined) shown.line.update(megabytes(done), megabytes(total), `  ${file}`);
    });
  } finally {
    shown?.line.end();
    await hub.close();
  }
}

/** Says how to use a model. */
export function ready({ name, compiled, missing, notes, agreement }: InstalledModel): string {
  return [
    `${name} is ${compiled ? 'compiled' : 'compiled already'}: semblance index <folder> -e ${name}`,
    ...notes,
    ...(agreement === undefined ? [] : [agreementText(agreement)]),
    ...(missing.length === 0
      ? []
      : [`No text search: there is no tokenizer (${missing.join(', ')}).`]),
  ].join('\n');
}

/** `semblance models pull`. */
export function addPullCommand(models: Command): void {
  models
    .command('pull')
    .description('Fetch a model from a hub and compile it; nothing is fetched without this command')
    .argument('<name>', 'model of the catalogue, or a template file')
    .option('--endpoint <url>', 'hub (default: $SEMBLANCE_HUB, $HF_ENDPOINT or huggingface.co)')
    .option('--token-file <file>', 'file with the token of your account (default: $HF_TOKEN)')
    .option('--offline', 'use only files that were pulled before (or SEMBLANCE_OFFLINE=1)')
    .addOption(precisionOption())
    .action(async (name: string, options: PullOptions, command: Command) => {
      const { home, json } = globals(command);
      const template = findTemplate(name);
      const pulled = isOffline(options)
        ? pulledBefore(home, template)
        : await pullFrom(hubOptions(options), home, template);
      const result = await installModel(home, template, pulled.weights, {
        precision: options.precision,
      });
      const { revision, files } = pulled;
      print(json, { ...result, revision, files, licence: template.licence }, () =>
        [
          ...files.map(
            (f) =>
              `${f.file}: ${f.fetched ? 'fetched' : 'here already'}, ${f.checksum === null ? 'the hub tells no checksum' : `${f.checksum} as promised`}`,
          ),
          `Licence: ${template.licence} (${template.source})`,
          ready(result),
        ].join('\n'),
      );
    });
}

import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import {
  hubOfEnvironment,
  isOfflineByEnvironment,
  type PullModelRequest,
} from '../../app/models.ts';
import { Semblance } from '../../app/semblance.ts';
import type { InstalledModel } from '../../contract/encoders.ts';
import { agreementText } from '../../domain/agreement.ts';
import { PRECISIONS, type Precision } from '../../domain/encoders.ts';
import { toSemblanceError } from '../../domain/errors/error.ts';
import type { GlobalOptions } from '../options.ts';
import { print } from '../output.ts';
import { CallProgress } from '../progress.ts';

/** Runs the work of a subcommand with the service of models. */
export async function withModels(
  command: Command,
  work: (models: Semblance['models'], json: boolean) => void | Promise<void>,
): Promise<void> {
  const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home, provider });
  try {
    await work(semblance.models, json);
  } finally {
    await semblance.close();
  }
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

/** Hub and token of the options or else of the environment. */
function hubOptions({ endpoint, tokenFile }: PullOptions): PullModelRequest['hub'] {
  const hub = hubOfEnvironment();
  const token = tokenFile === undefined ? hub.token : readToken(tokenFile).trim();
  return { endpoint: endpoint || hub.endpoint, ...(token && { token }) };
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw toSemblanceError(error, file);
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
    .action((name: string, options: PullOptions, command: Command) =>
      withModels(command, async (models, json) => {
        const line = new CallProgress(({ of }) => `  ${of}`);
        const hub = options.offline || isOfflineByEnvironment() ? undefined : hubOptions(options);
        const pulled = await models
          .pull({ progress: line.show }, { name, hub, precision: options.precision })
          .finally(() => line.end());
        print(json, pulled, () =>
          [
            ...pulled.files.map(
              (f) =>
                `${f.file}: ${f.fetched ? 'fetched' : 'here already'}, ${f.checksum === null ? 'the hub tells no checksum' : `${f.checksum} as promised`}`,
            ),
            `Licence: ${pulled.licence} (${models.template({ name }).source})`,
            ready(pulled),
          ].join('\n'),
        );
      }),
    );
}

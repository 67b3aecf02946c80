import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { DataDirectory } from '../../store/data-directory.ts';
import { type Downloaded, downloadFile } from './download.ts';
import { checkpointFiles, findWeights, weightNames } from './files.ts';
import type { Hub } from './hub.ts';
import { checkpointFolder, checkpointName } from './installed.ts';
import type { ModelTemplate } from './template.ts';

/** Official files that are on this machine. */
export interface Pulled {
  /** The weights' file, or the index of several. */
  weights: string;
  /** Commit of the repository, or the revision that was asked for; null offline. */
  revision: string | null;
  files: Downloaded[];
}

/** Told of a file's bytes as they come. */
export type PullReport = (
  file: string,
  ...progress: [done: number, total: number | undefined, before: number]
) => void;

type HubTemplate = ModelTemplate & { hub: NonNullable<ModelTemplate['hub']> };

function onHub(template: ModelTemplate): asserts template is HubTemplate {
  if (template.hub !== undefined) return;
  throw new SemblanceError(
    'HUB_NOT_FOUND',
    `It is on no hub: fetch it from ${template.source} and use \`semblance models add\`.`,
    { subject: template.name },
  );
}

/** The result of a request, or undefined when the repository does not have the file. */
async function unlessAbsent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof SemblanceError && error.code === 'HUB_NOT_FOUND') return undefined;
    throw error;
  }
}

/**
 * Brings a model's official files onto this machine: its configuration, its weights (the first name
 * that the repository has; all files of an index), and its tokenizer.
 * @throws SemblanceError HUB_*, CHECKPOINT_INVALID (an index that leads elsewhere), DISK_FULL
 */
export async function pullModel(
  home: DataDirectory,
  template: ModelTemplate,
  hub: Hub,
  report: PullReport = () => undefined,
): Promise<Pulled> {
  onHub(template);
  const { repository, sha256 } = template.hub;
  const folder = checkpointFolder(home, checkpointName(template.hub));
  home.create();
  mkdirSync(folder, { recursive: true });
  // Once the hub has told it, all files are of one commit.
  let { revision } = template.hub;
  const files: Downloaded[] = [];
  const fetch = async (file: string): Promise<string> => {
    const target = join(folder, file);
    const wanted = { repository, revision, file };
    const got = await downloadFile(hub, wanted, target, sha256[file], (...progress) =>
      report(file, ...progress),
    );
    revision = got.commit ?? revision;
    files.push(got);
    return target;
  };

  const { config, tokenizer } = template.files;
  if (config !== undefined) await fetch(config);
  let weights: string | undefined;
  for (const name of weightNames(template)) {
    weights = await unlessAbsent(fetch(name));
    if (weights !== undefined) break;
  }
  if (weights === undefined) {
    throw new SemblanceError(
      'HUB_NOT_FOUND',
      `${hub.page(repository)} has none of ${weightNames(template).join(', ')}.`,
      { subject: template.name },
    );
  }
  for (const shard of checkpointFiles(weights).slice(1)) await fetch(basename(shard));
  // Repositories have one or another form of the tokenizer.
  for (const file of tokenizer) await unlessAbsent(fetch(file));
  return { weights, revision, files };
}

/**
 * A model's official files from what was pulled before, without a network.
 * @throws SemblanceError HUB_OFFLINE that names what is missing
 */
export function pulledBefore(home: DataDirectory, template: ModelTemplate): Pulled {
  onHub(template);
  const folder = checkpointFolder(home, checkpointName(template.hub));
  const { config } = template.files;
  const missing = (files: string[]) => files.filter((file) => !existsSync(file));
  const lacking = (names: readonly string[]) =>
    new SemblanceError(
      'HUB_OFFLINE',
      `Not on this machine: ${names.map((name) => basename(name)).join(', ')}.`,
      { subject: template.name },
    );
  const needed = missing(config === undefined ? [] : [join(folder, config)]);
  if (!weightNames(template).some((name) => existsSync(join(folder, name)))) {
    throw lacking([...needed, template.files.weights[0] as string]);
  }
  const weights = findWeights(template, folder);
  needed.push(...missing(checkpointFiles(weights)));
  if (needed.length > 0) throw lacking(needed);
  return { weights, revision: null, files: [] };
}

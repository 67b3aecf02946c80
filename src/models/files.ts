import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readIndex } from '../checkpoints/safetensors.ts';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { ModelTemplate } from './template.ts';

/** Reads a JSON file of a model. */
export function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw toSemblanceError(error, file);
    throw new SemblanceError('ENCODER_INVALID', 'The configuration is not JSON.', {
      subject: file,
      cause: error,
    });
  }
}

/** Names that the weights may have, the best first: whole, or the index of several files. */
export function weightNames({ files }: ModelTemplate): string[] {
  return files.weights.flatMap((name) => [name, `${name}.index.json`]);
}

/**
 * The weights among a model's files.
 * @throws SemblanceError PATH_NOT_FOUND
 */
export function findWeights(template: ModelTemplate, folder: string): string {
  const names = weightNames(template);
  const found = names.map((name) => join(folder, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new SemblanceError('PATH_NOT_FOUND', `The folder has none of ${names.join(', ')}.`, {
    subject: folder,
  });
}

/** All files of a checkpoint: itself, and those that it is the index of. */
export function checkpointFiles(weights: string): string[] {
  if (!weights.endsWith('.index.json')) return [weights];
  const shards = [...new Set(readIndex(weights).values())].sort();
  return [weights, ...shards.map((shard) => join(dirname(weights), shard))];
}

/** SHA-256 of a file, hexadecimal. */
async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    throw toSemblanceError(error, file);
  }
  return hash.digest('hex');
}

/** SHA-256 of a checkpoint, hexadecimal; of a sharded one over the sums of all its files. */
export async function hashCheckpoint(weights: string): Promise<string> {
  const sums: string[] = [];
  for (const file of checkpointFiles(weights)) sums.push(await hashFile(file));
  return sums.length === 1
    ? (sums[0] as string)
    : createHash('sha256').update(sums.join('\n')).digest('hex');
}

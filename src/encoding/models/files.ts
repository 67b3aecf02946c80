import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SemblanceError, systemCode, toSemblanceError } from '../../domain/errors/error.ts';
import { foreignKind, HEAD } from '../../files/foreign-file.ts';
import { decodeText } from '../../files/text-file.ts';
import { readIndex } from '../checkpoints/safetensors.ts';
import type { ModelTemplate } from './template.ts';

/** Larger ones are no configurations. */
const MOST_JSON = 64 * 1024 * 1024;

/**
 * Reads a JSON file of a model, an object.
 * @throws SemblanceError ENCODER_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export function readJson(file: string): Record<string, unknown> {
  const invalid = (detail: string, cause?: unknown) =>
    new SemblanceError('ENCODER_INVALID', detail, { subject: file, cause });
  let bytes: Buffer;
  try {
    if (statSync(file).size > MOST_JSON) throw invalid('It is absurdly large for a configuration.');
    bytes = readFileSync(file);
  } catch (error) {
    if (systemCode(error) === 'EISDIR') throw invalid('It is a folder.');
    throw toSemblanceError(error, file);
  }
  const kind = foreignKind(bytes);
  if (kind !== undefined) throw invalid(`It is ${kind}.`);
  let json: unknown;
  try {
    json = JSON.parse(decodeText(bytes));
  } catch (error) {
    throw invalid('The configuration is not JSON.', error);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>;
  }
  throw invalid('The configuration is no JSON object.');
}

/**
 * Refuses files of a model that are only pointers to them.
 * @throws SemblanceError TOKENIZER_INVALID
 */
export function refusePointers(files: readonly string[]): void {
  for (const file of files) {
    const kind = foreignKind(readFileSync(file).subarray(0, HEAD), false);
    if (kind === undefined) continue;
    throw new SemblanceError('TOKENIZER_INVALID', `It is ${kind}.`, { subject: file });
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

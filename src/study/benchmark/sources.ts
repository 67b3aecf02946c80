import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchmarkEncoder } from '../../contract/benchmark.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { findEncoder } from '../../encoding/encoders/registry.ts';
import type { EncoderSource } from '../analyses/context.ts';
import { FORMATS, formatOf } from '../exchange/formats.ts';
import type { Configured } from './config.ts';

const ENDINGS = FORMATS.flatMap(({ endings }) => endings);

/**
 * Finds everything that a configuration names, so that a wrong path ends the run before the work.
 * @param encodersFolder the user's own encoders
 * @throws SemblanceError CONFIG_INVALID (two encoders of one name), PATH_NOT_FOUND,
 *   EMBEDDINGS_UNSUPPORTED, ENCODER_NOT_FOUND, ENCODER_INVALID
 */
export async function findSources(
  { config, base }: Configured,
  encodersFolder: string,
): Promise<EncoderSource[]> {
  const sources: EncoderSource[] = [];
  for (const entry of config.encoders) sources.push(...(await expand(entry, base, encodersFolder)));
  // Names are those of folders, which not every file system tells apart by case.
  const names = sources.map(({ name }) => name.toLowerCase());
  const twice = sources.find(({ name }, i) => names.indexOf(name.toLowerCase()) !== i);
  if (twice !== undefined) {
    throw new SemblanceError('CONFIG_INVALID', 'Two encoders have this name: give one another.', {
      subject: twice.name,
    });
  }
  return sources;
}

async function expand(
  entry: BenchmarkEncoder,
  base: string,
  encodersFolder: string,
): Promise<EncoderSource[]> {
  if (typeof entry === 'string') return expand({ encoder: entry }, base, encodersFolder);
  if ('encoder' in entry) {
    const path = entry.encoder.endsWith('.json') ? resolve(base, entry.encoder) : entry.encoder;
    const definition = await findEncoder(path, encodersFolder);
    return [withNeighbours({ name: entry.name ?? definition.name, definition }, entry, base)];
  }
  if ('archive' in entry) return archiveSources(resolve(base, entry.archive), entry.experiment);
  const source: EncoderSource = { name: entry.name };
  if (entry.embeddings !== undefined) {
    const given = typeof entry.embeddings === 'string' ? [entry.embeddings] : entry.embeddings;
    source.files = given.flatMap((path) => embeddingFiles(resolve(base, path)));
  }
  if (entry.paths !== undefined) source.list = existing(resolve(base, entry.paths));
  return [withNeighbours(source, entry, base)];
}

/** A source with the table of neighbours that its entry gives. */
function withNeighbours(
  source: EncoderSource,
  { neighbours }: { neighbours?: string | undefined },
  base: string,
): EncoderSource {
  return neighbours === undefined
    ? source
    : { ...source, knn: existing(resolve(base, neighbours)) };
}

/** @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE */
function existing(path: string): string {
  try {
    statSync(path);
  } catch (error) {
    throw toSemblanceError(error, path);
  }
  return path;
}

/** A file of embeddings, or all of a folder. */
function embeddingFiles(path: string): string[] {
  if (!statSync(existing(path)).isDirectory()) {
    formatOf(path);
    return [path];
  }
  const files = readdirSync(path)
    .filter((name) => ENDINGS.some((ending) => name.toLowerCase().endsWith(ending)))
    .sort()
    .map((name) => join(path, name));
  if (files.length > 0) return files;
  throw new SemblanceError('PATH_NOT_FOUND', 'The folder has no file of embeddings.', {
    subject: path,
  });
}

/** `embeddings/NAME/*.h5`, and `experiments/EXPERIMENT/NAME/knn.csv` where it is. */
function archiveSources(folder: string, experiment: string | undefined): EncoderSource[] {
  const embeddings = existing(join(folder, 'embeddings'));
  const names = readdirSync(embeddings, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  return names.map((name) => {
    const source: EncoderSource = { name, files: embeddingFiles(join(embeddings, name)) };
    const knn =
      experiment === undefined ? '' : join(folder, 'experiments', experiment, name, 'knn.csv');
    if (knn !== '' && existsSync(knn)) source.knn = knn;
    return source;
  });
}

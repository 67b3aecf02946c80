import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openCheckpoint } from '../checkpoints/open.ts';
import { type Architecture, type BuildOptions, numberOf } from '../compiler/architecture.ts';
import { ARCHITECTURES } from '../compiler/architectures/index.ts';
import { COMPILER_VERSION, compileTower } from '../compiler/compile.ts';
import type { EncoderDefinition } from '../encoders/definition.ts';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import { inputSize } from '../preprocess/spec.ts';
import type { Home } from '../store/home.ts';
import type { ModelTemplate } from './template.ts';

/** What a model may be called. */
export const MODEL_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Where a model's compiled files lie. */
export interface InstalledModel {
  name: string;
  /** SHA-256 of the checkpoint, hexadecimal. */
  checkpoint: string;
  /** The encoder's description, ready for `semblance index --encoder <name>`. */
  definition: string;
  /** False when the same checkpoint was compiled already. */
  compiled: boolean;
}

/** Folder of everything that belongs to a model. */
export function modelFolder(home: Home, name: string): string {
  return join(home.folder, 'models', name);
}

/** Folder that official files are fetched into. */
export function checkpointFolder(home: Home, name: string): string {
  return join(modelFolder(home, name), 'checkpoint');
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Reads a JSON file of the model. */
function readJson(file: string): Record<string, unknown> {
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

/** The weights among a model's files: a single file, or one of the names of the template in a folder. */
function findWeights(template: ModelTemplate, from: string): string {
  const names = template.files.weights.flatMap((name) => [name, `${name}.index.json`]);
  const found = names.map((name) => join(from, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new SemblanceError('PATH_NOT_FOUND', `The folder has none of ${names.join(', ')}.`, {
    subject: from,
  });
}

/** The official configuration with what the template adds; the template wins only where the file is silent. */
function readConfig(template: ModelTemplate, folder: string): Record<string, unknown> {
  const { config, weights } = template.files;
  const file = config ?? 'config.json';
  const present = existsSync(join(folder, file));
  if (config !== undefined && !present) {
    throw new SemblanceError('PATH_NOT_FOUND', `It belongs to ${weights[0]}.`, {
      subject: join(folder, config),
    });
  }
  return { ...template.settings, ...(present ? readJson(join(folder, file)) : {}) };
}

/** What is compiled and from where; the key of the cache. */
function cacheKey(template: ModelTemplate, config: object, checkpoint: string): string {
  const { architecture, asPublished, preprocess } = template;
  return createHash('sha256')
    .update(
      JSON.stringify({
        checkpoint,
        COMPILER_VERSION,
        architecture,
        asPublished,
        config,
        preprocess,
      }),
    )
    .digest('hex')
    .slice(0, 16);
}

/**
 * Compiles a model's official files and writes its encoder description, so that it can be used by name.
 * The same checkpoint with the same settings is compiled once.
 *
 * @param from folder of the official files, or the weights' file
 * @throws SemblanceError PATH_NOT_FOUND, CHECKPOINT_*, ENCODER_INVALID, DISK_FULL
 */
export async function installModel(
  home: Home,
  template: ModelTemplate,
  from: string,
): Promise<InstalledModel> {
  const source = resolve(from);
  if (!existsSync(source)) {
    throw new SemblanceError('PATH_NOT_FOUND', 'The path does not exist.', { subject: from });
  }
  const isFile = !readdirSafe(source);
  const folder = isFile ? resolve(source, '..') : source;
  const weights = isFile ? source : findWeights(template, folder);
  const config = readConfig(template, folder);
  const checkpoint = await hashFile(weights);
  const key = cacheKey(template, config, checkpoint);
  const target = join(modelFolder(home, template.name), key);
  const compiled = !existsSync(target);
  if (compiled) {
    // Compiled beside its place and renamed, so that an interrupted run leaves no half of a model.
    const part = `${target}.part`;
    rmSync(part, { recursive: true, force: true });
    try {
      mkdirSync(part, { recursive: true });
      compileInto(part, template, config, weights);
      for (const file of template.files.tokenizer) {
        const tokenizer = join(folder, file);
        if (existsSync(tokenizer)) await copyFile(tokenizer, join(part, file));
      }
      renameSync(part, target);
    } catch (error) {
      rmSync(part, { recursive: true, force: true });
      throw toSemblanceError(error, weights);
    }
  }
  const definition = writeDefinition(home, template, target, config);
  return { name: template.name, checkpoint, definition, compiled };
}

function readdirSafe(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}

function compileInto(
  folder: string,
  template: ModelTemplate,
  config: Record<string, unknown>,
  weights: string,
): void {
  const architecture: Architecture = ARCHITECTURES[template.architecture];
  const options: BuildOptions = {
    image: inputSize(template.preprocess),
    config,
    asPublished: template.asPublished,
  };
  const checkpoint = openCheckpoint(weights);
  try {
    compileTower(architecture, 'vision', checkpoint, options, join(folder, 'vision.onnx'));
    if (template.text !== undefined && architecture.text !== undefined) {
      compileTower(architecture, 'text', checkpoint, options, join(folder, 'text.onnx'));
    }
  } catch (error) {
    if (error instanceof TypeError) {
      // The configuration lacks a value that the builder needs.
      throw new SemblanceError('ENCODER_INVALID', error.message, {
        subject: weights,
        cause: error,
      });
    }
    throw error;
  } finally {
    checkpoint.close();
  }
}

/** Seed of the patches that ViT-MAE as published sees. */
const NOISE_SEED = 0;

/** The random input of ViT-MAE as published: one number for each patch. */
function noiseInput(template: ModelTemplate, config: Record<string, unknown>) {
  if (template.architecture !== 'vit-mae' || !template.asPublished) return {};
  const { width, height } = inputSize(template.preprocess);
  const patch = numberOf(config, 'patch_size', 16);
  const length = Math.floor(width / patch) * Math.floor(height / patch);
  return { noise: { name: 'noise', length, seed: NOISE_SEED } };
}

/** Writes the encoder's description into the user's encoders. */
function writeDefinition(
  home: Home,
  template: ModelTemplate,
  target: string,
  config: Record<string, unknown>,
): string {
  mkdirSync(home.encodersFolder, { recursive: true });
  const file = join(home.encodersFolder, `${template.name}.json`);
  const definition: EncoderDefinition = {
    name: template.name,
    title: template.title,
    description: template.description || template.pooling,
    model: { file: relative(home.encodersFolder, join(target, 'vision.onnx')) },
    input: {
      name: 'pixel_values',
      layout: 'NCHW',
      channels: 'RGB',
      ...noiseInput(template, config),
    },
    preprocess: template.preprocess,
    output: { name: 'embedding' },
    dimension: template.dimension,
    normalisation: 'none',
    licence: template.licence,
    source: template.source,
  };
  const part = `${file}.part`;
  writeFileSync(part, `${JSON.stringify(definition, null, 2)}\n`);
  renameSync(part, file);
  return file;
}

/**
 * Removes a model: its files, its compiled form and its description. Collections keep their embeddings.
 * @returns whether there was anything to remove
 */
export function removeModel(home: Home, name: string): boolean {
  // A name is never a path.
  if (!MODEL_NAME.test(name)) return false;
  const definition = join(home.encodersFolder, `${name}.json`);
  const folder = modelFolder(home, name);
  const present = existsSync(definition) || existsSync(folder);
  rmSync(definition, { force: true });
  rmSync(folder, { recursive: true, force: true });
  return present;
}

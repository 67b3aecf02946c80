import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { type Agreement, agreementText } from '../../domain/agreement.ts';
import type { Precision } from '../../domain/encoders.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import type { DataDirectory } from '../../store/data-directory.ts';
import { openCheckpoint } from '../checkpoints/open.ts';
import type { Architecture, BuildOptions } from '../compiler/architecture.ts';
import { ARCHITECTURES, type ArchitectureName } from '../compiler/architectures/index.ts';
import { placesOf } from '../compiler/architectures/vit.ts';
import {
  COMPILER_VERSION,
  compileTower,
  TOKENS_FILE,
  TOKENS_VERSION,
} from '../compiler/compile.ts';
import { sizeOf } from '../compiler/configuration.ts';
import type { EncoderDefinition } from '../encoders/definition.ts';
import type { LoadOptions } from '../encoders/model.ts';
import { inputSize } from '../preprocess/spec.ts';
import { tokenizerFiles } from '../tokenizers/tokenizer.ts';
import { measureAgreement } from './agreement.ts';
import { findWeights, hashCheckpoint, readJson, refusePointers } from './files.ts';
import {
  checkpointName,
  definitionFile,
  modelFolder,
  readAgreement,
  readInstalled,
  writeInstalled,
  writeJson,
} from './installed.ts';
import { adaptToRelative } from './relative.ts';
import type { ModelTemplate } from './template.ts';
import { embeddingLength } from './verify.ts';

/** Where a model's compiled files lie. */
export interface InstalledModel {
  name: string;
  /** SHA-256 of the checkpoint, hexadecimal. */
  checkpoint: string;
  /** The encoder's description, ready for `semblance index --encoder <name>`. */
  definition: string;
  /** Length of an embedding. */
  dimension: number;
  /** False when the same checkpoint was compiled already. */
  compiled: boolean;
  /** Whether texts can be encoded, too. */
  text: boolean;
  /** Files of the tokenizer that were wanted for that and are absent. */
  missing: string[];
  /** What the user should know of: prefixes, guesses, what of the files is not used. */
  notes: string[];
  /** How near its embeddings are to those of 32 bits, where it has fewer. */
  agreement?: Agreement;
}

/** What transformers' configurations call the models that an architecture is. */
const MODEL_TYPES: Partial<Record<ArchitectureName, string>> = {
  vit: 'vit',
  'vit-mae': 'vit_mae',
  dinov2: 'dinov2',
  clip: 'clip',
  siglip: 'siglip',
  medclip: 'swin',
  sam: 'sam',
  resnet: 'resnet',
};

/** Refuses another kind of model: its tensors may have the same names and mean something else. */
function checkType({ architecture }: ModelTemplate, config: object, subject: string): void {
  const expected = MODEL_TYPES[architecture];
  const type = 'model_type' in config ? config.model_type : undefined;
  if (expected === undefined || type === undefined || type === expected) return;
  throw new SemblanceError(
    'ENCODER_INVALID',
    `It describes a model of the type "${type}"; ${architecture} is "${expected}".`,
    { subject },
  );
}

/**
 * The official configuration with what the template adds; the template wins only where the file is silent.
 * @returns `file`: where it stands, for errors
 */
function readConfig(
  template: ModelTemplate,
  folder: string,
): { config: Record<string, unknown>; file: string } {
  const { config, weights } = template.files;
  const file = join(folder, config ?? 'config.json');
  const present = existsSync(file);
  if (config !== undefined && !present) {
    throw new SemblanceError('PATH_NOT_FOUND', `It belongs to ${weights[0]}.`, { subject: file });
  }
  const official = present ? readJson(file) : {};
  checkType(template, official, file);
  return { config: { ...template.settings, ...official }, file: present ? file : template.name };
}

/** The key of the cache. */
function cacheKey(job: CompileJob, checkpoint: string): string {
  const { config, precision, prefix } = job;
  const { architecture, asPublished, preprocess, text } = job.template;
  return createHash('sha256')
    .update(
      JSON.stringify({
        checkpoint,
        COMPILER_VERSION,
        architecture,
        asPublished,
        config,
        preprocess,
        text,
        // Left out by default, as before there was a choice.
        ...(precision === 'fp32' ? {} : { precision }),
        ...(prefix === undefined ? {} : { prefix }),
      }),
    )
    .digest('hex')
    .slice(0, 16);
}

/**
 * Compiles a model's official files and writes its encoder description, so that it can be used by name.
 * The same checkpoint with the same settings is compiled once; what it replaces is removed.
 *
 * @param from folder of the official files, or the weights' file
 * @param options `relative`: the model is a relative of the template's, so its own files tell the
 *   size of its pictures and its weights the length of an embedding; `precision`: fewer bits make
 *   another encoder, `<name>-int8`, whose description tells how near it is to that of 32 bits; `prefix`:
 *   which of several models of a checkpoint is meant; `provider`: what runs both forms to compare them
 * @throws SemblanceError PATH_NOT_FOUND, CHECKPOINT_*, ENCODER_INVALID, ENCODER_FAILED, DISK_FULL
 */
export async function installModel(
  home: DataDirectory,
  template: ModelTemplate,
  from: string,
  options: {
    relative?: boolean;
    precision?: Precision;
    prefix?: string;
    provider?: LoadOptions['provider'];
  } = {},
): Promise<InstalledModel> {
  const source = resolve(from);
  if (!existsSync(source)) {
    throw new SemblanceError('PATH_NOT_FOUND', 'The path does not exist.', { subject: from });
  }
  const { precision = 'fp32', prefix, provider } = options;
  const isFolder = statSync(source).isDirectory();
  const folder = isFolder ? source : dirname(source);
  const weights = isFolder ? findWeights(template, folder) : source;
  const { config, file: configFile } = readConfig(template, folder);
  const adapted = options.relative ? adaptToRelative(template, folder, config) : template;
  const model = inPrecision(adapted, precision);
  refuseForeign(home, model.name);
  // What is no checkpoint is said before all of it is read.
  openCheckpoint(weights).close();
  const checkpoint = await hashCheckpoint(weights);
  const job: CompileJob = { template: model, config, configFile, weights, precision, prefix };
  const target = join(modelFolder(home, model.name), cacheKey(job, checkpoint));
  const compiled = !existsSync(target);
  // Compiled by a version that had no tokens, or others.
  const before = !compiled && readInstalled(home, model.name)?.tokens !== TOKENS_VERSION;
  // No model's name starts with a dot.
  const part = join(home.folder, 'models', `.${model.name}.part`);
  const present = model.files.tokenizer.filter((file) => existsSync(join(folder, file)));
  refusePointers(present.map((file) => join(folder, file)));
  const text = textTower(home, model, target, present);
  const definition = describe(home, model, target, config, text);
  let agreement: Agreement | undefined;
  try {
    if (compiled || before) {
      home.create();
      // Compiled beside its place and renamed, so that an interrupted run leaves no half of a model.
      rmSync(part, { recursive: true, force: true });
      mkdirSync(part, { recursive: true });
      writeJson(join(part, NOTES), compileInto(part, job));
    }
    if (before) addTokens(part, target);
    const graph = join(compiled ? part : target, 'vision.onnx');
    definition.dimension = await embeddingLength(definition, graph);
    if (!options.relative && definition.dimension !== model.dimension) {
      throw new SemblanceError(
        'ENCODER_INVALID',
        `Its embeddings have ${definition.dimension} values, those of ${model.name} ${model.dimension}: add it under a name of its own with --like.`,
        { subject: weights },
      );
    }
    if (precision !== 'fp32') {
      if (compiled) await compareWithFull(part, definition, job, { provider });
      agreement = readAgreement(join(dirname(graph), AGREEMENT));
      definition.description = `${definition.description}. ${agreementText(agreement)}`;
    }
    if (compiled) {
      mkdirSync(dirname(target), { recursive: true });
      renameSync(part, target);
    }
    const tokens = join(target, TOKENS_FILE);
    if (existsSync(tokens)) {
      definition.tokens = {
        model: { file: relative(home.encodersFolder, tokens) },
        output: { name: 'tokens' },
      };
    }
    // Copied each time: the tokenizer may have been fetched after the weights were compiled.
    for (const file of present) await copyFile(join(folder, file), join(target, file));
    mkdirSync(home.encodersFolder, { recursive: true });
    writeJson(definitionFile(home, model.name), definition);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw toSemblanceError(error, weights);
  }
  removeOthers(target);
  writeInstalled(home, {
    name: model.name,
    title: model.title,
    dimension: definition.dimension,
    licence: model.licence,
    source: model.source,
    ...(model.hub === undefined ? {} : { checkpoints: checkpointName(model.hub) }),
    asPublished: model.asPublished,
    text: text !== undefined,
    checkpoint,
    compiler: COMPILER_VERSION,
    tokens: TOKENS_VERSION,
  });
  return {
    name: model.name,
    checkpoint,
    definition: definitionFile(home, model.name),
    dimension: definition.dimension,
    compiled,
    text: text !== undefined,
    missing:
      model.text === undefined || text !== undefined
        ? []
        : model.files.tokenizer.filter((file) => !present.includes(file)),
    notes: readNotes(target),
    ...(agreement === undefined ? {} : { agreement }),
  };
}

/** The template of another precision: an encoder of its own, so that both can be there. */
function inPrecision(template: ModelTemplate, precision: Precision): ModelTemplate {
  if (precision === 'fp32') return template;
  const { name, title } = template;
  return { ...template, name: `${name}-${precision}`, title: `${title}, ${precision}` };
}

/** File beside a compiled form of fewer bits: how near it is to that of 32. */
const AGREEMENT = 'agreement.json';

/** A form of fewer bits has to be this much smaller to be of use. */
const SMALLER = 0.7;

/**
 * Compiles the form of 32 bits for a while and notes how near the other is.
 * @throws SemblanceError ENCODER_INVALID when the form of fewer bits is not smaller
 */
async function compareWithFull(
  folder: string,
  definition: EncoderDefinition,
  job: CompileJob,
  options: LoadOptions,
): Promise<void> {
  const full = join(folder, 'full');
  mkdirSync(full);
  compileInto(full, { ...job, template: { ...job.template, text: undefined }, precision: 'fp32' });
  const graphs = [join(full, 'vision.onnx'), join(folder, 'vision.onnx')] as const;
  const [large, small] = graphs.map((graph) => statSync(`${graph}.data`).size);
  if ((small as number) > SMALLER * (large as number)) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      'Fewer bits hardly make this model smaller: it has few linear layers.',
      { subject: job.weights },
    );
  }
  writeJson(join(folder, AGREEMENT), await measureAgreement(definition, graphs, options));
  rmSync(full, { recursive: true });
}

/** A description that the user wrote by hand is not overwritten. */
function refuseForeign(home: DataDirectory, name: string): void {
  const file = definitionFile(home, name);
  if (existsSync(file) && !existsSync(modelFolder(home, name))) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      'An encoder of this name is there that was not added from a checkpoint: choose another name.',
      { subject: file },
    );
  }
}

/**
 * Adds the graph of the tokens to a model that is used already: it stays where it is, with the same
 * fingerprint, so that embeddings made with it stay valid.
 */
function addTokens(part: string, target: string): void {
  const [fresh, used] = [part, target].map((folder) => readFileSync(join(folder, 'vision.onnx')));
  const tokens = join(part, TOKENS_FILE);
  // The tokens take their weights from the file of the used one, at the same places.
  if (existsSync(tokens) && fresh?.equals(used as Buffer)) {
    renameSync(tokens, join(target, TOKENS_FILE));
  }
  rmSync(part, { recursive: true });
}

/** Removes compiled forms of the model that `target` replaces. */
function removeOthers(target: string): void {
  const folder = dirname(target);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && path !== target) rmSync(path, { recursive: true, force: true });
  }
}

/** File beside a compiled form: what compiling it told. */
const NOTES = 'notes.json';

/** What compiling a form told; nothing for forms of versions that told nothing. */
function readNotes(folder: string): string[] {
  const file = join(folder, NOTES);
  if (!existsSync(file)) return [];
  const { notes } = readJson(file);
  return Array.isArray(notes) ? notes.map(String) : [];
}

/** What is compiled from where. */
interface CompileJob {
  template: ModelTemplate;
  config: Record<string, unknown>;
  /** The configuration's file, for errors. */
  configFile: string;
  weights: string;
  precision: Precision;
  prefix: string | undefined;
}

/** Names of tensors that are shown of those that are not used. */
const SHOWN = 5;

/**
 * Compiles all towers of a model into a folder.
 * @throws SemblanceError CHECKPOINT_*, ENCODER_INVALID
 */
function compileInto(folder: string, job: CompileJob): { notes: string[] } {
  const { template, config, configFile, weights, precision, prefix } = job;
  const architecture: Architecture = ARCHITECTURES[template.architecture];
  const options: BuildOptions = {
    image: inputSize(template.preprocess),
    config,
    asPublished: template.asPublished,
    precision,
    ...(prefix === undefined ? {} : { prefix }),
  };
  const checkpoint = openCheckpoint(weights);
  try {
    const towers = [
      compileTower(architecture, 'vision', checkpoint, options, join(folder, 'vision.onnx')),
    ];
    if (template.text !== undefined && architecture.text !== undefined) {
      towers.push(
        compileTower(architecture, 'text', checkpoint, options, join(folder, 'text.onnx')),
      );
    }
    const unused = checkpoint.names().filter((name) => !towers.some(({ used }) => used.has(name)));
    const more = unused.length > SHOWN ? ', ...' : '';
    return {
      notes: [
        ...new Set(towers.flatMap(({ notes }) => notes)),
        ...(unused.length === 0
          ? []
          : [
              `${unused.length} tensor${unused.length === 1 ? ' is' : 's are'} in the checkpoint and no part of the encoder: ${unused.slice(0, SHOWN).join(', ')}${more}.`,
            ]),
      ],
    };
  } catch (error) {
    if (!(error instanceof SemblanceError) || error.subject !== undefined) throw error;
    // What has no file yet is about the configuration.
    throw new SemblanceError(error.code, error.message, { subject: configFile, cause: error });
  } finally {
    checkpoint.close();
  }
}

/** Seed of the patches that ViT-MAE as published sees. */
const NOISE_SEED = 0;

/** The random input of ViT-MAE as published: one number for each patch. */
function noiseInput(template: ModelTemplate, config: Record<string, unknown>) {
  if (template.architecture !== 'vit-mae' || !template.asPublished) return {};
  const { width, height } = placesOf(
    inputSize(template.preprocess),
    sizeOf(config, 'patch_size', 16),
  );
  const length = width * height;
  return { noise: { name: 'noise', length, seed: NOISE_SEED } };
}

/** The description of the text tower, where the model has one and its tokenizer is there. */
function textTower(
  home: DataDirectory,
  template: ModelTemplate,
  target: string,
  present: readonly string[],
): EncoderDefinition['text'] {
  const architecture: Architecture = ARCHITECTURES[template.architecture];
  if (template.text === undefined || architecture.text === undefined) return undefined;
  const { kind, contextLength, lowerCase = true, padId = 0 } = template.text;
  const names = tokenizerFiles(kind, present);
  if (names === undefined) return undefined;
  const fromHome = (path: string) => relative(home.encodersFolder, path);
  const files = names.map((name) => fromHome(join(target, name)));
  return {
    model: { file: fromHome(join(target, 'text.onnx')) },
    input: { name: 'input_ids' },
    output: { name: 'embedding' },
    tokenizer: { kind, files, contextLength, lowerCase, padId },
  };
}

/** The encoder's description, with the dimension that the template says. */
function describe(
  home: DataDirectory,
  template: ModelTemplate,
  target: string,
  config: Record<string, unknown>,
  text: EncoderDefinition['text'],
): EncoderDefinition {
  return {
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
    ...(text === undefined ? {} : { text }),
    licence: template.licence,
    source: template.source,
  };
}

import { SemblanceError } from '../../domain/errors/error.ts';
import type { Activation, Grid } from './net.ts';

/** A configuration or a section of one, as its file has it. */
export type Config = Readonly<Record<string, unknown>>;

/** Larger numbers of layers, heads, channels or pixels are no model's, and would be counted to for long. */
const MOST = 1_000_000;
const MOST_LAYERS = 1000;

/** What the compiler cannot do, by the name of the field that asks for it. */
export function unsupported(field: string, value: unknown, why = ''): SemblanceError {
  const text = JSON.stringify(value) ?? 'absent';
  const short = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return new SemblanceError(
    'CHECKPOINT_UNSUPPORTED',
    `Its "${field}" is ${short}${why === '' ? '' : `: ${why}`}.`,
  );
}

function invalid(field: string, what: string): SemblanceError {
  return new SemblanceError('ENCODER_INVALID', `The configuration has no ${what} "${field}".`);
}

/**
 * A number of a configuration; null counts as absent, as in transformers.
 * @throws SemblanceError ENCODER_INVALID
 */
export function numberOf(config: Config, key: string, other?: number): number {
  const value = config[key] ?? other;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(key, 'number');
  return value;
}

/** A whole number from 1 on. @throws SemblanceError ENCODER_INVALID */
export function countOf(config: Config, key: string, other?: number, most = MOST): number {
  const value = numberOf(config, key, other);
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalid(key, `whole number from 1 to ${most}`);
  }
  return value;
}

/** A number of layers. @throws SemblanceError ENCODER_INVALID */
export function layersOf(config: Config, key: string, other?: number): number {
  return countOf(config, key, other, MOST_LAYERS);
}

/**
 * A list of whole numbers.
 * @throws SemblanceError ENCODER_INVALID
 */
export function numbersOf(
  config: Config,
  key: string,
  other: readonly number[],
  least = 0,
): readonly number[] {
  const value = config[key] ?? other;
  const fits = (one: unknown) => Number.isInteger(one) && (one as number) >= least;
  if (!Array.isArray(value) || value.length > MOST_LAYERS || !value.every(fits)) {
    throw invalid(key, 'list of whole numbers');
  }
  return value as number[];
}

/** A yes or no. @throws SemblanceError ENCODER_INVALID */
export function flagOf(config: Config, key: string, other: boolean): boolean {
  const value = config[key] ?? other;
  if (typeof value !== 'boolean') throw invalid(key, 'true or false');
  return value;
}

/** A size: one number for a square, or [height, width]. @throws SemblanceError ENCODER_INVALID */
export function sizeOf(config: Config, key: string, other: number): Grid {
  const value = config[key] ?? other;
  const [height, width] = Array.isArray(value) && value.length === 2 ? value : [value, value];
  return {
    height: countOf({ [key]: height }, key),
    width: countOf({ [key]: width }, key),
  };
}

/** A section of a configuration; empty when it is absent. */
export function sectionOf(config: Config, key: string): Config {
  const value = config[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Config)
    : {};
}

/** Names of transformers' activations that are one of those known here. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu_pytorch_tanh',
  gelu_fast: 'gelu_pytorch_tanh',
  gelu_pytorch_tanh: 'gelu_pytorch_tanh',
  gelu_python_tanh: 'gelu_pytorch_tanh',
  gelu_accurate: 'gelu_pytorch_tanh',
  quick_gelu: 'quick_gelu',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/**
 * The activation of the perceptrons.
 * @throws SemblanceError CHECKPOINT_UNSUPPORTED that names the field
 */
export function activationOf(config: Config, key: string, other: Activation): Activation {
  const value = config[key] ?? other;
  const found = typeof value === 'string' ? ACTIVATIONS[value] : undefined;
  if (found === undefined) {
    throw unsupported(key, value, `known are ${Object.keys(ACTIVATIONS).join(', ')}`);
  }
  return found;
}

/**
 * Width of a head.
 * @throws SemblanceError ENCODER_INVALID when the heads do not share the width
 */
export function headsOf(config: Config, key: string, other: number, width: number): number {
  const heads = countOf(config, key, other);
  if (width % heads !== 0) {
    throw new SemblanceError(
      'ENCODER_INVALID',
      `The configuration has a width of ${width}, which "${key}": ${heads} do not share evenly.`,
    );
  }
  return heads;
}

/** Which fields of a section are known, and what they may be. */
export interface FieldRules {
  /** Those that the builder reads. */
  used: readonly string[];
  /** Those that would make another model, with the values that make this one. */
  only?: Readonly<Record<string, readonly unknown[]>>;
  /** Those that change nothing about an embedding. */
  harmless?: readonly string[];
}

/**
 * Fields of every configuration of transformers (some of them of old versions only) that do not change
 * what a picture or text tower computes at inference.
 */
const HARMLESS: ReadonlySet<string> = new Set(
  `_commit_hash _name_or_path architectures attention_dropout attention_probs_dropout_prob auto_map
  _attn_implementation _attn_implementation_autoset attn_implementation attention_type bad_words_ids
  begin_suppress_tokens bos_token_id chunk_size_feed_forward classifier_dropout
  cross_attention_hidden_size decoder_start_token_id diversity_penalty do_sample drop_path_rate dropout
  dtype early_stopping encoder_no_repeat_ngram_size encoder_stride eos_token_id
  exponential_decay_length_penalty finetuning_task forced_bos_token_id forced_eos_token_id
  hidden_dropout_prob id2label initializer_factor initializer_range is_encoder_decoder label2id
  length_penalty logit_scale_init_value max_length min_length model_type no_repeat_ngram_size
  num_beam_groups num_beams num_labels num_return_sequences out_features out_indices output_attentions
  output_hidden_states output_past output_scores pad_token_id prefix problem_type remove_invalid_values
  repetition_penalty return_dict return_dict_in_generate sep_token_id stage_names suppress_tokens
  task_specific_params temperature tf_legacy_loss tie_encoder_decoder tie_word_embeddings
  tokenizer_class top_k top_p torch_dtype torchscript transformers_version typical_p use_bfloat16
  use_cache return_loss`.split(/\s+/),
);

/** Fields that ask any model for another computation, with the values that do not. */
const ALWAYS: Readonly<Record<string, readonly unknown[]>> = {
  quantization_config: [],
  compression_config: [],
  pruned_heads: [{}],
  is_decoder: [false],
  add_cross_attention: [false],
  is_hybrid: [false],
  backbone: [],
  backbone_config: [],
  rope_theta: [],
  rope_scaling: [],
  rope_parameters: [],
  sliding_window: [],
  num_register_tokens: [0],
  num_experts: [0],
  peft_type: [],
};

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Looks at every field of a section: what would make another model than the compiler builds is refused
 * by name; what is not known is returned, so that it can be told.
 * @param at where the section stands, for instance "vision_config."
 * @returns names of unknown fields that have a value
 * @throws SemblanceError CHECKPOINT_UNSUPPORTED
 */
export function checkFields(config: Config, rules: FieldRules, at = ''): string[] {
  const only: Readonly<Record<string, readonly unknown[]>> = { ...ALWAYS, ...rules.only };
  const known = new Set([...rules.used, ...(rules.harmless ?? [])]);
  const unknown: string[] = [];
  for (const [field, value] of Object.entries(config)) {
    // null is the absence of a value in all of them.
    if (value === null || value === undefined) continue;
    const allowed = only[field];
    if (allowed !== undefined) {
      if (allowed.some((one) => same(one, value))) continue;
      const values = allowed.map((one) => JSON.stringify(one)).join(' or ');
      throw unsupported(
        `${at}${field}`,
        value,
        values === '' ? 'this is not known here' : `only ${values} is known here`,
      );
    }
    if (field === 'auto_map') refuseOwnCode(`${at}${field}`, value);
    if (known.has(field) || HARMLESS.has(field)) continue;
    // Switched off is as good as absent.
    if (value === false || same(value, {}) || same(value, [])) continue;
    unknown.push(`${at}${field}`);
  }
  return unknown;
}

/** A model whose code comes with it computes what that code says. */
function refuseOwnCode(field: string, value: unknown): void {
  const classes = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (classes.some((name) => name.startsWith('AutoModel'))) {
    throw unsupported(field, value, "it is computed by the model's own code, which is never run");
  }
}

import type { Precision } from '../../domain/encoders.ts';
import type { Config } from './configuration.ts';
import type { Grid, Net } from './net.ts';
import type { Shape, TensorPlan } from './tensor-plan.ts';

/** What an architecture is built with besides the weights. */
export interface BuildOptions {
  /** Size of the input picture in pixels. */
  image: Grid;
  /** The model's official configuration (config.json, open_clip_config.json), or its equivalent. */
  config: Config;
  /** Reproduce the study's published code where it differs from the plain model. */
  asPublished: boolean;
  /** How weights of linear layers are kept; 32-bit floats by default. */
  precision?: Precision;
  /** What the names of the model's tensors begin with, where a checkpoint holds several models. */
  prefix?: string;
}

/** Replaces what a pattern matches by a text, or by what a function makes of the match. */
export type Rename = readonly [
  from: RegExp,
  to: string | ((match: string, ...groups: string[]) => string),
];

/** Feature vectors by their place on the picture, for maps of what two pictures share. */
export interface TokenMap {
  /** Size of the map; it covers the whole input. */
  grid: Grid;
  /** Tokens before those of the map (a class token). */
  leading?: number;
  /**
   * Adds what the map needs beyond the embedding, with no weight that the embedding does not use.
   * @returns name of a [batch, leading + grid.height * grid.width, width] value
   */
  build(): string;
}

/** What a picture tower gives. */
export interface Vision {
  /** Name of the embedding, [batch, dimension]. */
  embedding: string;
  /** Undefined where the tower has no features that belong to places. */
  tokens?: TokenMap;
}

export type Tower = 'vision' | 'text';

/** What a configuration promises of a tower. */
export interface TowerPlan {
  /** Every tensor that the tower is built of; the first is one that no other tower or model has. */
  plan: TensorPlan;
  /** Names that belong to the tower: one that is not promised would change what it computes. */
  own: RegExp;
  /** Names among those that change nothing. */
  harmless?: RegExp;
  /** What is to be told: unknown fields, guesses. */
  notes: readonly string[];
}

/** Shape of the first tensor whose name ends so, for lengths that no configuration tells. */
export type Peek = (ending: string) => Shape | undefined;

/** A family of models that can be compiled from its official checkpoints. */
export interface Architecture {
  /**
   * Renames tensors of other spellings (older or newer library versions) to the one that `vision` and
   * `text` use; applied in order to each name.
   */
  renames?: readonly Rename[];
  /** The other way round, for names in errors that no other tensor of the checkpoint tells how to spell. */
  originals?: readonly Rename[];
  /**
   * What the configuration promises, and whether the compiler can do what it asks for.
   * @param names of the checkpoint's tensors as they are, for what nothing else tells
   * @throws SemblanceError CHECKPOINT_UNSUPPORTED, ENCODER_INVALID
   */
  promise(tower: Tower, options: BuildOptions, peek: Peek, names: readonly string[]): TowerPlan;
  /**
   * Builds the picture tower.
   * @param pixels name of a float [batch, 3, height, width] value, preprocessed
   */
  vision(net: Net, pixels: string, options: BuildOptions): Vision;
  /**
   * Builds the text tower, where there is one.
   * @param ids name of an int64 [batch, tokens] value
   * @returns name of the embedding, [batch, dimension]
   */
  text?(net: Net, ids: string, options: BuildOptions): string;
}

/** Tells of positions that are not those of the configuration's pictures. */
export function resizedPositions(wanted: Grid, made: Grid): string[] {
  return wanted.width === made.width && wanted.height === made.height
    ? []
    : [
        `Pictures have ${wanted.width} x ${wanted.height} patches, those of the configuration ("image_size") ${made.width} x ${made.height}: positions are interpolated.`,
      ];
}

/** Tells of fields of a configuration that are not known here. */
export function unknownFields(fields: readonly string[]): string[] {
  return fields.length === 0
    ? []
    : [
        `Fields of the configuration that are not known here, so whether they change the embedding is not known: ${fields.join(', ')}.`,
      ];
}

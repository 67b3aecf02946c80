import type { Grid, Net } from './net.ts';
import type { Precision } from './quantise.ts';

/** What an architecture is built with besides the weights. */
export interface BuildOptions {
  /** Size of the input picture in pixels. */
  image: Grid;
  /** The model's official configuration (config.json, open_clip_config.json), or its equivalent. */
  config: Readonly<Record<string, unknown>>;
  /** Reproduce the study's published code where it differs from the plain model. */
  asPublished: boolean;
  /** How weights of linear layers are kept; 32-bit floats by default. */
  precision?: Precision;
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

/** A family of models that can be compiled from its official checkpoints. */
export interface Architecture {
  /**
   * Renames tensors of other spellings (older or newer library versions) to the one that `vision` and
   * `text` use; applied in order to each name.
   */
  renames?: readonly Rename[];
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

/** A whole number of a configuration. */
export function numberOf(
  config: Readonly<Record<string, unknown>>,
  key: string,
  other?: number,
): number {
  const value = config[key] ?? other;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new TypeError(`The configuration has no number "${key}".`);
  }
  return value;
}

/** A section of a configuration; empty when it is absent. */
export function sectionOf(
  config: Readonly<Record<string, unknown>>,
  key: string,
): Readonly<Record<string, unknown>> {
  const value = config[key];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

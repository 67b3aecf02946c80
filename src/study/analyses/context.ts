import { type ErrorData, errorData, SemblanceError } from '../../domain/errors/error.ts';
import type { ErrorCode } from '../../domain/errors/registry.ts';
import type { BootstrapOptions } from '../../domain/statistics/bootstrap.ts';
import type { Classes, Clusters } from '../../domain/statistics/classes.ts';
import type { EncoderDefinition } from '../../encoding/encoders/definition.ts';
import type { Encoder } from '../../encoding/encoders/encoder.ts';
import type { Experiment } from '../evaluation/experiment.ts';
import type { FoundBlocks } from '../evaluation/neighbours.ts';
import type { Protocol } from '../evaluation/protocol.ts';
import type { RetrievedSplits } from '../evaluation/retrieve.ts';
import type { KeptEmbeddings } from '../exchange/kept-embeddings.ts';

/** A figure, or why there is none. */
export type Attempt<T> = { value: T } | { error: ErrorData };

/** Errors that say that a figure cannot be had of these data, while others can. */
const UNDEFINED: readonly ErrorCode[] = [
  'ANALYSIS_IMPOSSIBLE',
  'ENCODER_FAILED',
  'NEIGHBOURS_INVALID',
  'SCORE_UNDEFINED',
  'SPLIT_EMPTY',
];

/** Makes a figure; where the data do not allow it, the reason takes its place. */
export async function attempt<T>(make: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await make() };
  } catch (error) {
    if (!(error instanceof SemblanceError) || !UNDEFINED.includes(error.code)) throw error;
    return { error: errorData(error) };
  }
}

/** The figure of an attempt, if there is one. */
export function figureOf<T>(one: Attempt<T> | undefined): T | undefined {
  return one !== undefined && 'value' in one ? one.value : undefined;
}

/** How far all of the work is, in seconds: worked, and expected by now; those of kept steps have taken none. */
export interface Whole {
  done: number;
  total: number;
  kept: number;
}

/** Shows how far a part of the work is, and the whole with it. */
export type Report = (
  what: string,
  unit: string,
  done: number,
  total: number,
  whole: Whole,
) => void;

/** An encoder of the benchmark and where its embeddings come from. */
export interface EncoderSource {
  /** Unique among the encoders; also the name of its folder of results. */
  name: string;
  /** Images are encoded with it. */
  definition?: EncoderDefinition;
  /** Absolute paths of files of embeddings. */
  files?: string[];
  /** Absolute path of the list of the rows' paths. */
  list?: string;
  /** Absolute path of a knn.csv. */
  knn?: string;
}

/** What an analysis may know of the configuration. */
export interface Settings {
  seed: number;
  /** Neighbours that are searched for each query. */
  neighbours: number;
  /** Draws of each interval. */
  replicates: number;
  /** Random orders of the index whose parts are searched. */
  repeats: number;
  /** Queries that are perturbed, and images whose cost is measured. */
  samples: number;
  /** Points of a projection. */
  points: number;
  threads?: number | undefined;
}

/** What the figures of one encoder are made from. */
export interface Context {
  source: EncoderSource;
  config: Settings;
  protocol: Protocol;
  experiment: Experiment;
  retrieved: RetrievedSplits;
  /**
   * The neighbours by exact search, which `retrieved` is not where a table is given.
   * @throws SemblanceError as `matrix`
   */
  exact: () => Promise<RetrievedSplits>;
  /** k of the analyses: that of the configuration, or the neighbours that there are. */
  k: number;
  /** Opens the embeddings. @throws SemblanceError ANALYSIS_IMPOSSIBLE when only neighbours are known */
  embeddings: () => KeptEmbeddings;
  /** Keeps what a search of a figure finds, by a name of its own, until the figure is kept. */
  blocks: (search: string) => FoundBlocks;
  /**
   * The linear probe, trained once and kept; its loss is null where JSON has no number for it.
   * @throws SemblanceError of `trainProbe`
   */
  probe: () => Promise<{
    bestEpoch: number;
    epochs: { loss: number | null; accuracy: number }[];
    weights: Float32Array;
  }>;
  /** Loads the encoder. @throws SemblanceError ANALYSIS_IMPOSSIBLE when only its embeddings are known */
  encoder: () => Promise<Encoder>;
  /** Classes of the test and of the train images, by label. */
  labels: { queries: Classes; index: Classes };
  /** Test images by patient. */
  clusters: Clusters;
  bootstrap: Required<Pick<BootstrapOptions, 'seed' | 'replicates'>>;
  /** Folder of the images. */
  images: string;
  progress: (what: string, unit: string) => (done: number, total: number) => void;
  signal: AbortSignal | undefined;
}

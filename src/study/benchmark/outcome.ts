import type { ErrorData } from '../../domain/errors/error.ts';
import type { Split } from '../../domain/splits.ts';
import type { EncoderPair } from '../../domain/statistics/paired-test.ts';
import type { Attempt } from '../analyses/context.ts';
import type { describePoints } from '../analyses/sampled-space.ts';
import type { Experiment } from '../evaluation/experiment.ts';
import type { Protocol } from '../evaluation/protocol.ts';
import type { RetrievedSplits } from '../evaluation/retrieve.ts';
import type { BenchmarkConfig } from './config.ts';
import type { Measured } from './measure-encoder.ts';
import type { Plan } from './plan.ts';

/** What is known of an encoder, and its figures. */
export interface EncoderOutcome {
  name: string;
  /** What it is from: images that were encoded here, embeddings, or a table of neighbours alone. */
  from: 'images' | 'embeddings' | 'neighbours';
  title: string | null;
  licence: string | null;
  origin: string | null;
  /** SHA-256 of model, input, preprocessing and output; null for what was not encoded here. */
  fingerprint: string | null;
  /** Files as the configuration finds them. */
  files: string[];
  dimension: number | null;
  /** Embeddings that were read or made. */
  embeddings: number | null;
  /** SHA-256 of the embeddings, of the images' contents, of the given neighbours. */
  sha256: { embeddings: string | null; images: string | null; neighbours: string | null };
  figures: Measured;
}

/** All that a run has found; `results.json` without the cost. */
export interface Outcome {
  config: BenchmarkConfig;
  protocol: Protocol;
  k: number;
  data: {
    csv: string[];
    /** SHA-256 of the list of the images that were used, with all that is known of them. */
    sha256: string;
    splits: Record<Split, number>;
    datasets: string[];
    labels: ({ label: string } & Record<Split, number>)[];
    patients: {
      /** Patients among the queries of test; queries whose patient is not known. */
      test: number;
      unknown: number;
      /** Patients with images in several splits, by data set. */
      shared: { dataset: string; patients: number }[];
    };
  };
  /** In the order of their rank: by micro precision at k. */
  encoders: EncoderOutcome[];
  /** Every two encoders on the same queries. */
  pairs: Attempt<{ micro: EncoderPair[]; macro: EncoderPair[] }>;
  points: ReturnType<typeof describePoints>;
  warnings: string[];
  /** Rows and classes that are left out, and images that some encoder lacks. */
  excluded: (ErrorData & { encoder: string | null })[];
  /** Encoders that have no figures. */
  failed: { name: string; error: ErrorData }[];
}

/** Makes the probabilities of the classes for the test images in batches, images x classes each. */
type Probabilities = () => AsyncIterable<Float32Array>;

/** What examples and study files are written from. */
export interface Details {
  experiment: Experiment;
  images: string;
  /** Read when they are needed: the tables of all encoders together may not fit into memory. */
  retrieved: Map<string, () => RetrievedSplits>;
  /** What is left to do. */
  plan: Plan;
  /** Of the encoders that have a linear probe. */
  probabilities: Map<string, Probabilities>;
}

import type { TableReport } from '../contract/tables.ts';
import type { SemblanceError } from '../domain/errors/error.ts';
import type { Split } from '../domain/splits.ts';

/** An image with exactly one label: a row of the study's CSV (Denner et al. 2025). */
export interface LabelledImage {
  /** Path as the CSV names it, which is also the key of its embedding. */
  filepath: string;
  /** Data set that it comes from. */
  dataset: string;
  split: Split;
  modality: string;
  anatomicRegion: string;
  /** Index into the set's labels. */
  label: number;
  /** Whom it shows, where that is known. */
  patient: string | null;
}

/** The images of an experiment with the labels they may have. */
export interface LabelledSet {
  /** Label columns in the order of the CSV, for instance `XR/chest/pneumonia`. */
  labels: readonly string[];
  images: readonly LabelledImage[];
  /** Rows that cannot be used, each with its reason. */
  excluded: readonly SemblanceError[];
  /** How each table was read. */
  tables?: readonly TableReport[];
}

import { html } from 'hono/html';
import type { z } from 'zod';
import type { Split } from '../../domain/splits.ts';
import type { Html, Plots } from '../benchmark/report/page.ts';
import {
  type Attempt,
  type Context,
  type EncoderSource,
  figureOf,
  type Settings,
} from './context.ts';

/** What a section of the report is written from. */
export interface Reported<T> {
  k: number;
  settings: Settings;
  /** Images of each class in each split. */
  labels: readonly ({ label: string } & Record<Split, number>)[];
  /** Queries whose patient is not known. */
  unknownPatients: number;
  /** Images that every projection shows. */
  points: number;
  plots: Plots;
  /** Names of all encoders, and their figures, in the order of the ranking. */
  names: readonly string[];
  encoders: readonly { name: string; figure: Attempt<T> | undefined }[];
}

/** Rows of a file of results. */
interface ResultTable<T> {
  /** Name of the CSV in the folder of results. */
  file: string;
  head: readonly string[];
  /** Rows of one encoder. */
  rows: (name: string, figure: T) => readonly (readonly (string | number)[])[];
}

/** A part of the report. Those of one id follow each other in one section. */
export interface AnalysisSection<T> {
  id: string;
  title: string;
  /** Sections come in ascending order of it. */
  place: number;
  content: (report: Reported<T>) => Html;
}

/** What can be asked of a benchmark beyond retrieval, kNN classification and the linear probe. */
export interface Analysis<Id extends string, T> {
  /** Its name in a configuration. */
  id: Id;
  /** Rises whenever `run` would give another figure of the same data, so that kept ones are made anew. */
  version: number;
  /** The figure as JSON has it. */
  schema: z.ZodType<T>;
  /** What the figure depends on beside the data, k, the protocol, the seed and the draws. */
  inputs?: (settings: Settings) => unknown;
  /** Whether it says anything of an encoder; by default of each. */
  applies?: (source: EncoderSource) => boolean;
  /** @throws SemblanceError ANALYSIS_IMPOSSIBLE and others that say why these data have no figure */
  run: (context: Context) => T | Promise<T>;
  /** Whether the figure differs with each run: then it is no part of results.json and the report. */
  varies?: true;
  tables?: readonly ResultTable<T>[];
  section?: AnalysisSection<T>;
  /** What a reader must know of how it is made: a line of the report's choices. */
  method?: (settings: Settings) => [what: string, how: string];
}

/** An analysis, with its types. */
export const analysis = <const Id extends string, T>(one: Analysis<Id, T>): Analysis<Id, T> => one;

/** Whether images can be encoded with an encoder. */
export const encodes = ({ definition }: EncoderSource): boolean => definition !== undefined;

/** Rows of each encoder that has a figure. */
export function eachFigure<T, R>(
  { encoders }: Pick<Reported<T>, 'encoders'>,
  rows: (figure: T, name: string) => readonly R[],
): R[] {
  return encoders.flatMap(({ name, figure }) => {
    const value = figureOf(figure);
    return value === undefined ? [] : rows(value, name);
  });
}

/** Why encoders have no figure; nothing when all have one or it was not asked for. */
export function reasonsOf({ encoders }: Pick<Reported<unknown>, 'encoders'>): Html {
  const missing = encoders.flatMap(({ name, figure }) =>
    figure !== undefined && 'error' in figure ? { name, error: figure.error } : [],
  );
  if (missing.length === 0) return html``;
  return html`<div class="note"><ul>${missing.map(
    ({ name, error }) =>
      html`<li>${name}${error.subject === null || error.subject === name ? '' : `, ${error.subject}`}: ${error.code}, ${error.title}. ${error.detail}</li>`,
  )}</ul></div>`;
}

import type { Analysis as Described } from './analysis.ts';
import { confusion } from './confusion/analysis.ts';
import type { Attempt } from './context.ts';
import { cost } from './cost/analysis.ts';
import { groups } from './groups/analysis.ts';
import { hubness } from './hubness/analysis.ts';
import { indexSize } from './index-size/analysis.ts';
import { levels } from './levels/analysis.ts';
import { patientLeak } from './patient-leak/analysis.ts';
import { projection } from './projection/analysis.ts';
import { recall } from './recall/analysis.ts';
import { robustness } from './robustness/analysis.ts';
import { space } from './space/analysis.ts';

/** Every analysis, by the name of its figure in `results.json` and in the order of the figures there. */
const REGISTRY = {
  groups,
  levels,
  confusion,
  indexSize,
  space,
  projection,
  hubness,
  patientLeak,
  recall,
  robustness,
  cost,
} as const;

type Registry = typeof REGISTRY;
/** Name of an analysis in a configuration. */
export type Analysis = Registry[keyof Registry]['id'];

/** Names of the analyses, as a configuration has them. */
export const ANALYSES: readonly Analysis[] = Object.values(REGISTRY).map(({ id }) => id);

/** Figures of the analyses of one encoder; undefined where one was not asked for or says nothing of it. */
export type AnalysisFigures = {
  [Key in keyof Registry]:
    | (Registry[Key] extends Described<string, infer Figure> ? Attempt<Figure> : never)
    | undefined;
};

/** An analysis whose figure's type does not matter, with the name of the figure. */
export const ENTRIES = Object.entries(REGISTRY) as unknown as [
  figure: keyof AnalysisFigures,
  entry: Described<Analysis, unknown>,
][];

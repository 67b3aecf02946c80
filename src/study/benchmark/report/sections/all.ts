import type { EncoderOutcome, Outcome } from '../../outcome.ts';
import type { Plots, Section } from '../page.ts';
import { groupSection, levelSection } from './classes.ts';
import { confusionSection } from './confusion.ts';
import { correctionSection } from './corrections.ts';
import { asked } from './each.ts';
import { hubnessSection, indexSizeSection, leakSection } from './index.ts';
import { classificationSection, curveSection } from './precision.ts';
import { rankingSection } from './ranking.ts';
import { recallSection } from './recall.ts';
import { robustnessSection } from './robustness.ts';
import { spaceSection } from './space.ts';

/** The sections of the figures, in the order of a reader's questions; those not asked for are left out. */
export function figureSections(outcome: Outcome, plots: Plots): Section[] {
  const has = (of: (encoder: EncoderOutcome) => unknown) => asked(outcome, of);
  return [
    rankingSection(outcome, plots),
    curveSection(outcome, plots),
    classificationSection(outcome, plots),
    ...(has((e) => e.figures.groups) ? [groupSection(outcome, plots)] : []),
    ...(has((e) => e.figures.levels) ? [levelSection(outcome, plots)] : []),
    ...(has((e) => e.figures.confusion) ? [confusionSection(outcome, plots)] : []),
    ...(has((e) => e.figures.indexSize) ? [indexSizeSection(outcome, plots)] : []),
    ...(has((e) => e.figures.space ?? e.figures.projection) ? [spaceSection(outcome, plots)] : []),
    ...(has((e) => e.figures.recall) ? [recallSection(outcome, plots)] : []),
    ...(has((e) => e.figures.hubness) ? [hubnessSection(outcome, plots)] : []),
    ...(has((e) => e.figures.robustness) ? [robustnessSection(outcome, plots)] : []),
    ...(has((e) => e.figures.patientLeak) ? [leakSection(outcome)] : []),
    correctionSection(outcome, plots),
  ];
}

import { html } from 'hono/html';
import type { AnalysisSection, Reported } from '../../../analyses/analysis.ts';
import type { Attempt } from '../../../analyses/context.ts';
import { ENTRIES } from '../../../analyses/registry.ts';
import type { Outcome } from '../../outcome.ts';
import type { Html, Plots, Section } from '../page.ts';
import { correctionSection } from './corrections.ts';
import { asked, namesOf } from './each.ts';
import { classificationSection, curveSection } from './precision.ts';
import { rankingSection } from './ranking.ts';

/** The sections of the figures, in the order of a reader's questions; those not asked for are left out. */
export function figureSections(outcome: Outcome, plots: Plots): Section[] {
  return [
    rankingSection(outcome, plots),
    curveSection(outcome, plots),
    classificationSection(outcome, plots),
    ...analysisSections(outcome, plots),
    correctionSection(outcome, plots),
  ];
}

/** The sections of the analyses that were asked for. */
function analysisSections(outcome: Outcome, plots: Plots): Section[] {
  const parts = ENTRIES.flatMap(([figure, { section }]) =>
    section !== undefined && asked(outcome, (e) => e.figures[figure]) ? [{ figure, section }] : [],
  ).sort((a, b) => a.section.place - b.section.place);
  const sections = new Map<string, { title: string; content: Html[] }>();
  for (const { figure, section } of parts) {
    const { id, title } = section;
    const { content } = sections.get(id) ?? { content: [] };
    sections.set(id, { title, content: [...content, partOf(outcome, plots, figure, section)] });
  }
  return [...sections].map(([id, { title, content }]) => ({
    id,
    title,
    content: html`${content.map((part) => html`\n${part}`)}`,
  }));
}

function partOf(
  outcome: Outcome,
  plots: Plots,
  figure: (typeof ENTRIES)[number][0],
  { content }: AnalysisSection<unknown>,
): Html {
  const report: Reported<unknown> = {
    k: outcome.k,
    settings: outcome.config,
    labels: outcome.data.labels,
    unknownPatients: outcome.data.patients.unknown,
    points: outcome.points.label.of.length,
    plots,
    names: namesOf(outcome),
    encoders: outcome.encoders.map(({ name, figures }) => ({
      name,
      figure: figures[figure] as Attempt<unknown> | undefined,
    })),
  };
  return content(report);
}

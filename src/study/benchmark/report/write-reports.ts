import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { html } from 'hono/html';
import { writeWhole } from '../../../files/write-file.ts';
import { figureOf } from '../../analyses/context.ts';
import type { Details, Outcome } from '../outcome.ts';
import { ALL } from '../plan.ts';
import { timingsData } from '../write.ts';
import { exampleSection } from './examples.ts';
import { exclusionSection, methodSection } from './methods.ts';
import { count, estimate, figure, spread } from './numbers.ts';
import { Plots, page, tableOf } from './page.ts';
import { costPlot } from './plots.ts';
import { figureSections } from './sections/all.ts';

/**
 * Writes `report.html`, and `cost.html` where cost was measured. They are two, because times differ with
 * each run, and the report is the same for the same seed.
 * @throws SemblanceError DISK_FULL, PATH_NOT_READABLE
 */
export async function writeReports(
  output: string,
  outcome: Outcome,
  details: Details,
): Promise<void> {
  const progress = details.plan.progressOf(ALL)('report', 'step');
  progress(0, 1);
  const text = await reportPage(outcome, details);
  writeWhole(join(output, 'report.html'), (sink) => sink(text));
  const cost = costPage(outcome);
  const file = join(output, 'cost.html');
  if (cost === null) rmSync(file, { force: true });
  else writeWhole(file, (sink) => sink(cost));
  progress(1, 1);
}

async function reportPage(outcome: Outcome, details: Details): Promise<string> {
  const { config, data, encoders, protocol, points } = outcome;
  const at = ({ names, of }: { names: readonly string[]; of: readonly number[] }, p: number) =>
    names[of[p] as number];
  const { label, modality, region, split } = points;
  const plots = new Plots(
    label.of.map((_, p) => ({
      p,
      label: at(label, p),
      modality: at(modality, p),
      region: at(region, p),
      split: at(split, p),
    })),
  );
  const sections = [
    ...figureSections(outcome, plots),
    ...(config.examples ? [await exampleSection(outcome, details)] : []),
    exclusionSection(outcome),
    methodSection(outcome),
  ];
  const facts: [string, number][] = [
    ['encoders', encoders.length],
    ['images in the index', data.splits.train],
    ['queries', data.splits.test],
    ['patients among them', data.patients.test],
    ['classes', data.labels.length],
  ];
  const [best] = encoders;
  const point = figureOf(best?.figures.intervals)?.points.find(({ k }) => k === outcome.k);
  const lead = html`
<p><span class="badge">${protocol === 'corrected' ? 'corrected protocol' : 'as published'}</span></p>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${count(value)}</dd></div>`)}</dl>
${
  best === undefined || point === undefined
    ? html``
    : html`<p>First of the ranking is <strong>${best.name}</strong> with a precision at ${outcome.k} of
${estimate(point.micro)} over queries and ${estimate(point.macro)} over classes.</p>`
}
${
  outcome.warnings.length > 0
    ? html`<div class="note"><ul>${outcome.warnings.map((text) => html`<li>${text}</li>`)}</ul></div>`
    : html``
}
<noscript><div class="note">Plots need JavaScript; the tables have every figure.</div></noscript>`;
  return page(config.title, lead, sections, plots);
}

/** Cost against precision; null when no cost was measured. */
function costPage(outcome: Outcome): string | null {
  const { k, config } = outcome;
  const { encoders: costs, machine } = timingsData(outcome);
  if (costs.length === 0) return null;
  const plots = new Plots();
  const names = outcome.encoders.map(({ name }) => name);
  const rows = costs.flatMap(({ name, perImage }) => {
    const figures = outcome.encoders.find((encoder) => encoder.name === name)?.figures;
    const point = figureOf(figures?.intervals)?.points.find((one) => one.k === k);
    return point === undefined
      ? []
      : { encoder: name, x: 1000 * perImage.total, ...spread(point.micro) };
  });
  const ms = (seconds: number) => figure(1000 * seconds, 2);
  const content = html`
${plots.add(
  'Time of one image against precision',
  costPlot(names, rows, { x: 'Milliseconds per image', y: `Precision at ${k}, micro` }),
)}
${tableOf(
  'Milliseconds per image, one image after another',
  ['Encoder', 'Images', 'Read and decode', 'Preprocess', 'Encode', 'Sum', 'Bytes per embedding'],
  costs.map(({ name, images, perImage, bytes }) => [
    name,
    images,
    ms(perImage.decode),
    ms(perImage.preprocess),
    ms(perImage.encode),
    ms(perImage.total),
    count(bytes),
  ]),
)}
<p class="soft">Measured on ${machine.cpu}, ${machine.cores} cores; reading and preprocessing on one thread,
the encoder on ${machine.threads ?? 'all'} threads in batches of ${costs[0]?.batch}. Times differ with each
run and are kept apart from the report, which is the same for the same seed.</p>`;
  return page(
    `Cost: ${config.title}`,
    html``,
    [{ id: 'cost', title: 'Cost against precision', content }],
    plots,
  );
}

import { html } from 'hono/html';
import type { EncoderOutcome, Outcome } from '../../outcome.ts';
import { count, figure } from '../numbers.ts';
import { folded, type Plots, type Section, tableOf } from '../page.ts';
import { scatterPlot } from '../plots.ts';
import { asked, each, reasons } from './each.ts';

/** Scores of the embedding space, and images in the plane. */
export function spaceSection(outcome: Outcome, plots: Plots): Section {
  const space = (e: EncoderOutcome) => e.figures.space;
  const projection = (e: EncoderOutcome) => e.figures.projection;
  const scatters = each(outcome, projection, (value, { name }) => {
    const rows = (xy: number[]) =>
      Array.from({ length: value.points }, (_, p) => ({ p, x: xy[2 * p], y: xy[2 * p + 1] }));
    const explained = value.explained.map((share) => `${(100 * share).toFixed(0)} %`).join(' and ');
    return [
      {
        name,
        plot: html`<div class="grid">${plots.add(`Images of ${name} laid out by UMAP`, scatterPlot(rows(value.umap), `UMAP, ${name}`, true))}${plots.add(`Images of ${name} laid out by PCA`, scatterPlot(rows(value.pca), `PCA, ${name} (${explained} of the variance)`, false))}</div>`,
      },
    ];
  });
  const [first, ...others] = scatters;
  const sizes = each(outcome, space, ({ images }) => [images]);
  const content = html`
${
  asked(outcome, space)
    ? html`<p>How well the classes lie apart in the space of the embeddings${
        sizes[0] === undefined ? '' : ` (${count(sizes[0])} images of all splits)`
      }. Larger is better for silhouette, Calinski-Harabasz and purity; smaller for Davies-Bouldin,
alignment and uniformity.</p>
${tableOf(
  'Quality of the embedding space',
  [
    'Encoder',
    'Silhouette (cosine)',
    'Davies-Bouldin',
    'Calinski-Harabasz',
    `Purity at ${outcome.k}`,
    'By chance',
    'Alignment',
    'Uniformity',
  ],
  each(outcome, space, (s, { name }) => [
    [
      name,
      figure(s.silhouette.mean),
      figure(s.daviesBouldin, 2),
      figure(s.calinskiHarabasz, 1),
      figure(s.purity.mean),
      figure(s.purity.chance),
      figure(s.alignment),
      figure(s.uniformity, 2),
    ],
  ]),
)}${reasons(outcome, space)}`
    : html``
}
${
  first === undefined
    ? html``
    : html`<h3>Images in the plane</h3>
<p>${count(outcome.points.label.of.length)} images, every class in its share. Distances between far
groups of UMAP mean nothing. <label>Colour by <select data-signal="colour"><option value="label">label</option><option value="modality">modality</option><option value="region">region</option><option value="split">split</option></select></label></p>
${first.plot}${others.map(({ name, plot }) => folded(name, plot))}`
}${reasons(outcome, projection)}`;
  return { id: 'space', title: 'Embedding space', content };
}

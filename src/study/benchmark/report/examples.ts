import { resolve } from 'node:path';
import { html } from 'hono/html';
import { SemblanceError } from '../../../domain/errors/error.ts';
import { decodeImage } from '../../../images/decode.ts';
import { readImageFile } from '../../../images/read.ts';
import { renderThumbnail } from '../../../images/render.ts';
import type { LabelledImage } from '../../../tables/labelled.ts';
import { stratifiedSample } from '../../analyses/sample.ts';
import type { Details, Outcome } from '../outcome.ts';
import type { Html, Section } from './page.ts';

const QUERIES = 8;
const NEIGHBOURS = 5;
const EDGE = 128;
/** Encoders whose neighbours are shown: the first of the ranking. */
const ENCODERS = 4;

/**
 * Some queries with their nearest neighbours as small pictures. These are pictures of patients inside the
 * page, so this is only made when it is asked for.
 */
export async function exampleSection(outcome: Outcome, details: Details): Promise<Section> {
  const { experiment, images: folder } = details;
  const { test, train, labels } = experiment;
  const rows = stratifiedSample({ names: labels, of: test.labels }, QUERIES, outcome.config.seed);
  // A sample has every class; of many classes some are shown.
  const step = Math.max(1, Math.floor(rows.length / QUERIES));
  const queries = [...rows].filter((_, i) => i % step === 0).slice(0, QUERIES);
  const shown = outcome.encoders.slice(0, ENCODERS).map(({ name }) => {
    const table = details.retrieved.get(name)?.().test.neighbours;
    const found = queries.map((query) =>
      Array.from(table?.rows.subarray(query * table.k, query * table.k + NEIGHBOURS) ?? []),
    );
    return { name, found };
  });
  const picture = async (image: LabelledImage, truth: number): Promise<Html> => {
    const label = labels[image.label] as string;
    const source = await thumbnail(resolve(folder, image.filepath));
    const kind = truth === -1 ? '' : image.label === truth ? 'hit' : 'miss';
    const text = kind === 'miss' ? `${label} (another class)` : label;
    return html`<figure class="${kind}">${
      source === null
        ? html`<span class="soft">no picture</span>`
        : html`<img src="${source}" alt="${text}">`
    }<figcaption>${text}</figcaption></figure>`;
  };
  const parts: Html[] = [];
  for (const [i, query] of queries.entries()) {
    const asked = test.images[query] as LabelledImage;
    const lines: Html[] = [];
    for (const { name, found } of shown) {
      const figures: Html[] = [await picture(asked, -1)];
      for (const row of found[i] ?? []) {
        figures.push(await picture(train.images[row] as LabelledImage, asked.label));
      }
      lines.push(html`<div class="examples"><strong>${name}</strong>${figures}</div>`);
    }
    parts.push(html`<h3>${labels[asked.label]}</h3>${lines}`);
  }
  const content = html`
<div class="note">This page holds pictures of patients. Share it as you would share the pictures.</div>
<p>A query at the left, then its ${NEIGHBOURS} nearest images of the index. A green line marks the query's
class, a red one another.</p>${parts}`;
  return { id: 'examples', title: 'Examples', content };
}

/** A small picture as a data URI; null when the file cannot be read. */
async function thumbnail(file: string): Promise<string | null> {
  try {
    const bytes = await renderThumbnail(await decodeImage(await readImageFile(file)), EDGE);
    return `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`;
  } catch (error) {
    if (error instanceof SemblanceError) return null;
    throw error;
  }
}

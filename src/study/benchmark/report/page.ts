import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { html, raw } from 'hono/html';
import { CLIENT } from './client.ts';
import { STYLE } from './style.ts';

/** A piece of HTML whose text is escaped. */
export type Html = ReturnType<typeof html>;

/** A plot of Vega-Lite. */
export type Spec = Record<string, unknown>;

/** Rows of a plot. */
export type Rows = readonly Record<string, unknown>[];

const modules = createRequire(import.meta.url);

/** The libraries that draw the plots; their own files, so that a page needs no network. */
const LIBRARIES = ['vega', 'vega-lite', 'vega-embed'].map((name) => {
  const folder = dirname(modules.resolve(name));
  return () =>
    readFileSync(join(folder, `${name}.min.js`), 'utf8').replaceAll('</script', '<\\/script');
});

/** JSON that can stand in a page: nothing in it can end the element that holds it. */
function inertJson(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

/** Collects the plots of a page. */
export class Plots {
  private readonly specs: Spec[] = [];

  /** @param points data that several plots look up by the number of the point */
  constructor(private readonly points: Rows = []) {}

  /**
   * A place for a plot.
   * @param description what it shows, for those who cannot see it
   */
  add(description: string, spec: Spec): Html {
    const number = this.specs.push({ description, ...spec }) - 1;
    return html`<div class="plot" role="img" aria-label="${description}" data-plot="${number}"></div>`;
  }

  data(): string {
    return inertJson({ specs: this.specs, points: this.points });
  }
}

/** Cells that begin with a number, or have none. */
const NUMERIC = /^([-+<]? ?[\d.,]+%?( |$)|–?$)/;

/** A table; numbers stand to the right. */
export function tableOf(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | number | Html)[])[],
): Html {
  const numeric = head.map((_, c) => rows.every((row) => NUMERIC.test(String(row[c]))));
  return html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${head.map((name, c) => html`<th scope="col" class="${numeric[c] ? 'n' : ''}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, c) =>
        c === 0
          ? html`<th scope="row">${cell}</th>`
          : html`<td class="${numeric[c] ? 'n' : ''}">${cell}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

/** A table behind a line that opens it. */
export function folded(summary: string, content: Html | readonly Html[]): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}

/** A part of the page with its own line in the list of contents. */
export interface Section {
  id: string;
  title: string;
  content: Html;
}

/**
 * One page that needs nothing else: style, plots and libraries are in it, and its policy lets it
 * load nothing and run no other script than these, by their hashes.
 */
export function page(
  title: string,
  lead: Html,
  sections: readonly Section[],
  plots: Plots,
): string {
  const scripts = [...LIBRARIES.map((read) => read()), CLIENT];
  const hashes = scripts.map(
    (script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  );
  const policy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return String(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${title}</title><style>${raw(STYLE)}</style></head>
<body><nav aria-label="Contents"><strong>${title}</strong><ol>${sections.map(
    (section) => html`<li><a href="#${section.id}">${section.title}</a></li>`,
  )}</ol></nav>
<main><header><h1>${title}</h1>${lead}</header>
${sections.map(
  (section) =>
    html`<section id="${section.id}"><h2>${section.title}</h2>${section.content}</section>`,
)}
<footer>Made by Semblance. For research and teaching; not a medical device.</footer></main>
<script type="application/json" id="plots">${raw(plots.data())}</script>
${scripts.map((script) => raw(`<script>${script}</script>\n`))}</body></html>
`);
}

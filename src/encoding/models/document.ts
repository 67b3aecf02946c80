import { inputSize } from '../preprocess/spec.ts';
import type { ModelTemplate } from './template.ts';

const START = '<!-- catalogue: made by `npm run docs:models` -->';
const END = '<!-- end of the catalogue -->';

function row(template: ModelTemplate): string {
  const { width, height } = inputSize(template.preprocess);
  const text = template.text === undefined ? '' : '; takes texts, too';
  const access = template.hub === undefined ? 'local files' : template.hub.gated ? 'gated' : 'open';
  const cells = [
    `\`${template.name}\``,
    template.title,
    `${width} x ${height}`,
    template.dimension,
    template.pooling + text,
    template.published,
    access,
    template.licence,
    `[source](${template.source})`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/**
 * The page `docs/models.md` with its table as the catalogue is now.
 * @param page the page as it is
 */
export function modelsDocument(page: string, catalogue: readonly ModelTemplate[]): string {
  const from = page.indexOf(START);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new RangeError('The page has no place for the catalogue.');
  const table = [
    START,
    '',
    '| Model | What | Picture | Dimension | Embedding | Published code of the study | Access | Licence | |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...catalogue.map(row),
    '',
    ...catalogue
      .filter(({ description }) => description !== '')
      .map(({ name, description }) => `- \`${name}\`: ${description}`),
    '',
  ];
  return page.slice(0, from) + table.join('\n') + page.slice(to);
}

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';

/** What writes sentences of the report. */
const STUDY = fileURLToPath(new URL('../..', import.meta.url));
const FILES = [
  ...readdirSync(`${STUDY}benchmark/report`, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => /\.ts$/.test(name) && !/\.test\.ts$|(client|style|plots|page)\.ts$/.test(name),
    )
    .map((name) => `benchmark/report/${name}`),
  ...readdirSync(`${STUDY}analyses`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('/analysis.ts'))
    .map((name) => `analyses/${name}`),
  'benchmark/warnings.ts',
];

/** Numbers that are names or mathematics, and no choice that the code could make otherwise. */
const FIXED =
  /SHA-256|\bF1\b|embeddings of length 1|grey values of 255|Rows add up to 1|Skewness 0|A loss of 0|cannot reach 1|weights N\(0|base64/g;

/** Texts of a source that are read by people: parts of templates, and strings with a space. */
function proseOf(source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, value } = node as { type?: string; value?: unknown };
    if (type === 'TemplateElement') found.push((value as { raw: string }).raw);
    else if (type === 'Literal' && typeof value === 'string' && value.includes(' ')) {
      found.push(value);
    } else for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync('source.ts', source).program);
  return found;
}

/** Numbers in sentences, outside of tags. */
const numbersIn = (source: string) =>
  proseOf(source).flatMap((text) => {
    const plain = text.replace(/<\/?\w[^>]*>?/g, ' ').replace(FIXED, ' ');
    return /\d|\b(two|three|four|five|ten|twenty|hundred|thousand) most\b/.test(plain)
      ? [plain.trim()]
      : [];
  });

describe('sentences of the report', () => {
  it.each(FILES)('take their numbers from the values that the code uses: %s', (file) => {
    expect(numbersIn(readFileSync(STUDY + file, 'utf8'))).toEqual([]);
  });

  it('would be found out', () => {
    const source = (text: string) => `const a = html\`<h3>\${x}</h3> ${text} \${y}\`;`;
    expect(FILES.length).toBeGreaterThan(15);
    expect(numbersIn(source('Bands are 95 % intervals.'))).toHaveLength(1);
    expect(numbersIn(source('The ten most frequent.'))).toHaveLength(1);
    expect(numbersIn(source('Rows add up to 1.'))).toEqual([]);
    expect(numbersIn("const a = ['Tests', 'at most 10,000 random ones'];")).toHaveLength(1);
  });
});

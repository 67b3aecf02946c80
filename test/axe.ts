import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/**
 * What axe finds wrong with the page as it stands, also by the rules it calls experimental.
 * @param only the rules to go by; by default all of them but those of the highest level (AAA)
 * @returns the rule and the first element of each violation
 */
export async function violations(page: Page, only?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async (wanted) => {
    const { axe: tool } = window as unknown as { axe: typeof axe };
    const values =
      wanted ??
      tool.getRules().flatMap(({ ruleId, tags }) => (tags.includes('wcag2aaa') ? [] : ruleId));
    const { violations: found } = await tool.run(document, {
      runOnly: { type: 'rule', values: [...values] },
      resultTypes: ['violations'],
    });
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} (${nodes[0]?.failureSummary})`);
  }, only);
}

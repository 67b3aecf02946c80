// Checks the rules of .dependency-cruiser.cjs: `npm run lint:layers [-- folder]`. dependency-cruiser
// reads TypeScript by swc here, because TypeScript 7 has no interface for programs; it does not tell
// swc which files have JSX in them.
import { createRequire } from 'node:module';
import swc from '@swc/core';

const { parseFileSync } = swc;
swc.parseFileSync = (file, options) =>
  parseFileSync(file, { ...options, tsx: file.endsWith('.tsx') });

const { cruise } = await import('dependency-cruiser');
const { options, ...ruleSet } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

const [folder = process.cwd()] = process.argv.slice(2);
const { output } = await cruise(['src', 'web/src', 'clients/typescript/src'], {
  ...options,
  baseDir: folder,
  ruleSet,
  validate: true,
});
const { violations, totalCruised } = output.summary;
for (const { rule, from, to, cycle } of violations) {
  const way = cycle?.length > 0 ? cycle.map(({ name }) => name).join(' -> ') : to;
  console.error(`${rule.name}: ${from} -> ${way}`);
}
console.log(`${totalCruised} modules, ${violations.length} forbidden imports`);
// Rules over nothing would never fail.
if (violations.length > 0 || totalCruised === 0) process.exitCode = 1;

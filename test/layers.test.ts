import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './program.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** What each rule of .dependency-cruiser.cjs forbids: a module with an import, and what is imported. */
const FORBIDDEN = [
  ['domain-knows-nothing-above', 'domain/a.ts', 'images/b.ts'],
  ['domain-is-plain', 'domain/a.ts', 'node:fs'],
  ['domain-is-plain', 'domain/a.ts', 'libsql'],
  ['files-knows-nothing-above', 'files/a.ts', 'store/b.ts'],
  ['images-knows-nothing-above', 'images/a.ts', 'encoding/b.ts'],
  ['runtime-knows-nothing-above', 'runtime/a.ts', 'index/b.ts'],
  ['images-stands-alone', 'images/a.ts', 'runtime/b.ts'],
  ['runtime-stands-alone', 'runtime/a.ts', 'files/b.ts'],
  ['files-stands-alone', 'files/a.ts', 'images/b.ts'],
  ['index-stands-alone', 'index/a.ts', 'store/b.ts'],
  ['store-stands-alone', 'store/a.ts', 'index/b.ts'],
  ['tables-stands-alone', 'tables/a.ts', 'store/b.ts'],
  ['encoding-knows-nothing-above', 'encoding/a.ts', 'search/b.ts'],
  ['search-knows-nothing-above', 'search/a.ts', 'study/benchmark/b.ts'],
  ['search-knows-no-compiler', 'search/a.ts', 'encoding/compiler/b.ts'],
  ['indexing-knows-nothing-above', 'indexing/a.ts', 'study/b.ts'],
  ['study-knows-nothing-above', 'study/a.ts', 'app/b.ts'],
  ['contract-knows-nothing-above', 'contract/a.ts', 'store/b.ts'],
  ['app-knows-nothing-above', 'app/a.ts', 'server/b.ts'],
  ['server-is-a-thin-door', 'server/a.ts', 'store/b.ts'],
  ['server-knows-nothing-above', 'server/a.ts', 'cli/b.ts'],
  ['only-runtime-loads-onnxruntime', 'search/a.ts', 'onnxruntime-node'],
  ['no-circles', 'search/a.ts', 'search/b.ts'],
] as const;

describe('the rules of the layers', () => {
  const folder = temporaryFolder();
  afterAll(folder.remove);

  function write(name: string, text: string): void {
    const path = join(folder.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** The rules that src of the folder breaks, each with the module that does. */
  function broken(): string[] {
    write('tsconfig.json', '{ "compilerOptions": { "allowImportingTsExtensions": true } }');
    const { stdout } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
        ...['src', '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json'],
      ],
      { cwd: folder.path, encoding: 'utf8' },
    );
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { rule: { name: string }; from: string }[]; totalCruised: number };
    };
    expect(summary.totalCruised).toBeGreaterThan(0);
    return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
  }

  it('find each import that is forbidden, also of a type', () => {
    const expected = new Set<string>();
    for (const [i, [rule, from, to]] of FORBIDDEN.entries()) {
      const name = `a${i}`;
      expected.add(`${rule}: src/${from.replace('a.ts', `${name}.ts`)}`);
      const module = to.endsWith('.ts') ? `../${to}` : to;
      write(`src/${from.replace('a.ts', `${name}.ts`)}`, `import type {} from '${module}';\n`);
      if (!to.endsWith('.ts')) continue;
      const back = rule === 'no-circles' ? `import type {} from './${name}.ts';\n` : '';
      write(`src/${to}`, `${back}export {};\n`);
    }
    const found = new Set(broken());
    // Of a circle any module may be named.
    const circle = FORBIDDEN.findIndex(([rule]) => rule === 'no-circles');
    found.delete('no-circles: src/search/b.ts');
    found.add(`no-circles: src/search/a${circle}.ts`);
    expect(found).toEqual(expected);
  });
});

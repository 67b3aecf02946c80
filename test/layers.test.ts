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
  ['codecs-knows-nothing-above', 'codecs/a.ts', 'dicom/b.ts'],
  ['codecs-stands-alone', 'codecs/a.ts', 'runtime/b.ts'],
  ['dicom-knows-nothing-above', 'dicom/a.ts', 'images/b.ts'],
  ['runtime-stands-alone', 'runtime/a.ts', 'files/b.ts'],
  ['files-stands-alone', 'files/a.ts', 'codecs/b.ts'],
  ['index-stands-alone', 'index/a.ts', 'store/b.ts'],
  ['store-stands-alone', 'store/a.ts', 'index/b.ts'],
  ['tables-stands-alone', 'tables/a.ts', 'store/b.ts'],
  ['tables-knows-nothing-above', 'tables/a.ts', 'encoding/b.ts'],
  ['index-knows-nothing-above', 'index/a.ts', 'search/b.ts'],
  ['store-knows-nothing-above', 'store/a.ts', 'indexing/b.ts'],
  ['http-stands-alone', 'http/a.ts', 'files/b.ts'],
  ['pacs-stands-alone', 'pacs/a.ts', 'store/b.ts'],
  ['objects-knows-nothing-above', 'objects/a.ts', 'encoding/b.ts'],
  ['encoding-knows-nothing-above', 'encoding/a.ts', 'search/b.ts'],
  ['search-knows-nothing-above', 'search/a.ts', 'study/benchmark/b.ts'],
  ['search-knows-no-compiler', 'search/a.ts', 'encoding/compiler/b.ts'],
  ['indexing-knows-nothing-above', 'indexing/a.ts', 'study/b.ts'],
  ['study-knows-nothing-above', 'study/a.ts', 'app/b.ts'],
  ['contract-knows-nothing-above', 'contract/a.ts', 'store/b.ts'],
  ['app-knows-nothing-above', 'app/a.ts', 'server/b.ts'],
  ['server-is-a-thin-door', 'server/a.ts', 'store/b.ts'],
  ['server-knows-nothing-above', 'server/a.ts', 'cli/b.ts'],
  ['cli-is-a-thin-door', 'cli/a.ts', 'store/b.ts'],
  ['cli-is-a-thin-door', 'cli/a.ts', 'runtime/b.ts'],
  ['only-runtime-loads-onnxruntime', 'search/a.ts', 'onnxruntime-node'],
  ['no-circles', 'search/a.ts', 'search/b.ts'],
] as const;

/** A component, which has to be read as JSX. */
const component = (imported: string) =>
  `import type {} from '${imported}';\nexport const Part = () => <p>text</p>;\n`;

describe('the rules of the layers', () => {
  const folder = temporaryFolder();
  afterAll(folder.remove);

  function write(name: string, text: string): void {
    const path = join(folder.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** The rules that modules of the folder break, each with the module that does. */
  function broken(): string[] {
    write('web/src/main.ts', 'export {};\n');
    write('clients/typescript/src/client.ts', 'export {};\n');
    write('tsconfig.json', '{ "compilerOptions": { "allowImportingTsExtensions": true } }');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'scripts/check-dependencies.mjs'), folder.path],
      { encoding: 'utf8' },
    );
    expect(stdout).toMatch(/^[1-9]\d* modules, /);
    return [...stderr.matchAll(/^(.+): (.+?) -> /gm)].map(([, rule, from]) => `${rule}: ${from}`);
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

  it('let the page know contract, domain and client alone, also from its components', () => {
    write('src/contract/shapes.ts', 'export {};\n');
    write('src/app/service.ts', 'export {};\n');
    write('web/src/components/good.tsx', component('../../../src/contract/shapes.ts'));
    write('web/src/good.ts', "import type {} from '../../clients/typescript/src/client.ts';\n");
    write('web/src/components/bad.tsx', component('../../../src/app/service.ts'));
    write('web/src/bad.ts', "import type {} from 'zod';\n");
    write('clients/typescript/src/bad.ts', "import type {} from '../../../src/app/service.ts';\n");
    const found = broken().filter((each) => !each.includes(': src/'));
    expect(found.sort()).toEqual([
      'client-stands-alone: clients/typescript/src/bad.ts',
      'page-knows-what-leaves: web/src/bad.ts',
      'page-knows-what-leaves: web/src/components/bad.tsx',
    ]);
  });
});

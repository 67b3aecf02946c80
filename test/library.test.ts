import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, startServing, temporaryFolder, writePicture } from './program.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const { version, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

/** Types that a program brings along which uses the library. */
const TYPES = ['@types/node', 'undici-types'];

describe('the packed library', () => {
  const folder = temporaryFolder();
  const modules = join(folder.path, 'node_modules');
  afterAll(folder.remove);

  function command(program: string, ...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
    return stdout;
  }

  const tsc = (...args: string[]) =>
    command(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), ...args);

  beforeAll(() => {
    // As npm would install it, but with the modules that are here: the ones it names, and no others.
    spawnSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder.path], {
      cwd: ROOT,
    });
    command('tar', '-xf', `semblance-${version}.tgz`);
    mkdirSync(join(modules, '.bin'), { recursive: true });
    renameSync(join(folder.path, 'package'), join(modules, 'semblance'));
    symlinkSync('../semblance/dist/cli/main.js', join(modules, '.bin/semblance'));
    for (const name of [...Object.keys(dependencies), ...TYPES]) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    }
    writeFileSync(join(folder.path, 'package.json'), '{ "type": "module" }');
    cpSync(join(ROOT, 'examples'), join(folder.path, 'examples'), { recursive: true });
    writeFileSync(
      join(folder.path, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'ES2023',
          module: 'NodeNext',
          strict: true,
          types: ['node'],
          rootDir: 'examples',
          outDir: 'built',
        },
        include: ['examples'],
      }),
    );
    tsc('-p', '.');
  });

  it('has the command', () => {
    const { stdout } = spawnSync('npx', ['--no-install', 'semblance', '--version'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe(version);
  });

  it('searches by an encoder of one’s own', async () => {
    const pictures = join(folder.path, 'pictures');
    mkdirSync(pictures);
    for (let i = 1; i <= 9; i++) await writePicture(join(pictures, `${i}.png`), i);
    const lines = command(process.execPath, 'built/your-own-encoder.js', pictures, 'archive-own');
    expect(lines.trim().split('\n')).toEqual([
      '9 images',
      ...[1, 2, 3].map((rank) => expect.stringMatching(new RegExp(`^${rank}\\. \\d\\.png `))),
    ]);
  });

  it('indexes a folder and searches it', async () => {
    const pictures = join(folder.path, 'archive-pictures');
    mkdirSync(pictures);
    for (let i = 1; i <= 5; i++) await writePicture(join(pictures, `${i}.png`), i);
    writeFileSync(join(pictures, 'broken.png'), 'no picture');
    const asked = join(folder.path, 'asked.png');
    await writePicture(asked, 9);
    const lines = command(
      process.execPath,
      'built/index-and-search.js',
      ...[pictures, asked, 'archive-indexed'],
    );
    expect(lines.trim().split('\n')).toEqual([
      '5 images, 1 that cannot be read',
      '5 compared',
      ...[1, 2, 3].map((rank) => expect.stringMatching(new RegExp(`^${rank}\\. \\d\\.png `))),
    ]);
  });

  it('compares encoders', async () => {
    const folderOf = (path: string) => join(folder.path, 'labelled', path);
    mkdirSync(folderOf(''));
    const rows: string[] = [];
    for (let i = 0; i < 24; i++) {
      await writePicture(folderOf(`${i}.png`), i % 2 === 0 ? 1 : 9);
      const split = i % 4 < 2 ? 'train' : i < 12 ? 'val' : 'test';
      rows.push(`${i}.png,made-up,${split},XR,chest,p${i},${1 - (i % 2)},${i % 2}`);
    }
    writeFileSync(folderOf('23.png'), 'no picture');
    const head = 'filepath,dataset,split,modality,anatomic_region,patient,even,odd';
    writeFileSync(folderOf('dataset.csv'), [head, ...rows, ''].join('\n'));
    const lines = command(
      process.execPath,
      'built/compare-encoders.js',
      ...['labelled/dataset.csv', 'compared', 'archive-compared'],
    );
    expect(lines.trim().split('\n')).toEqual([
      'baseline: precision at 3 1.000',
      'left out: 23.png (IMAGE_NOT_RECOGNISED)',
    ]);
    expect(readdirSync(join(folder.path, 'compared'))).toContain('report.html');
  });

  it('serves inside an application of one’s own', async () => {
    const served: ChildProcess = spawn(
      process.execPath,
      ['built/serve-in-your-hono-app.js', 'archive', '0'],
      { cwd: folder.path, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const url = await new Promise<string>((resolve, reject) => {
        served.stdout?.once('data', (data) => resolve(String(data).trim()));
        served.once('close', reject);
      });
      expect(await (await fetch(new URL('/', url))).text()).toBe('My archive');
      expect(await (await fetch(new URL('api/collections', url))).json()).toEqual({
        collections: [],
      });
      const description = await (await fetch(new URL('openapi.json', url))).json();
      const current = readFileSync(join(ROOT, 'clients/openapi.json'), 'utf8');
      expect(description).toEqual(JSON.parse(current));
      const tried = await (await fetch(new URL('docs/', url))).text();
      for (const [, file = ''] of tried.matchAll(/(?:src|href)="([^"]+)"/g)) {
        expect((await fetch(new URL(`docs/${file}`, url))).status, file).toBe(200);
      }
      const page = await (await fetch(url)).text();
      const [, script = ''] = /src="(\.\/[^"]+\.js)"/.exec(page) ?? [];
      expect((await fetch(new URL(script, url))).status).toBe(200);
    } finally {
      served.kill('SIGTERM');
    }
    expect(await new Promise((resolve) => served.once('close', resolve))).toBe(0);
  });

  it('sends pictures to a server, which indexes and labels them', async () => {
    const pictures = [1, 2].map((i) => join(folder.path, `sent-${i}.png`));
    for (const [i, path] of pictures.entries()) await writePicture(path, i);
    const home = ['--home', join(folder.path, 'archive-sent')];
    const made = await run([...home, '--json', 'keys', 'add', 'program', '--role', 'editor']);
    const { secret } = JSON.parse(made.stdout);
    const server = await startServing([...home, 'serve']);
    const args = ['built/send-to-a-server.js', server.url.slice(0, -1), 'inbox', ...pictures];
    const sent = spawn(process.execPath, [...args, join(folder.path, 'package.json')], {
      ...{ cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { ...process.env, SEMBLANCE_KEY: secret },
    });
    let told = '';
    for (const stream of [sent.stdout, sent.stderr]) {
      stream?.on('data', (data) => {
        told += data;
      });
    }
    await new Promise((resolve) => sent.once('close', resolve));
    await server.stop();
    expect(told.trim().split('\n')).toEqual([
      'refused: package.json (IMAGE_NOT_RECOGNISED)',
      'done: 2 images added',
      'image 1 is labelled sent',
    ]);
  });

  it('runs in a browser where it says so', async () => {
    const page = join(folder.path, 'page.js');
    writeFileSync(page, "export * from 'semblance/browser';\n");
    const warnings: string[] = [];
    await build({
      root: folder.path,
      configFile: false,
      logLevel: 'silent',
      build: {
        outDir: 'bundle',
        lib: { entry: page, formats: ['es'], fileName: 'page' },
        rolldownOptions: { onwarn: ({ message }) => warnings.push(message) },
      },
    });
    // A module of Node would be replaced by an empty one with a warning.
    expect(warnings).toEqual([]);
    const bundle = readdirSync(join(folder.path, 'bundle')).map((name) =>
      readFileSync(join(folder.path, 'bundle', name), 'utf8'),
    );
    expect(bundle.join('')).not.toMatch(/from ?['"]|import ?['"(]|__vite-browser-external/);
    // Nor does it need types of Node.
    writeFileSync(join(folder.path, 'page.ts'), "export * from 'semblance/browser';\n");
    tsc('--noEmit', '--types', '', '--module', 'NodeNext', '--ignoreConfig', 'page.ts');
  });
});

it('has a report of its public types that is current', () => {
  const { stdout } = spawnSync(process.execPath, ['scripts/docs-api.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(readFileSync(join(ROOT, 'docs/api.md'), 'utf8')).toBe(stdout);
});

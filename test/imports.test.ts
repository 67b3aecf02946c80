import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

/** Those that are started, as a program or as a worker, and imported by nobody. */
const STARTED = [
  'app/task-process.js',
  'app/receiving-process.js',
  'cli/main.js',
  'encoding/preprocess/worker.js',
  'index/memory/codes/worker.js',
  'index/memory/row-reader.js',
  'runtime/session-thread.js',
  'store/copying-process.js',
  'store/columns/worker.js',
  'store/embedding-reader.js',
];

/** What libraries keep of their own: the registry of zod, the folder of sharp's libvips. */
const OF_LIBRARIES = /: (global __zod_\w+|env VIPSHOME)$/;

/** Imports the modules one after the other, and prints which of them leaves something behind. */
const SCRIPT = `
  import { builtinModules } from 'node:module';
  // Node makes some globals when they are first read.
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!builtinModules.includes(name)) globalThis[name];
  }
  const state = () => [
    ...Object.entries(Object.getOwnPropertyDescriptors(globalThis)).map(([key, { value }]) => ['global ' + key, value]),
    ...Object.entries(console).map(([name, method]) => ['console.' + name, method]),
    ...process.eventNames().map((name) => ['on ' + String(name), process.listenerCount(name)]),
    ...Object.entries(process.env).map(([name, value]) => ['env ' + name, value]),
  ];
  const changes = [];
  for (const module of process.argv.slice(1)) {
    const before = new Map(state());
    await import(module);
    const after = new Map(state());
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      if (!Object.is(before.get(key), after.get(key))) changes.push(module + ': ' + key);
    }
  }
  process.stdout.write(JSON.stringify(changes), () => process.exit());
`;

it('a module does nothing when it is imported', async () => {
  const modules = (readdirSync(DIST, { recursive: true }) as string[])
    .filter((path) => path.endsWith('.js') && !/^(web|swagger-ui)\//.test(path))
    .filter((path) => !STARTED.includes(path))
    .sort();
  expect(modules.length).toBeGreaterThan(200);
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', SCRIPT, ...modules.map((path) => `${DIST}${path}`)],
    { timeout: 60_000 },
  );
  expect(stderr).toBe('');
  const changes = JSON.parse(stdout) as string[];
  expect(changes.filter((change) => !OF_LIBRARIES.test(change))).toEqual([]);
});

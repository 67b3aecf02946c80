import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import Database from 'libsql';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsOf } from '../bench/study/kill.ts';
import type { Semblance } from '../src/app/semblance.ts';
import type { Task, TaskRequest } from '../src/contract/tasks.ts';
import { randomFrom } from '../src/domain/random.ts';
import { hasShared, sharedPath } from '../src/testing/shared.ts';
import { taskProcesses } from '../src/testing/task-processes.ts';
import { tinyEncoder } from '../src/testing/tiny-encoder.ts';
import { temporaryFolder, writePicture } from './program.ts';

const IMAGES = 120;
/** After the third time a task has failed. */
const KILLS = 2;
/** What differs from one run to the next: names of states and moments. */
const OF_THE_RUN = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const CHECKPOINT = 'goldens/encoders/vit/checkpoint/';

/** The built one, whose processes start at once. */
const BUILT = new URL('../dist/app/semblance.js', import.meta.url).href;
const open = async (home: string): Promise<Semblance> => {
  const built: typeof import('../src/app/semblance.ts') = await import(BUILT);
  return built.Semblance.open({ home });
};

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
afterAll(() => temporary.remove());

beforeAll(async () => {
  const images = at('images');
  mkdirSync(images);
  const rows = ['filepath,patient,label'];
  const study = ['filepath,dataset,split,modality,anatomic_region,patient,a,b'];
  for (let i = 0; i < IMAGES; i++) {
    await writePicture(join(images, `${i}.png`), i);
    rows.push(`${i}.png,p${i},finding ${i % 2}`);
    const split = i % 3 === 0 ? 'test' : 'train';
    study.push(`${i}.png,d,${split},XR,chest,p${i},${1 - (i % 2)},${i % 2}`);
  }
  writeFileSync(join(images, 'dataset.csv'), rows.join('\n'));
  writeFileSync(at('study.csv'), study.join('\n'));
  const benchmark = {
    ...{ data: { csv: 'study.csv', images }, encoders: ['baseline'], k: 1 },
    ...{ linearProbe: false, analyses: ['hubness'], replicates: 200 },
  };
  writeFileSync(at('benchmark.json'), JSON.stringify(benchmark));
  mkdirSync(at('home', 'encoders'), { recursive: true });
  const { name: _, ...second } = tinyEncoder(-1, at('home'));
  writeFileSync(
    at('home', 'encoders', 'second.json'),
    JSON.stringify({ ...second, name: 'second' }),
  );
  const semblance = await open(at('home'));
  await semblance.indexing.index({}, { collection: 'there', path: images });
  // Adapting takes long with many numbers of each image: these have three.
  mkdirSync(at('colours'));
  for (let i = 0; i < IMAGES; i++) {
    const random = randomFrom(i);
    const data = Uint8Array.from({ length: 3 }, () => 50 * (i % 2) + 200 * random());
    const raw = { width: 1, height: 1, channels: 3 } as const;
    await sharp(data, { raw })
      .resize(16, 16)
      .png()
      .toFile(at('colours', `${i}.png`));
  }
  writeFileSync(at('colours', 'dataset.csv'), rows.join('\n'));
  const little = { collection: 'little', path: at('colours'), encoder: 'second' };
  await semblance.indexing.index({}, little);
  // Those that are gone are pruned.
  cpSync(images, at('gone'), { recursive: true });
  await semblance.indexing.index({}, { collection: 'gone', path: at('gone') });
  for (let i = 0; i < IMAGES; i += 2) rmSync(at('gone', `${i}.png`));
  await semblance.close();
}, 120_000);

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const lasting = (text: string, home: string) =>
  text.replaceAll(OF_THE_RUN, '*').replaceAll(home, '*');

/** The rows of each table of a database, without what differs from one run to the next. */
function rowsOf(file: string, home: string): unknown {
  const database = new Database(file, { readonly: true });
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`,
    )
    .all() as { name: string }[];
  const told = (value: unknown) => {
    if (typeof value === 'string') return lasting(value, home);
    return value instanceof ArrayBuffer ? digestOf(new Uint8Array(value)) : value;
  };
  const rows = tables.map(({ name }) => {
    const all = database.prepare(`SELECT * FROM "${name}"`).raw().all() as unknown[][];
    return [name, all.map((row) => row.map(told))];
  });
  database.close();
  return Object.fromEntries(rows);
}

/** All that a task may have changed in a data directory. */
function stateOf(home: string): Record<string, unknown> {
  const state: Record<string, unknown> = {};
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(home, path);
    if (!entry.isFile() || /^(tasks|identity|audit)|task-files|-(wal|shm)$/.test(name)) continue;
    if (name.endsWith('.db')) state[name] = rowsOf(path, home);
    else if (name.endsWith('.json')) state[name] = lasting(readFileSync(path, 'utf8'), home);
    else state[name] = digestOf(readFileSync(path));
  }
  return state;
}

/**
 * Does a task in a copy of the data directory, whose process is killed at parts of the time that it takes.
 * @param takes milliseconds; undefined: it is not killed
 */
async function does(
  home: string,
  begin: (semblance: Semblance) => Task | Promise<Task | undefined>,
  takes?: number,
) {
  cpSync(at('home'), home, { recursive: true });
  const semblance = await open(home);
  try {
    const id = (await begin(semblance))?.id as number;
    const isOpen = () => /waiting|running/.test(semblance.tasks.get({ id }).state);
    semblance.tasks.start();
    const since = performance.now();
    const killed = new Set<number>();
    while (isOpen()) {
      const pid = taskProcesses().find((each) => !killed.has(each));
      if (pid !== undefined && takes !== undefined && killed.size < KILLS) {
        await later((takes * (killed.size + 1)) / (KILLS + 1));
        try {
          process.kill(pid, 'SIGKILL');
          killed.add(pid);
        } catch {
          // It had ended before.
        }
      }
      await later(20);
    }
    const task = semblance.tasks.get({ id });
    const files =
      task.result !== null && 'files' in task.result && task.result.files?.length
        ? resultsOf(join(home, 'task-files', String(id)))
        : undefined;
    return { task, files, killed: killed.size, took: performance.now() - since };
  } finally {
    await semblance.close();
  }
}

const request = (asked: TaskRequest) => (semblance: Semblance) => semblance.tasks.begin(asked);
const collection = 'there';
const hasCheckpoint = hasShared(`${CHECKPOINT}config.json`);

describe('a task whose process is killed again and again in the middle', () => {
  it.each<[string, Parameters<typeof does>[1]]>([
    ['index', (home) => request({ kind: 'index', collection: 'new', path: at('images') })(home)],
    [
      'index-files',
      async ({ tasks }) => {
        const files = Array.from({ length: IMAGES / 2 }, (_, i) => {
          const name = `${i}.png`;
          return { name, content: readFileSync(at('images', name)) };
        });
        return (await tasks.beginFiles({ collection: 'sent', files })).task;
      },
    ],
    ['prune', request({ kind: 'prune', collection: 'gone' })],
    ['remove', request({ kind: 'remove', collection, where: 'label:"finding 1"' })],
    ['encode', request({ kind: 'encode', collection, encoder: 'second', use: true })],
    ['calibrate', request({ kind: 'calibrate', collection })],
    ['adapt', request({ kind: 'adapt', collection: 'little', name: 'mine', force: true })],
    ['copy-collection', request({ kind: 'copy-collection', collection, to: 'copy' })],
    ['rename-collection', request({ kind: 'rename-collection', collection, to: 'other' })],
    ['delete-collection', request({ kind: 'delete-collection', collection, confirm: collection })],
    ['map', request({ kind: 'map', collection, points: 100 })],
    ['export', request({ kind: 'export', collection, format: 'csv' })],
    [
      'benchmark',
      (home) => request({ kind: 'benchmark', configuration: at('benchmark.json') })(home),
    ],
    ...(hasCheckpoint
      ? [
          [
            'add-encoder',
            request({
              ...{ kind: 'add-encoder', name: 'tiny', like: 'vit-base-in21k' },
              from: sharedPath(CHECKPOINT),
            }),
          ] as [string, Parameters<typeof does>[1]],
        ]
      : []),
  ])(
    'leaves what one leaves that is not killed: %s',
    async (kind, begin) => {
      const whole = await does(at(`${kind}-whole`), begin);
      expect(whole.task).toMatchObject({ kind, state: 'done', error: null });
      const again = await does(at(`${kind}-killed`), begin, whole.took);
      expect(again.killed).toBeGreaterThan(0);
      expect(again.task).toMatchObject({ kind, state: 'done', error: null });
      expect(again.files).toEqual(whole.files);
      const [before, after, killed] = [at('home'), at(`${kind}-whole`), at(`${kind}-killed`)].map(
        stateOf,
      );
      expect(killed).toEqual(after);
      // The export and the comparison change nothing.
      if (whole.files === undefined) expect(after).not.toEqual(before);
    },
    120_000,
  );
});

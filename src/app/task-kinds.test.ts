import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TASK_KINDS, type Task, type TaskRequest, TaskSchema } from '../contract/tasks.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { type SmallDoors, smallDoors } from '../testing/small-home.ts';
import { taskProcesses } from '../testing/task-processes.ts';
import { tinyEncoder } from '../testing/tiny-encoder.ts';
import { AllowedFolders } from './allowed-folders.ts';
import { Semblance } from './semblance.ts';
import { factsOf } from './task-kinds.ts';
import { doTask } from './task-work.ts';

let doors: SmallDoors;
let semblance: Semblance;
let home: string;
let images: string;
beforeAll(async () => {
  doors = await smallDoors();
  ({ semblance } = doors);
  home = doors.home.path;
  images = dirname(doors.home.picture(0));
  const { name, ...description } = tinyEncoder(0.5, home);
  const folder = new DataDirectory(home).encodersFolder;
  cpSync(images, join(home, '..', 'other'), { recursive: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'second.json'), JSON.stringify({ ...description, name: 'second' }));
  expect(name).not.toBe('second');
});
afterAll(() => doors.close());

const ended = async (id: number, tasks = semblance.tasks): Promise<Task> => {
  await expect
    .poll(() => tasks.get({ id }).state, { timeout: 60_000 })
    .not.toMatch(/^(waiting|running)$/);
  const task = tasks.get({ id });
  expect(TaskSchema.parse(task)).toEqual(task);
  return task;
};
/** Does a task here, as its process would. */
const done = (payload: TaskRequest, id = 1) => {
  const directory = new DataDirectory(home);
  const folder = join(home, 'task-files', 'here');
  return doTask({}, { payload, semblance, directory, folder, task: { id, created: 1 } });
};

describe('every kind of task', () => {
  it('indexes a folder, and tells before what it would take', async () => {
    const request: TaskRequest = { kind: 'index', collection: 'new', path: images };
    expect(await semblance.tasks.preview({}, request)).toMatchObject({
      ...{ kind: 'index', images: 12, known: 0, examples: expect.arrayContaining(['0.png']) },
      notes: expect.arrayContaining(['The collection "new" is made.']),
    });
    expect(existsSync(join(home, 'new.db'))).toBe(false);
    expect(await done(request)).toMatchObject({
      ...{ complete: true, result: { kind: 'indexed', total: 12, added: 12, failed: 0 } },
    });
    expect(await semblance.tasks.preview({}, request)).toMatchObject({ images: 12, known: 12 });
  });

  it('indexes into a collection whose making was cut off', async () => {
    writeFileSync(join(home, 'cut.db'), '');
    const request: TaskRequest = { kind: 'index', collection: 'cut', path: images };
    expect(await done(request)).toMatchObject({ complete: true, result: { added: 12 } });
  });

  it('encodes with another encoder, and has it answer when all is there', async () => {
    const request: TaskRequest = {
      ...{ kind: 'encode', collection: 'new', encoder: 'second', use: true },
    };
    expect(await semblance.tasks.preview({}, request)).toMatchObject({ images: 12, known: 0 });
    expect(semblance.encoders.default({ collection: 'new' }).encoder).toBe('baseline');
    expect(await done(request)).toMatchObject({
      result: { encoder: 'second', added: 12, isDefault: true, missingEmbeddings: 0 },
    });
    // What is added from now on is seen by it, too, or it would not be found.
    const more: TaskRequest = { kind: 'index', collection: 'new', path: images };
    expect((await semblance.tasks.preview({}, more)).notes).toContain('The encoder is "second".');
    expect(await done(more)).toMatchObject({ result: { encoder: 'second', unchanged: 12 } });
    expect(semblance.encoders.default({ collection: 'new' }).encoder).toBe('second');
  });

  it('exports to a file that is downloaded', async () => {
    const request: TaskRequest = { kind: 'export', collection: 'new', format: 'csv' };
    expect(await semblance.tasks.preview({}, request)).toMatchObject({ images: 12 });
    expect(await done({ ...request, where: 'modality:CT' })).toMatchObject({
      result: { kind: 'exported', embeddings: 4, files: [{ name: 'new.csv' }] },
    });
  });

  it('removes what a query finds, and what is gone', async () => {
    const collection = 'gone';
    const folder = join(home, '..', 'other');
    await done({ kind: 'index', collection, path: folder });
    const request: TaskRequest = { kind: 'remove', collection, where: 'modality:CT' };
    expect(await semblance.tasks.preview({}, request)).toMatchObject({ images: 4 });
    expect((await done(request)).result).toEqual({ kind: 'removed', removed: 4, unclear: 0 });
    rmSync(join(folder, '0.png'));
    const prune: TaskRequest = { kind: 'prune', collection };
    expect(await semblance.tasks.preview({}, prune)).toMatchObject({ images: 1 });
    expect((await done(prune)).result).toEqual({ kind: 'removed', removed: 1, unclear: 0 });
    expect(semblance.collections.info({ collection }).images).toBe(7);
  });

  it('copies, renames and deletes a collection, and tells before how much it is', async () => {
    const [collection, to] = ['new', 'newer'];
    const tasks = ['copy', 'rename', 'delete'].map((each) => `${each}-collection`);
    const [copy, rename, del] = [
      { kind: 'copy-collection', collection, to },
      { kind: 'rename-collection', collection: to, to: 'newest' },
      { kind: 'delete-collection', collection: 'newest' },
    ] as const satisfies TaskRequest[];
    expect([copy, rename, del].map(({ kind }) => kind)).toEqual(tasks);
    const { preview } = semblance.tasks;
    const told = async (request: TaskRequest) => preview.call(semblance.tasks, {}, request);
    const bytes = statSync(join(home, 'new.db')).size;
    const before = await told(copy);
    expect(before).toMatchObject({ images: 12, notes: [expect.stringContaining('"newer"')] });
    expect(before.bytes).toBeGreaterThanOrEqual(bytes);
    expect((await done(copy, 11)).result).toEqual({ kind: 'collection', name: to, images: 12 });
    expect(semblance.collections.names()).toContain('new');
    // Whoever does it again finds it done.
    expect((await done(copy, 11)).result).toEqual({ kind: 'collection', name: to, images: 12 });
    await expect(done(copy, 12)).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' });
    expect(await told(rename)).toMatchObject({ images: 12 });
    expect((await done(rename, 13)).result).toMatchObject({ name: 'newest', images: 12 });
    expect(await told(del)).toMatchObject({ images: 12 });
    expect((await done(del, 14)).result).toMatchObject({ name: null, images: 12 });
    expect((await done(del, 14)).result).toMatchObject({ name: null, images: 12 });
    expect(semblance.collections.names()).toEqual(expect.not.arrayContaining([to, 'newest']));
    await expect(done(del, 15)).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
  });

  it('says as the services do what is impossible', async () => {
    for (const [request, code] of [
      [{ kind: 'calibrate', collection: 'new' }, 'CALIBRATION_IMPOSSIBLE'],
      [{ kind: 'adapt', collection: 'new', name: 'baseline' }, 'ADAPT_IMPOSSIBLE'],
      [{ kind: 'add-encoder', name: 'biomedclip', from: images }, 'PATH_NOT_FOUND'],
    ] as const) {
      await expect(done(request), request.kind).rejects.toMatchObject({ code });
    }
    const { begin } = semblance.tasks;
    for (const [request, code] of [
      [{ kind: 'calibrate', collection: 'none' }, 'COLLECTION_NOT_FOUND'],
      [{ kind: 'prune', collection: '../x' }, 'COLLECTION_NAME_INVALID'],
      [{ kind: 'add-encoder', name: 'nothing' }, 'ENCODER_NOT_FOUND'],
      [{ kind: 'copy-collection', collection: 'new', to: 'test' }, 'COLLECTION_EXISTS'],
      [{ kind: 'rename-collection', collection: 'new', to: '../x' }, 'COLLECTION_NAME_INVALID'],
      [{ kind: 'delete-collection', collection: 'new' }, 'REQUEST_INVALID'],
      [{ kind: 'delete-collection', collection: 'new', confirm: 'test' }, 'REQUEST_INVALID'],
      [{ kind: 'delete-collection', collection: 'no', confirm: 'no' }, 'COLLECTION_NOT_FOUND'],
    ] as const) {
      expect(() => begin.call(semblance.tasks, request), request.kind).toThrow(
        expect.objectContaining({ code }),
      );
    }
    expect(semblance.tasks.list()).toEqual([]);
  });

  it('compares encoders, with a report', async () => {
    const configuration = join(home, '..', 'benchmark.json');
    const splitOf = (i: number) => (i % 3 === 0 ? 'test' : 'train');
    const rows = Array.from(
      { length: 12 },
      (_, i) => `${i}.png,d,${splitOf(i)},XR,chest,p${i},${1 - (i % 2)},${i % 2}`,
    );
    const head = 'filepath,dataset,split,modality,anatomic_region,patient,a,b';
    writeFileSync(join(home, '..', 'study.csv'), [head, ...rows, ''].join('\n'));
    const config = {
      ...{ data: { csv: 'study.csv', images }, linearProbe: false, k: 1 },
      ...{ encoders: ['baseline', 'second'], analyses: [], replicates: 100 },
    };
    writeFileSync(configuration, JSON.stringify(config));
    const request: TaskRequest = { kind: 'benchmark', configuration };
    expect((await semblance.tasks.preview({}, request)).notes).toHaveLength(1);
    await expect(done(request)).resolves.toMatchObject({
      result: {
        ...{ kind: 'benchmarked', k: 1, ranking: [{}, {}] },
        files: expect.arrayContaining([{ name: 'report.html', bytes: expect.any(Number) }]),
      },
    });
  });

  it('tells what each is about', () => {
    const facts = TASK_KINDS.map((kind) => {
      const payload = {
        ...{ kind, collection: 'c', path: '/p', address: 'dicomweb+http://h/r?PatientID=PLANTED' },
        ...{ encoder: 'e', name: 'n', format: 'csv', configuration: '/k', files: [] },
      };
      return { kind, ...factsOf(payload as never) };
    });
    expect(facts.filter(({ subject }) => subject !== 'c').map(({ kind }) => kind)).toEqual([
      ...['benchmark', 'add-encoder'],
    ]);
    expect(JSON.stringify(facts)).not.toContain('PLANTED');
    expect(facts.find(({ kind }) => kind === 'index-pacs')?.limited).toBe(true);
  });
});

describe('tasks in processes of their own', () => {
  it('wait for somebody who does them, and go on after kill -9 of any process', async () => {
    const request: TaskRequest = { kind: 'index', collection: 'killed', path: images };
    const begun = semblance.tasks.begin(request, { actor: 'somebody' });
    expect(begun).toMatchObject({ state: 'waiting', actor: 'somebody', about: images });
    expect(semblance.tasks.begin(request).id).toBe(begun.id);
    semblance.tasks.start();
    await expect.poll(() => taskProcesses().length, { timeout: 20_000, interval: 5 }).toBe(1);
    for (const pid of taskProcesses()) process.kill(pid, 'SIGKILL');
    expect(await ended(begun.id)).toMatchObject({
      ...{ state: 'done', result: { kind: 'indexed', total: 12 }, error: null },
    });
    expect(semblance.collections.info({ collection: 'killed' }).images).toBe(12);
    expect(existsSync(join(home, 'killed.db'))).toBe(true);
  }, 90_000);

  it('are paused and go on; those that wait, too', async () => {
    const { id } = semblance.tasks.begin({ kind: 'calibrate', collection: 'test' });
    const second = semblance.tasks.begin({ kind: 'prune', collection: 'test' });
    expect(semblance.tasks.pause({ id: second.id }).state).toBe('paused');
    expect(await ended(id)).toMatchObject({
      ...{ state: 'failed', error: { code: 'CALIBRATION_IMPOSSIBLE' } },
    });
    expect(semblance.tasks.resume({ id: second.id }).state).toMatch(/waiting|running/);
    expect(await ended(second.id)).toMatchObject({ state: 'done', result: { removed: 0 } });
    expect(() => semblance.tasks.pause({ id })).toThrow(
      expect.objectContaining({ code: 'TASK_STATE' }),
    );
  }, 90_000);

  it('delete what is damaged, after what was begun before and before what was begun after', async () => {
    const { tasks } = semblance;
    writeFileSync(join(home, 'damaged.db'), 'This is no collection.');
    const deletion = {
      kind: 'delete-collection',
      collection: 'damaged',
      confirm: 'damaged',
    } as const;
    expect(await tasks.preview({}, deletion)).toMatchObject({ images: null, bytes: 22 });
    const deleted = await ended(tasks.begin(deletion).id);
    expect(deleted).toMatchObject({ state: 'done', result: { name: null, images: null } });
    const first: TaskRequest = { kind: 'index', collection: 'turns', path: images };
    const ids = [
      tasks.begin(first).id,
      tasks.begin({ kind: 'copy-collection', collection: 'test', to: 'turned' }).id,
    ];
    await Promise.all(ids.map((id) => ended(id)));
    const moved = [
      tasks.begin({ kind: 'prune', collection: 'turns' }).id,
      tasks.begin({ kind: 'rename-collection', collection: 'turns', to: 'turns-2' }).id,
      tasks.begin({ kind: 'export', collection: 'turns', format: 'csv' }).id,
    ];
    const all = await Promise.all(moved.map((id) => ended(id)));
    expect(all.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(all.map(({ id }) => tasks.get({ id }).collection)).toEqual([
      ...['turns-2', 'turns', 'turns-2'],
    ]);
    expect(all[2]?.result).toMatchObject({ embeddings: 12, files: [{ name: 'turns-2.csv' }] });
  }, 90_000);

  it('take files that are sent, by their content', async () => {
    const send = (name: string, content: Uint8Array) => ({ name, content });
    const picture = (n: number) => readFileSync(doors.home.picture(n));
    const { task, refused } = await semblance.tasks.beginFiles({
      collection: 'sent',
      files: [
        send('Müller, Anna.png', picture(0)),
        send('again.png', picture(0)),
        send('x.png', Buffer.from('no picture')),
      ],
    });
    expect(refused).toMatchObject([{ code: 'IMAGE_NOT_RECOGNISED', subject: 'x.png' }]);
    const more = { collection: 'sent', files: [send('b.png', picture(1))] };
    const second = await semblance.tasks.beginFiles(more);
    const third = await semblance.tasks.beginFiles({ ...more, files: [send('c', picture(2))] });
    await ended(task?.id as number);
    await ended(second.task?.id as number);
    const last = await ended(third.task?.id as number);
    expect(last.state).toBe('done');
    expect(semblance.collections.info({ collection: 'sent' }).images).toBe(3);
    const kept = readdirSync(join(home, 'received', 'sent'));
    expect(kept).toHaveLength(3);
    for (const name of kept) expect(name).toMatch(/^[0-9a-f]{64}\.png$/);
  }, 90_000);

  it('outlive whoever began them', async () => {
    const request: TaskRequest = { kind: 'index', collection: 'later', path: images };
    const { id } = semblance.tasks.begin(request);
    await expect
      .poll(() => semblance.tasks.get({ id }).state, { interval: 5, timeout: 20_000 })
      .toBe('running');
    await semblance.tasks.close();
    const next = await Semblance.open({ home });
    expect(next.tasks.get({ id }).state).toBe('waiting');
    next.tasks.start();
    expect(await ended(id, next.tasks)).toMatchObject({ state: 'done' });
    await next.close();
  }, 90_000);
});

describe('folders that may be read', () => {
  it('are themselves alone, whatever a path says', () => {
    const work = realpathSync(mkdtempSync(join(home, '..', 'folders-')));
    for (const each of ['open/a/b', 'open-too', 'closed']) {
      mkdirSync(join(work, each), { recursive: true });
    }
    symlinkSync(join(work, 'closed'), join(work, 'open/out'));
    symlinkSync(join(work, 'open/a'), join(work, 'open/in'));
    writeFileSync(join(work, 'open/list.csv'), '');
    writeFileSync(join(work, 'open/x.png'), '');
    const folders = new AllowedFolders([join(work, 'open')]);
    expect(folders.resolve(join(work, 'open/in/b'))).toBe(join(work, 'open/a/b'));
    for (const path of ['closed', 'open-too', 'open/out', 'open/../closed', 'nowhere', '..']) {
      expect(() => folders.resolve(join(work, path)), path).toThrow(
        expect.objectContaining({ code: 'FOLDER_NOT_ALLOWED' }),
      );
    }
    expect(() => folders.resolve(join(work, 'open/nothing'))).toThrow(
      expect.objectContaining({ code: 'PATH_NOT_FOUND' }),
    );
    const listed = folders.list(join(work, 'open'));
    expect(listed.folders.map(({ name }) => name)).toEqual(['a', 'in']);
    expect(listed).toMatchObject({ parent: null, files: [{ name: 'list.csv' }], others: 2 });
    expect(folders.list(join(work, 'open/a')).parent).toBe(join(work, 'open'));
    expect(new AllowedFolders([]).list(undefined).folders).toEqual([]);
    const request: TaskRequest = { kind: 'index', collection: 'x', path: join(work, 'closed') };
    expect(() => semblance.tasks.begin(request, { folders })).toThrow(
      expect.objectContaining({ code: 'FOLDER_NOT_ALLOWED' }),
    );
  });
});

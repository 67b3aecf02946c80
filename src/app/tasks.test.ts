import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TaskSchema } from '../contract/tasks.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../testing/orthanc.ts';
import { slice } from '../testing/slices.ts';
import { taskProcesses } from '../testing/task-processes.ts';
import { Semblance } from './semblance.ts';

const STUDIES = 6;
const SLICES = 25;

describe.runIf(hasOrthanc())('indexing in the background', () => {
  const work = mkdtempSync(join(tmpdir(), 'semblance-tasks-'));
  const home = join(work, 'home');
  let orthanc: Orthanc;
  let semblance: Semblance;
  let address: string;
  let secrets: { user: string; password: string };

  beforeAll(async () => {
    orthanc = await startOrthanc();
    address = `dicomweb+${orthanc.url}`;
    secrets = { user: orthanc.user, password: orthanc.password };
    for (let study = 1; study <= STUDIES; study++) {
      for (let number = 1; number <= SLICES; number++) await orthanc.upload(slice(study, number));
    }
    semblance = await Semblance.open({ home });
    semblance.tasks.start();
  }, 120_000);

  afterAll(async () => {
    await semblance?.close();
    await orthanc?.remove();
    rmSync(work, { recursive: true, force: true });
  });

  const state = (id: number) => semblance.tasks.get({ id }).state;
  const ended = (id: number) =>
    expect.poll(() => state(id), { timeout: 60_000 }).not.toMatch(/^(waiting|running)$/);
  const images = (collection: string) => semblance.collections.info({ collection }).images;

  it('tells how far it is by study, and what came of it', async () => {
    const begun = semblance.tasks.beginPacs({ address, collection: 'all', secrets });
    expect(TaskSchema.parse(begun)).toEqual(begun);
    expect(begun).toMatchObject({
      kind: 'index-pacs',
      about: address,
      limited: false,
      collection: 'all',
    });
    // Who begins the same once more gets the same task.
    expect(semblance.tasks.beginPacs({ address, collection: 'all', secrets }).id).toBe(begun.id);
    // Another one of the same collection waits, and one that waits is given up at once.
    const part = `${address}?PatientID=PLANTEDID1`;
    const second = semblance.tasks.beginPacs({ address: part, collection: 'all' });
    expect(second).toMatchObject({ state: 'waiting', limited: true, about: address });
    const third = semblance.tasks.beginPacs({
      address: `${address}?StudyDate=1999`,
      collection: 'all',
    });
    expect(semblance.tasks.cancel({ id: third.id }).state).toBe('cancelled');
    const seen: unknown[] = [];
    while (/waiting|running/.test(state(begun.id))) {
      const { progress } = semblance.tasks.get({ id: begun.id });
      if (progress?.studies && progress.perSecond) seen.push(progress);
      await new Promise((done) => setTimeout(done, 50));
    }
    const task = semblance.tasks.get({ id: begun.id });
    expect(TaskSchema.parse(task)).toEqual(task);
    expect(task).toMatchObject({
      state: 'done',
      result: { total: STUDIES * SLICES, added: STUDIES * SLICES, failed: 0, failures: [] },
      progress: { studies: { done: STUDIES, total: STUDIES }, unit: 'images' },
    });
    expect(seen.length).toBeGreaterThan(1);
    expect(images('all')).toBe(STUDIES * SLICES);
    await ended(second.id);
    expect(semblance.tasks.get({ id: second.id })).toMatchObject({
      ...{ state: 'done', result: { added: 0, unchanged: SLICES } },
    });
  }, 120_000);

  it('is cancelled and resumed, and nothing is done twice', async () => {
    const { id } = semblance.tasks.beginPacs({ address, collection: 'cut', secrets });
    await expect
      .poll(() => semblance.tasks.get({ id }).progress?.studies?.done ?? 0, {
        interval: 20,
        timeout: 60_000,
      })
      .toBeGreaterThan(0);
    semblance.tasks.cancel({ id });
    await ended(id);
    const cut = semblance.tasks.get({ id });
    expect(cut.state).toBe('cancelled');
    const before = images('cut');
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(STUDIES * SLICES);
    semblance.tasks.resume({ id });
    await ended(id);
    expect(semblance.tasks.get({ id })).toMatchObject({
      state: 'done',
      result: { added: STUDIES * SLICES - before, unchanged: before },
    });
    expect(() => semblance.tasks.cancel({ id })).toThrow(
      expect.objectContaining({ code: 'TASK_STATE' }),
    );
  }, 120_000);

  it('goes on where it was when its process is killed, again and again', async () => {
    const { id } = semblance.tasks.beginPacs({ address, collection: 'killed', secrets });
    const done = () => semblance.tasks.get({ id }).progress?.studies?.done ?? 0;
    for (const studies of [1, 2]) {
      await expect.poll(done, { interval: 10, timeout: 60_000 }).toBeGreaterThanOrEqual(studies);
      const killed = taskProcesses();
      expect(killed).toHaveLength(1);
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      await ended(id);
      // Nobody tells another process what lets one in.
      expect(state(id)).toBe('interrupted');
      semblance.tasks.resume({ id });
    }
    await ended(id);
    const task = semblance.tasks.get({ id });
    expect(task).toMatchObject({ state: 'done', result: { total: STUDIES * SLICES, failed: 0 } });
    expect(images('killed')).toBe(STUDIES * SLICES);
    const [encoder] = semblance.collections.info({ collection: 'killed' }).encoders;
    expect(encoder?.embeddings).toBe(STUDIES * SLICES);
  }, 120_000);

  it('is interrupted when the application ends, and waits to be resumed', async () => {
    const { id } = semblance.tasks.beginPacs({ address, collection: 'later', secrets });
    await expect.poll(() => state(id), { interval: 20 }).toBe('running');
    await semblance.close();
    semblance = await Semblance.open({ home });
    semblance.tasks.start();
    expect(state(id)).toBe('interrupted');
    semblance.tasks.resume({ id, secrets: { user: orthanc.user, password: 'GEHEIM' } });
    await ended(id);
    expect(semblance.tasks.get({ id })).toMatchObject({
      ...{ state: 'failed', error: { code: 'PACS_REFUSED' } },
    });
    semblance.tasks.resume({ id, secrets });
    await ended(id);
    expect(images('later')).toBe(STUDIES * SLICES);
  }, 120_000);

  it('keeps nobody and no secret in the data directory', () => {
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    expect(files.map(({ name }) => name)).toContain('tasks.sqlite');
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const name of ['PLANTED', '1.2.777', orthanc.password, 'GEHEIM']) {
        expect(bytes.includes(name), `${name} in ${file.name}`).toBe(false);
      }
    }
  });
});

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slice } from '../testing/slices.ts';
import { AllowedFolders } from './allowed-folders.ts';
import { Semblance } from './semblance.ts';
import type { Watcher } from './watching.ts';

const SETTLED = 900;
let work: string;
let inbox: string;
let semblance: Semblance;
let watcher: Watcher | undefined;
let warnings: string[];

const open = async () => {
  semblance = await Semblance.open({
    home: join(work, 'home'),
    logger: { warn: (text) => warnings.push(text) },
  });
  semblance.tasks.start();
};
const watch = async () => {
  watcher = await semblance.watching.start({
    ...{ collection: 'chest', folder: inbox, settled: SETTLED },
  });
};
const close = async () => {
  await watcher?.close();
  watcher = undefined;
  await semblance.close();
};

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'semblance-watch-'));
  inbox = join(work, 'inbox');
  mkdirSync(inbox);
  warnings = [];
  await open();
});
afterEach(async () => {
  await close();
  rmSync(work, { recursive: true, force: true });
});

const images = () => semblance.collections.list().find(({ name }) => name === 'chest')?.images ?? 0;
const tasks = () => semblance.tasks.list();
const settled = () =>
  expect.poll(() => tasks().every(({ state }) => state === 'done'), { timeout: 20_000 }).toBe(true);
const have = async (count: number) => {
  await expect.poll(images, { timeout: 30_000, interval: 200 }).toBe(count);
  await settled();
};
/** So long that whatever is whole would have been taken. */
const patience = () => pause(3 * SETTLED);

describe('a watched folder', () => {
  it('is indexed once its files stay the same, also in folders that come; nothing is taken twice', async () => {
    writeFileSync(join(inbox, 'before.dcm'), slice(1, 1));
    await watch();
    await have(1);
    // Copied slowly: it changes until it is whole.
    const bytes = slice(1, 2, { side: 64 });
    for (let at = 0; at < bytes.length; at += 2000) {
      appendFileSync(join(inbox, 'slow.dcm'), bytes.subarray(at, at + 2000));
      await pause(SETTLED / 2);
    }
    // Written elsewhere, and renamed; in a folder that is moved in.
    writeFileSync(join(inbox, 'third.dcm.part'), slice(1, 3));
    renameSync(join(inbox, 'third.dcm.part'), join(inbox, 'third.dcm'));
    mkdirSync(join(work, 'study/series'), { recursive: true });
    writeFileSync(join(work, 'study/series/4.dcm'), slice(1, 4));
    renameSync(join(work, 'study'), join(inbox, 'study'));
    await have(4);
    for (const { result } of tasks()) expect(result).toMatchObject({ failed: 0, changed: 0 });
    const before = tasks().length;
    await patience();
    expect(tasks()).toHaveLength(before);
  }, 90_000);

  it('tells once what is refused, and tries it again when it has changed', async () => {
    await watch();
    const bytes = slice(1, 1);
    writeFileSync(join(inbox, 'cut.dcm'), bytes.subarray(0, -40));
    writeFileSync(join(inbox, 'whole.dcm'), slice(1, 2));
    await have(1);
    const refused = () =>
      tasks().reduce(
        (sum, { result }) => sum + ((result as { failed: number } | null)?.failed ?? 0),
        0,
      );
    expect(refused()).toBe(1);
    await patience();
    // Also after the next start.
    await close();
    await open();
    await watch();
    await patience();
    expect([refused(), images()]).toEqual([1, 1]);
    writeFileSync(join(inbox, 'cut.dcm'), bytes);
    await have(2);
    expect(refused()).toBe(1);
  }, 90_000);

  it('takes nothing that is gone, hidden, empty or a link, and nothing outside of what is allowed', async () => {
    writeFileSync(join(work, 'outside.dcm'), slice(1, 1));
    symlinkSync(join(work, 'outside.dcm'), join(inbox, 'link.dcm'));
    writeFileSync(join(inbox, '.hidden.dcm'), slice(1, 2));
    writeFileSync(join(inbox, 'upload.part'), slice(1, 3));
    writeFileSync(join(inbox, 'empty.dcm'), '');
    await watch();
    writeFileSync(join(inbox, 'short-lived.dcm'), slice(1, 4));
    await pause(SETTLED / 2);
    rmSync(join(inbox, 'short-lived.dcm'));
    await patience();
    expect(tasks()).toEqual([]);
    const folders = new AllowedFolders([inbox]);
    const outside = { collection: 'chest', folder: work, folders };
    await expect(semblance.watching.start(outside)).rejects.toMatchObject({
      code: 'FOLDER_NOT_ALLOWED',
    });
  }, 60_000);

  it('goes on when the drive is back, says once that it was away, and keeps what it had', async () => {
    writeFileSync(join(inbox, '1.dcm'), slice(1, 1));
    await watch();
    await have(1);
    renameSync(inbox, join(work, 'away'));
    await patience();
    expect(warnings.filter((text) => text.startsWith('PATH_NOT_FOUND'))).toHaveLength(1);
    expect(warnings.join()).not.toContain(work);
    renameSync(join(work, 'away'), inbox);
    writeFileSync(join(inbox, '2.dcm'), slice(1, 2));
    await have(2);
    expect(tasks()).toHaveLength(2);
  }, 60_000);

  it('takes all again into a collection that was deleted, and keeps no path', async () => {
    const named = join(inbox, 'Geheim');
    mkdirSync(named);
    writeFileSync(join(named, 'geheim.dcm'), slice(1, 1));
    await watch();
    await have(1);
    expect(readFileSync(join(work, 'home/watched.sqlite')).toString('latin1')).not.toMatch(
      /geheim/i,
    );
    // What a backup has is not said to be taken: its collection may be of a moment before.
    const { leftOut } = await semblance.backup.make({}, { folder: join(work, 'backup') });
    expect(leftOut.flatMap(({ examples }) => examples)).toContain('watched.sqlite');
    await semblance.collections.delete({ collection: 'chest', confirm: 'chest' });
    await have(1);
    expect(tasks().length).toBe(2);
  }, 60_000);
});

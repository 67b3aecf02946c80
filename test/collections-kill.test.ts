import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { AccessStore } from '../src/store/access-store.ts';
import { CollectionFiles } from '../src/store/collection-files.ts';
import { DataDirectory } from '../src/store/data-directory.ts';
import { TaskStore } from '../src/store/task-store.ts';
import { madeUpCollection } from '../src/testing/made-up-collection.ts';
import { temporaryFolder } from './program.ts';

const CHANGER = fileURLToPath(new URL('./collection-changer.mjs', import.meta.url));
const IMAGES = 20;
/** The one of `collection-changer.mjs`. */
const TASK = { id: 7, created: 1 };

const temporary = temporaryFolder();
afterAll(temporary.remove);
const home = join(temporary.path, 'home');
const directory = new DataDirectory(home);

/** The collection "chest" with an object that was received for it, and a user and a key with a role in it. */
function make(): void {
  rmSync(home, { recursive: true, force: true });
  directory.create();
  const { store } = madeUpCollection(join(home, 'chest.db'), { patients: IMAGES / 2 });
  const received = directory.receivedFolder('chest');
  store.sources.register(received);
  store.close();
  mkdirSync(received, { recursive: true });
  writeFileSync(join(received, '1.dcm'), 'object');
  const access = AccessStore.open(directory.accessFile, true) as AccessStore;
  const roles = { chest: 'editor' } as const;
  access.addUser({ name: 'anna', password: '-', roles });
  access.addKey(Buffer.from('key'), { name: 'key', roles, created: 0, ends: 1 });
  access.close();
  const tasks = TaskStore.open(directory.tasksFile, true) as TaskStore;
  const payload = { collection: 'chest' };
  tasks.add({ kind: 'prune', subject: 'chest', payload, actor: null, told: false });
  tasks.close();
}

/** Whether a process was killed at its so-and-so-manieth change of the disk. */
const killed = (what: string, at: number) =>
  new Promise<boolean>((resolve, reject) => {
    const args = [CHANGER, home, what, String(at)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('exit', (code, signal) =>
      signal === null && code !== 0
        ? reject(new Error(`It ended with ${code}.`))
        : resolve(!!signal),
    );
  });

/** All that belongs to a collection. */
const belongings = (name: string) => ({
  images: existsSync(join(home, `${name}.db`))
    ? directory.whileOpen(name, ({ images }) => images.count())
    : 0,
  received: existsSync(join(directory.receivedFolder(name), '1.dcm')),
  source: existsSync(join(home, `${name}.db`))
    ? directory.whileOpen(name, ({ sources }) =>
        sources.list().some(({ root }) => root === directory.receivedFolder(name)),
      )
    : false,
});
function rolesIn(name: string): number {
  const access = AccessStore.open(directory.accessFile, false) as AccessStore;
  const found = [...access.users(), ...access.keys()].filter(({ roles }) => name in roles);
  access.close();
  return found.length;
}

const WHOLE = { images: IMAGES, received: true, source: true };
const NOTHING = { images: 0, received: false, source: false };
const state = (chest: object, x: object, inChest: number, inX: number) => ({
  ...{ chest, x, roles: [inChest, inX], left: [] },
});
const OLD = state(WHOLE, NOTHING, 2, 0);
const NEW = {
  copy: state(WHOLE, WHOLE, 2, 0),
  rename: state(NOTHING, WHOLE, 0, 2),
  remove: state(NOTHING, NOTHING, 0, 0),
};

describe('a process that is killed', () => {
  it.each(Object.keys(NEW) as (keyof typeof NEW)[])(
    'at any moment of a %s leaves the old state or the new one',
    async (what) => {
      const ends = { old: 0, new: 0 };
      let isKilled = true;
      for (let at = 1; isKilled; at++) {
        make();
        isKilled = await killed(what, at);
        // Whoever opens the data directory next makes it whole.
        directory.collections();
        const found = {
          ...{ chest: belongings('chest'), x: belongings('x') },
          roles: [rolesIn('chest'), rolesIn('x')],
          left: readdirSync(home).filter((name) => /part|change\.json/.test(name)),
        };
        const end = JSON.stringify(found) !== JSON.stringify(OLD) ? 'new' : 'old';
        expect({ at, ...found }).toEqual({ at, ...(end === 'new' ? NEW[what] : OLD) });
        ends[end] += 1;
        // The task that did it knows whether it is to do it again.
        const files = new CollectionFiles(directory);
        expect({ at, done: files.done(TASK) }).toEqual({
          ...{ at, done: end === 'new' ? { ...TASK, images: IMAGES } : undefined },
        });
        expect(files.done({ ...TASK, created: 2 })).toBeUndefined();
        const tasks = TaskStore.open(directory.tasksFile, false) as TaskStore;
        const isOther = what === 'rename' && end === 'new';
        expect(tasks.list().map(({ subject }) => subject)).toEqual([isOther ? 'x' : 'chest']);
        tasks.close();
      }
      console.log(`${what}: ${ends.old + ends.new - 1} kills, ${ends.new} ended as wanted`);
      expect(ends.old).toBeGreaterThan(0);
      expect(ends.new).toBeGreaterThan(1);
    },
    240_000,
  );

  it('while another one copies for it leaves nothing of the copy', async () => {
    make();
    let cut = 0;
    for (let delay = 50; delay <= 800; delay += 75) {
      const child = spawn(process.execPath, [CHANGER, home, 'copy', '0'], { stdio: 'ignore' });
      // It may be at its end before.
      const ended = once(child, 'exit');
      await sleep(delay);
      child.kill('SIGKILL');
      await ended;
      const names = directory.collections();
      expect(belongings('chest')).toEqual(WHOLE);
      if (names.includes('x')) {
        expect(belongings('x')).toEqual(WHOLE);
        await new CollectionFiles(directory).remove('x', () => undefined);
      } else cut += 1;
      const left = () => {
        directory.collections();
        return readdirSync(home).filter((name) => name.startsWith('x'));
      };
      await expect.poll(left).toEqual([]);
    }
    expect(cut).toBeGreaterThan(0);
  }, 60_000);
});

it('lets one of several processes have a name', async () => {
  make();
  const ends = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const child = spawn(process.execPath, [CHANGER, home, 'rename', '0'], { stdio: 'ignore' });
      const [code] = await once(child, 'exit');
      return code;
    }),
  );
  expect(ends.sort()).toEqual([0, 1, 1, 1, 1]);
  expect(directory.collections()).toEqual(['x']);
  expect(belongings('x')).toEqual(WHOLE);
  expect(rolesIn('x')).toBe(2);
}, 60_000);

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectionStore } from '../src/store/collection-store.ts';
import { run, start, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
const images = join(temporary.path, 'images');
let counter = 0;

/** A fresh home, as arguments. */
const home = () => {
  counter += 1;
  return ['--home', join(temporary.path, `home-${counter}`)];
};
const collectionFile = (args: string[]) => join(args[1] as string, 'default.db');

beforeAll(async () => {
  for (const label of ['a', 'b']) {
    mkdirSync(join(images, label), { recursive: true });
    for (let i = 0; i < 20; i++) {
      await writePicture(join(images, label, `${i}.png`), label === 'a' ? i : 100 + i);
    }
  }
});
afterAll(() => temporary.remove());

describe('semblance index', () => {
  it('takes labels from folders, and knows unchanged files at the next run', async () => {
    const at = home();
    const first = JSON.parse((await run([...at, '--json', 'index', images])).stdout);
    expect(first).toMatchObject({ total: 40, added: 40, unchanged: 0, failed: 0, complete: true });
    const again = JSON.parse((await run([...at, '--json', 'index', images])).stdout);
    expect(again).toMatchObject({ added: 0, unchanged: 40 });
    const info = JSON.parse((await run([...at, '--json', 'info'])).stdout);
    const labels = info.fields.find((f: { field: string }) => f.field === 'label');
    expect(labels.values).toEqual([
      { value: 'a', count: 20 },
      { value: 'b', count: 20 },
    ]);
  });

  it('looks for burned-in text where it is asked to, in processes too, and says what it found', async () => {
    const at = home();
    const said = async (...more: string[]) => (await run([...at, 'index', images, ...more])).stdout;
    expect(await said()).not.toContain('Burned-in');
    const found =
      "Burned-in text: 40 of the collection's images were looked at without finding any.";
    expect(await said('--burned-in', 'mask', '--workers', '1')).toContain(found);
    const json = JSON.parse((await run([...at, '--json', 'index', images])).stdout);
    expect(json).toMatchObject({
      unchanged: 40,
      burnedIn: { policy: 'mask', images: [{ state: 'none', count: 40 }], notLookedAt: 0 },
    });
  });

  it('sees new content of a known path', async () => {
    const at = home();
    const folder = join(temporary.path, 'changing');
    cpSync(join(images, 'a'), folder, { recursive: true });
    const file = join(folder, '3.png');
    await run([...at, 'index', folder]);
    const store = CollectionStore.open(collectionFile(at));
    const before = store.images.page().find((image) => image.path === '3.png');
    await writePicture(file, 77);
    utimesSync(file, 1, 1);
    const again = JSON.parse((await run([...at, '--json', 'index', folder])).stdout);
    expect(again).toMatchObject({ added: 1, unchanged: 19 });
    const after = store.images.page().find((image) => image.path === '3.png');
    expect(after?.id).toBe(before?.id);
    expect(after?.contentHash).not.toBe(before?.contentHash);
    store.close();
  });

  it('skips broken files, names each with its reason, and fails only when asked', async () => {
    const at = home();
    const folder = join(temporary.path, 'broken');
    cpSync(join(images, 'a'), folder, { recursive: true });
    writeFileSync(join(folder, 'text.png'), 'not a picture');
    writeFileSync(join(folder, 'empty.jpg'), '');
    const result = await run([...at, '--json', 'index', folder]);
    expect(result.code).toBe(0);
    const { failures, ...counts } = JSON.parse(result.stdout);
    expect(counts).toMatchObject({ added: 20, failed: 2 });
    const reasons = failures.map(({ code, subject }: Record<string, string>) => [code, subject]);
    expect(reasons).toEqual([
      ['IMAGE_EMPTY', join(folder, 'empty.jpg')],
      ['IMAGE_NOT_RECOGNISED', join(folder, 'text.png')],
    ]);
    expect((await run([...at, 'index', folder, '--strict'])).code).toBe(1);
  });

  it('loses and doubles nothing when killed again and again', async () => {
    const at = home();
    const folder = join(temporary.path, 'many');
    mkdirSync(folder);
    for (let i = 0; i < 320; i++) await writePicture(join(folder, `${i}.png`), i);
    const stored = () => {
      if (!existsSync(collectionFile(at))) return { images: 0, embeddings: 0 };
      const store = CollectionStore.open(collectionFile(at));
      const { length } = store.encoders.list().flatMap(({ id }) => [...store.embeddings.each(id)]);
      const images = store.images.count();
      store.close();
      return { images, embeddings: length };
    };
    let acknowledged = 0;
    for (let kill = 0; kill < 5; kill++) {
      const child = start([...at, 'index', folder]);
      const closed = new Promise((resolve) => child.on('close', resolve));
      // Killed as soon as it has written something new, in the middle of its work.
      while (child.exitCode === null && stored().embeddings === acknowledged) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      child.kill('SIGKILL');
      await closed;
      // Compared only now that nobody writes: the two counts are two reads.
      const { images, embeddings } = stored();
      expect(images).toBe(embeddings);
      expect(embeddings).toBeGreaterThan(acknowledged);
      acknowledged = embeddings;
      const db = new Database(collectionFile(at));
      const check = db.prepare('PRAGMA integrity_check').get() as { integrity_check: string };
      expect(check.integrity_check).toBe('ok');
      db.close();
    }
    expect(acknowledged).toBeLessThan(320);
    const last = JSON.parse((await run([...at, '--json', 'index', folder])).stdout);
    expect(last).toMatchObject({ unchanged: acknowledged, added: 320 - acknowledged });
    const store = CollectionStore.open(collectionFile(at));
    expect(new Set(store.images.page().map((image) => image.path)).size).toBe(320);
    expect(store.images.count()).toBe(320);
    store.close();
  });

  it('reports a folder that may not be read, and one inside that is skipped', async (context) => {
    if (process.getuid?.() !== 0) {
      context.skip('needs to run as root, to start the command as another user');
    }
    const at = home();
    const folder = join(temporary.path, 'closed');
    cpSync(join(images, 'a'), join(folder, 'open'), { recursive: true });
    mkdirSync(join(folder, 'secret'), { mode: 0o000 });
    mkdirSync(at[1] as string);
    chmodSync(at[1] as string, 0o777);
    chmodSync(temporary.path, 0o755);
    const nobody = { uid: 65534 };
    const inside = await run([...at, '--json', 'index', folder], nobody);
    const { added, failures } = JSON.parse(inside.stdout);
    expect(added).toBe(20);
    expect(failures[0]).toMatchObject({
      code: 'PATH_NOT_READABLE',
      subject: join(folder, 'secret'),
    });
    const outer = await run([...at, '--json', 'index', join(folder, 'secret')], nobody);
    expect(outer.code).toBe(1);
    expect(JSON.parse(outer.stderr).error.code).toBe('PATH_NOT_READABLE');
  });

  it('stops on a full disk with what was written intact, and goes on with space', async (context) => {
    const disk = join(temporary.path, 'disk');
    mkdirSync(disk);
    const mount = ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk];
    if (spawnSync('mount', mount).status !== 0) {
      context.skip('this machine does not let a small file system be mounted');
    }
    try {
      const at = ['--home', disk];
      const full = await run([...at, '--json', 'index', images]);
      expect(full.code).toBe(1);
      expect(JSON.parse(full.stderr.trim().split('\n').at(-1) as string).error.code).toBe(
        'DISK_FULL',
      );
      spawnSync('mount', ['-o', 'remount,size=64m', disk]);
      const more = JSON.parse((await run([...at, '--json', 'index', images])).stdout);
      expect(more).toMatchObject({ failed: 0, complete: true });
      expect(more.added + more.unchanged).toBe(40);
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('refuses a collection of a newer version and leaves it as it is', async () => {
    const at = home();
    await run([...at, 'index', join(images, 'a')]);
    const db = new Database(collectionFile(at));
    db.exec('PRAGMA user_version = 999');
    db.close();
    const result = await run([...at, '--json', 'index', images]);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stderr).error.code).toBe('COLLECTION_TOO_NEW');
    const listed = JSON.parse((await run([...at, '--json', 'collections'])).stdout);
    expect(listed.collections[0].error.code).toBe('COLLECTION_TOO_NEW');
  });

  it('refuses a file that is no collection', async () => {
    const at = home();
    mkdirSync(at[1] as string);
    writeFileSync(
      collectionFile(at),
      'this is no database, but it is long enough to look at'.repeat(99),
    );
    const result = await run([...at, '--json', 'info']);
    // Before it, that the file was closed to others.
    const error = result.stderr.trim().split('\n').at(-1) as string;
    expect(JSON.parse(error).error.code).toBe('COLLECTION_DAMAGED');
    rmSync(collectionFile(at));
    expect(JSON.parse((await run([...at, '--json', 'info'])).stderr).error.code).toBe(
      'COLLECTION_NOT_FOUND',
    );
  });

  it('names what is wrong on the command line', async () => {
    const at = home();
    expect((await run([...at, 'index'])).code).toBe(2);
    const missing = await run([...at, 'index', join(images, 'absent')]);
    expect(missing.stderr).toContain('PATH_NOT_FOUND');
    const csv = join(temporary.path, 'wrong.csv');
    writeFileSync(csv, 'file,label\na.png,x\n');
    expect((await run([...at, 'index', csv])).stderr).toContain('no column "filepath"');
    const encoder = await run([...at, 'index', images, '-e', 'absent']);
    expect(encoder.stderr).toContain('ENCODER_NOT_FOUND');
  });

  it('says in one line when a device is not there, and goes on without it', async () => {
    // No system has both.
    const absent = process.platform === 'win32' ? 'coreml' : 'dml';
    for (const provider of [absent, 'cuda']) {
      const at = home();
      const folder = join(images, 'b');
      const { code, stdout, stderr } = await run([
        ...at,
        ...['--json', 'index', folder, '--provider', provider],
      ]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ added: 20, failed: 0 });
      const line = `Provider "${provider}" cannot be used on this machine: cpu is used.\n`;
      if (provider === absent) expect(stderr).toContain(line);
      // Whatever the driver's library says stays out, and the line comes once.
      expect(stderr.replace(line, '')).not.toMatch(/provider|onnxruntime|cuda/i);
    }
  });
});

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessService } from '../src/app/access.ts';
import { BackupService } from '../src/app/backup.ts';
import type { SemblanceError } from '../src/domain/errors/error.ts';
import { DataDirectory } from '../src/store/data-directory.ts';
import { run, start, temporaryFolder, writePicture } from './program.ts';

const IMAGES = 60;
const PASSWORD = 'unusual walrus 471 lantern';
const temporary = temporaryFolder();
const home = join(temporary.path, 'home');
const images = join(temporary.path, 'images');
const during = join(temporary.path, 'during');
let whole: string;

async function json(...args: string[]) {
  const { code, stdout, stderr } = await run(['--json', ...args]);
  const error = code === 0 ? undefined : JSON.parse(stderr.trim().split('\n').at(-1) ?? '').error;
  return { code, stderr, error, answer: code === 0 ? JSON.parse(stdout) : undefined };
}

/** What a home answers to a picture. */
async function answersOf(of: string) {
  const { answer, stderr } = await json('--home', of, 'search', join(images, '3.png'), '-k', '20');
  expect(answer, stderr).toBeDefined();
  return answer.neighbours.map(({ path, similarity }: { path: string; similarity: number }) => [
    path,
    similarity,
  ]);
}

beforeAll(async () => {
  mkdirSync(images);
  for (let i = 0; i < IMAGES; i++) await writePicture(join(images, `${i}.png`), i);
  const access = new AccessService(new DataDirectory(home));
  await access.addUser({ name: 'anna', password: PASSWORD, role: 'admin' });
  const login = await access.logIn({ name: 'anna', password: PASSWORD, address: '' });
  expect(login).toBeDefined();
  access.close();
  const indexing = start(['--home', home, 'index', images, '--workers', '1']);
  const ended = once(indexing, 'close');
  while (!existsSync(join(home, 'default.db'))) await sleep(20);
  const made = await json('--home', home, 'backup', 'make', during);
  expect(made.code, made.stderr).toBe(0);
  await ended;
  whole = join(temporary.path, 'whole');
  expect((await json('--home', home, 'backup', 'make', whole)).code).toBe(0);
}, 120_000);
afterAll(temporary.remove);

/** Why a backup is refused, to be restored or where no place is named to be verified. */
async function refusal(folder: string, at?: string): Promise<SemblanceError | undefined> {
  const service = new BackupService(new DataDirectory(at));
  const work = at === undefined ? service.verify({}, { folder }) : service.restore({}, { folder });
  return work.then(
    () => undefined,
    (error) => error,
  );
}

/** A copy of the whole backup to be damaged. */
function copy(name: string): string {
  const to = join(temporary.path, name);
  cpSync(whole, to, { recursive: true });
  return to;
}

describe('a backup', () => {
  it('made while images are indexed is a state of the collection, and goes on to the same', async () => {
    expect((await json('backup', 'verify', during)).code).toBe(0);
    const other = join(temporary.path, 'elsewhere', 'home');
    expect((await json('--home', other, 'backup', 'restore', during)).code).toBe(0);
    expect((await run(['--home', other, 'check'])).code).toBe(0);
    expect((await run(['--home', other, 'index', images])).code).toBe(0);
    expect(await answersOf(other)).toEqual(await answersOf(home));
  }, 60_000);

  it('restored elsewhere gives the same answers and users, and no session', async () => {
    const other = join(temporary.path, 'other');
    const { answer } = await json('--home', other, 'backup', 'restore', whole);
    expect(answer).toMatchObject({ home: other, putAside: null });
    expect(answer.collections).toMatchObject([{ name: 'default', images: IMAGES }]);
    expect(answer.collections[0].encoders[0].fingerprint).toMatch(/^[0-9a-f]{16}/);
    const answers = await answersOf(other);
    expect(answers).toHaveLength(20);
    expect(answers).toEqual(await answersOf(home));
    const users = await json('--home', other, 'users', 'list');
    expect(users.answer.users).toMatchObject([{ name: 'anna' }]);
    const db = new Database(join(other, 'access.sqlite'));
    expect(db.prepare('SELECT * FROM sessions').all([])).toEqual([]);
    db.close();
    expect(readFileSync(join(other, 'identity.key'))).toEqual(
      readFileSync(join(home, 'identity.key')),
    );
    for (const name of readdirSync(other)) {
      expect(statSync(join(other, name)).mode & 0o077, name).toBe(0);
    }
  });

  it('overwrites nothing unless it is told to, and then puts aside what was there', async () => {
    expect((await json('--home', home, 'backup', 'make', whole)).error.code).toBe(
      'BACKUP_TARGET_TAKEN',
    );
    const at = join(temporary.path, 'taken');
    mkdirSync(at);
    writeFileSync(join(at, 'mine'), 'mine');
    const refused = await json('--home', at, 'backup', 'restore', whole);
    expect(refused.error.code).toBe('BACKUP_TARGET_TAKEN');
    expect(readdirSync(at)).toEqual(['mine']);
    const { answer } = await json('--home', at, 'backup', 'restore', whole, '--replace');
    expect(readFileSync(join(answer.putAside, 'mine'), 'utf8')).toBe('mine');
    expect(await answersOf(at)).toHaveLength(20);
    const holding = new Database(join(at, 'default.db'));
    holding.prepare('SELECT count(*) FROM images').get([]);
    const busy = await json('--home', at, 'backup', 'restore', whole, '--replace');
    holding.close();
    expect(busy.error.code).toBe('COLLECTION_BUSY');
    const within = await json('--home', home, 'backup', 'make', join(home, 'copy'));
    expect(within.error.code).toBe('USAGE');
  });

  it('takes the collections that are named, and says what it leaves out', async () => {
    expect((await json('--home', home, 'backup', 'make', '-c', 'absent', 'x')).error.code).toBe(
      'COLLECTION_NOT_FOUND',
    );
    const folder = join(temporary.path, 'named');
    await run(['--home', home, 'index', images, '-c', 'second']);
    const link = join(home, 'link');
    symlinkSync('/etc/hostname', link);
    const { answer } = await json('--home', home, 'backup', 'make', '-c', 'second', folder);
    rmSync(link);
    rmSync(join(home, 'second.db'));
    expect(existsSync(join(folder, 'default.db'))).toBe(false);
    expect(answer.leftOut).toContainEqual({
      ...{ why: 'of collections that were not asked for', count: 1, examples: ['default.db'] },
    });
    expect(answer.leftOut).toContainEqual(expect.objectContaining({ examples: ['link'] }));
  });

  it('killed in the middle is none, is refused, and goes with the next', async () => {
    const big = join(home, 'encoders', 'big.bin');
    mkdirSync(join(home, 'encoders'), { recursive: true });
    writeFileSync(big, '');
    truncateSync(big, 400_000_000);
    const to = join(temporary.path, 'killed');
    const child = start(['--home', home, 'backup', 'make', to]);
    const ended = once(child, 'close');
    const parts = () => readdirSync(temporary.path).filter((name) => name.startsWith('killed.'));
    const isCopying = () =>
      parts().some((name) => existsSync(join(temporary.path, name, 'encoders', 'big.bin')));
    while (!isCopying()) await sleep(2);
    child.kill('SIGKILL');
    await ended;
    truncateSync(big, 0);
    expect(existsSync(to)).toBe(false);
    const [part = ''] = parts();
    const left = join(temporary.path, part);
    expect((await json('backup', 'verify', left)).error.code).toBe('BACKUP_INVALID');
    const at = join(temporary.path, 'of-part');
    expect((await json('--home', at, 'backup', 'restore', left)).error.code).toBe('BACKUP_INVALID');
    expect(existsSync(at)).toBe(false);
    expect((await json('--home', home, 'backup', 'make', to)).code).toBe(0);
    expect(parts()).toEqual([]);
    rmSync(big);
  });

  it('with a changed byte anywhere is refused, and what is there stays', async () => {
    const folder = copy('changed');
    const at = join(temporary.path, 'of-changed');
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (statSync(file).isDirectory()) continue;
      const bytes = readFileSync(file);
      const changed = Buffer.from(bytes);
      const middle = Math.floor(bytes.length / 2);
      changed[middle] = (bytes[middle] as number) ^ 1;
      writeFileSync(file, changed);
      const error = await refusal(folder, at);
      expect([name, error?.code]).toEqual([name, 'BACKUP_INVALID']);
      expect(existsSync(at)).toBe(false);
      writeFileSync(file, bytes);
    }
    rmSync(join(folder, 'identity.key'));
    expect((await refusal(folder))?.message).toContain('identity.key (missing)');
    expect(readdirSync(temporary.path).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('with names that lead elsewhere writes and reads nothing there', async () => {
    const { createHash } = await import('node:crypto');
    const outside = join(temporary.path, 'outside');
    writeFileSync(outside, 'secret');
    const at = join(temporary.path, 'hostile-home');
    const sha256 = createHash('sha256').update('secret').digest('hex');
    const paths = ['../outside', outside, 'a/../../outside', './x', 'link', '..', ''];
    for (const [i, path] of paths.entries()) {
      const folder = copy(`hostile-${i}`);
      if (path === 'link') symlinkSync(outside, join(folder, 'link'));
      const { sha256: _, ...manifest } = JSON.parse(
        readFileSync(join(folder, 'manifest.json'), 'utf8'),
      );
      manifest.files.push({ path, bytes: 6, sha256 });
      const signed = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, sha256: signed }));
      const error = await refusal(folder, at);
      expect([path, error?.code]).toEqual([path, 'BACKUP_INVALID']);
      expect(existsSync(at)).toBe(false);
    }
    // A whole folder elsewhere is not gone into.
    const folder = copy('hostile-folder');
    renameSync(folder, `${folder}-real`);
    mkdirSync(folder);
    cpSync(join(`${folder}-real`, 'manifest.json'), join(folder, 'manifest.json'));
    symlinkSync(`${folder}-real`, join(folder, 'received'));
    expect((await refusal(folder))?.code).toBe('BACKUP_INVALID');
  });

  it('of which the disk has no room for leaves nothing, and what was there works on', async (context) => {
    const disk = join(temporary.path, 'disk');
    mkdirSync(disk);
    const mount = ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk];
    if (spawnSync('mount', mount).status !== 0) {
      context.skip('this machine does not let a small file system be mounted');
    }
    try {
      chmodSync(disk, 0o700);
      const made = await json('--home', home, 'backup', 'make', join(disk, 'copy'));
      expect(made.error.code).toBe('DISK_FULL');
      const restored = await json('--home', join(disk, 'home'), 'backup', 'restore', whole);
      expect(restored.error.code).toBe('DISK_FULL');
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      spawnSync('umount', [disk]);
    }
    expect(await answersOf(home)).toHaveLength(20);
  });
});

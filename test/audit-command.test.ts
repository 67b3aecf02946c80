import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNTS, pathOf } from '../src/cli/audited.ts';
import { COMMANDS } from '../src/cli/commands.ts';
import type { AuditEntry } from '../src/contract/audit.ts';
import { searchForm } from '../src/testing/search-form.ts';
import { MAIN, start, startServing, temporaryFolder, writePicture } from './program.ts';

const temporary = temporaryFolder();
const home = join(temporary.path, 'home');
const images = join(temporary.path, 'images');
afterAll(temporary.remove);

function run(args: string[], { at = home, input = '' } = {}) {
  const all = [MAIN, ...args, '--home', at];
  return spawnSync(process.execPath, all, { input, encoding: 'utf8' });
}
function json(args: string[], options = {}) {
  const { status, stdout, stderr } = run([...args, '--json'], options);
  return { status, answer: JSON.parse(stdout || (stderr.trim().split('\n').at(-1) as string)) };
}
const entries = (...args: string[]): AuditEntry[] =>
  json(['audit', 'show', ...args]).answer.entries;
const verify = (at = home, ...args: string[]) => json(['audit', 'verify', ...args], { at });

beforeAll(async () => {
  mkdirSync(images);
  for (let i = 0; i < 6; i++) await writePicture(join(images, `${i}.png`), i);
  expect(json(['index', images, '-c', 'chest']).status).toBe(0);
}, 60_000);

describe('semblance audit', () => {
  it('has what commands change, remove and export, and who may do what', () => {
    run(['users', 'add', 'anna'], { input: 'four words beside nothing\n' });
    run(['search', join(images, '1.png'), '-c', 'chest']);
    run(['remove', join(images, '5.png'), '-c', 'chest']);
    run(['export', 'pictures', join(temporary.path, 'out'), '-c', 'chest']);
    run(['users', 'role', 'nobody', 'viewer']);
    run(['collections', 'create', 'empty']);
    run(['collections', 'rename', 'empty', 'other']);
    run(['collections', 'delete', 'other', '--yes']);
    const told = entries().map(({ event, operation, outcome, code, collection, about }) =>
      [event, operation, outcome, code, collection, about].join(' '),
    );
    expect(told).toEqual([
      'change index done  chest ',
      'rights users add begun   anna',
      'rights users add done   anna',
      'delete remove begun  chest ',
      'delete remove done  chest ',
      'export export pictures begun  chest ',
      'export export pictures done  chest ',
      'rights users role begun   nobody',
      'rights users role failed USER_NOT_FOUND  nobody',
      'change collections create begun  empty ',
      'change collections create done  empty ',
      'change collections rename begun  empty other',
      'change collections rename done  empty other',
      'delete collections delete begun  other ',
      'delete collections delete done  other ',
    ]);
    // That it was read is an entry, too.
    expect(entries('--event', 'audit')).toHaveLength(1);
    expect(JSON.stringify(entries())).not.toContain(temporary.path);
  }, 60_000);

  it('has which images a command removed and exported, and none that it left', () => {
    const at = join(temporary.path, 'numbers');
    cpSync(home, at, { recursive: true });
    const after = String(verify(at).answer.head?.number ?? 0);
    const out = join(temporary.path, 'out');
    const exported = json(
      ['export', 'pictures', out, '2', '3', '-c', 'chest', '--burned-in', 'allow'],
      { at },
    );
    expect(exported.status).toBe(0);
    const embeddings = json(['embeddings', 'export', '--to', join(out, 'e.csv'), '-c', 'chest'], {
      at,
    });
    expect(json(['remove', join(images, '4.png'), '-c', 'chest', '--dry-run'], { at }).status).toBe(
      0,
    );
    const { answer } = json(['remove', join(images, '0.png'), '-c', 'chest'], { at });
    const [{ id }] = answer.removed;
    const told = json(['audit', 'show', '--in', 'chest', '--after', after], { at }).answer
      .entries as AuditEntry[];
    const of = (operation: string) =>
      told
        .filter((each) => each.operation === operation)
        .map((each) => [each.outcome, each.images]);
    expect(of('export pictures').slice(-2)).toEqual([
      ['begun', {}],
      ['done', { chest: [2, 3] }],
    ]);
    const [outcome, given] = of('embeddings export').at(-1) ?? [];
    expect(outcome).toBe('done');
    const { chest = [] } = given as AuditEntry['images'];
    expect(new Set(chest).size).toBe(embeddings.answer.embeddings);
    expect(of('remove').slice(-2)).toEqual([
      ['begun', {}],
      ['done', { chest: [id] }],
    ]);
  }, 60_000);

  it('says of every command what it counts as', async () => {
    const program = new Command('semblance');
    // A command with others below it may do something itself, too.
    const acts = (command: Command) =>
      (command as unknown as { _actionHandler: unknown })._actionHandler !== null;
    const pathsOf = (command: Command): string[] => [
      ...command.commands.flatMap(pathsOf),
      ...(acts(command) || command.commands.length === 0 ? [pathOf(command)] : []),
    ];
    const paths: string[] = [];
    for (const { name, load } of COMMANDS) {
      const command = program.command(name);
      (await load())(command);
      paths.push(...pathsOf(command));
    }
    expect(Object.keys(COUNTS).toSorted()).toEqual(paths.toSorted());
  });

  it('has a server’s start and end, and what was asked in between, with the client’s address', async () => {
    const server = await startServing(['serve', '--home', home]);
    const { secret } = json(['keys', 'add', 'program']).answer;
    const headers = { Authorization: `Bearer ${secret}` };
    const body = searchForm({ parts: [{ image: 1 }], k: 2 });
    const found = await fetch(`${server.url}api/collections/chest/search`, {
      ...{ method: 'POST', headers, body },
    });
    expect(found.status).toBe(200);
    const ids = (await found.json()).neighbours.map(
      ({ image }: { image: { id: number } }) => image.id,
    );
    await server.stop();
    const told = entries('--last', '4').filter(({ event }) => event !== 'rights');
    expect(told.map(({ event }) => event)).toEqual(['search', 'stop']);
    expect(told[0]).toMatchObject({
      ...{ actor: { kind: 'key', name: '1' }, client: '127.0.0.1', collection: 'chest' },
      images: { chest: [1, ...ids] },
    });
    expect(entries('--event', 'start')).toHaveLength(1);
    expect(entries('--image', '1', '--in', 'chest', '--actor', '1')).toHaveLength(1);
    expect(entries('--until', '2001-01-01')).toEqual([]);
    expect(run(['audit', 'show', '--since', 'yesterday']).status).toBe(2);
  }, 60_000);

  it('is written whole after kill -9, by two servers at once', async () => {
    const servers = await Promise.all([1, 2].map(() => startServing(['serve', '--home', home])));
    const { secret } = json(['keys', 'add', 'many']).answer;
    const headers = { Authorization: `Bearer ${secret}` };
    let answered = 0;
    const asking = servers.map(async ({ url }) => {
      for (let i = 0; i < 100; i++) {
        const answer = await fetch(`${url}api/collections/chest/images/2`, { headers }).catch(
          () => undefined,
        );
        if (answer?.status !== 200) return;
        answered += 1;
        if (answered === 120) for (const each of servers) void each.stop('SIGKILL');
      }
    });
    await Promise.all(asking);
    // What was answered was on the disk before.
    expect(answered).toBeGreaterThanOrEqual(120);
    const views = entries('--last', '1000', '--event', 'view', '--image', '2');
    expect(views.length).toBeGreaterThanOrEqual(answered);
    expect(verify().status).toBe(0);
  }, 60_000);

  it('is checked by whoever has SHA-256: each line follows from the one before', () => {
    const lines = run(['audit', 'export']).stdout.trim().split('\n');
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    let before = sha256('');
    for (const [i, line] of lines.entries()) {
      const { number, hash } = JSON.parse(line);
      const text = line.slice(line.indexOf('"entry":') + '"entry":'.length, -1);
      expect(number).toBe(i + 1);
      expect(sha256(`${before}\n${number}\n${text}\n`)).toBe(hash);
      before = hash;
    }
    expect(lines.length).toBeGreaterThan(100);
  });

  it('is written as audit messages of DICOM, one a line', () => {
    const { stdout } = run(['audit', 'export', '--format', 'atna', '--event', 'delete']);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(entries('--event', 'delete').length);
    for (const line of lines) {
      expect(line).toMatch(/^<AuditMessage>.*EventActionCode="D".*<\/AuditMessage>$/);
    }
  });

  it('finds what was changed, removed, moved, added, and taken off the end', () => {
    const { number, hash } = verify().answer.head;
    const whole = `${number}:${hash}`;
    const without = 'DROP TRIGGER no_update; DROP TRIGGER no_delete;';
    const damage: [what: string, sql: string, says: RegExp, head?: string][] = [
      ['changed', "UPDATE entries SET entry = replace(entry, 'anna', 'otto')", /Entry 2 is not/],
      ['renumbered', 'UPDATE entries SET number = -1 WHERE number = 4', /some are missing|Entry/],
      ['removed', 'DELETE FROM entries WHERE number = 3', /After entry 2 some are missing/],
      [
        'moved',
        `UPDATE entries SET entry = CASE number
           WHEN 3 THEN (SELECT entry FROM entries WHERE number = 4)
           ELSE (SELECT entry FROM entries WHERE number = 3) END WHERE number IN (3, 4)`,
        /Entry 3 is not/,
      ],
      [
        'added',
        'INSERT INTO entries SELECT number + 1, entry, hash FROM entries ORDER BY number DESC LIMIT 1',
        /Entry \d+ is not/,
      ],
      ['cut', `DELETE FROM entries WHERE number > ${number - 3}`, /the last are missing/],
      [
        'cut with its head',
        `DELETE FROM entries WHERE number > ${number - 3};
         UPDATE head SET number = ${number - 3},
           hash = (SELECT hash FROM entries WHERE number = ${number - 3})`,
        /at the time given/,
        whole,
      ],
    ];
    for (const [what, sql, says, head] of damage) {
      const copy = join(temporary.path, what.replaceAll(' ', '-'));
      cpSync(home, copy, { recursive: true });
      const db = new Database(join(copy, 'audit.sqlite'));
      db.exec(`${without} ${sql}`);
      db.close();
      const found = verify(copy, ...(head === undefined ? [] : ['--head', head]));
      expect([what, found.status, found.answer.error?.code]).toEqual([what, 1, 'AUDIT_BROKEN']);
      expect(found.answer.error.detail).toMatch(says);
      rmSync(copy, { recursive: true });
    }
    // As it is, also with what it was earlier; what somebody makes up of it, not.
    expect(verify(home, '--head', whole).status).toBe(0);
    expect(verify(home, '--head', `1:${hash}`).answer.error.code).toBe('AUDIT_BROKEN');
    expect(verify(home, '--head', '1:x').status).toBe(2);
    const db = new Database(join(home, 'audit.sqlite'));
    expect(() => db.exec('DELETE FROM entries')).toThrow(/never removed/);
    expect(() => db.exec("UPDATE entries SET entry = ''")).toThrow(/never changed/);
    db.close();
  }, 60_000);

  it('loses its oldest entries when that is wanted, and says so', () => {
    const at = join(temporary.path, 'pruned');
    cpSync(home, at, { recursive: true });
    const prune = (...args: string[]) => json(['audit', 'prune', ...args], { at });
    expect(prune().status).toBe(2);
    expect(prune('--before', '2000-01-01', '--days', '3').status).toBe(2);
    expect(prune('--days', '3').answer).toMatchObject({ removed: 0 });
    const before = new Date(Date.now() + 60_000).toISOString();
    const { removed } = prune('--before', before, '--dry-run').answer;
    expect(removed).toBeGreaterThan(5);
    expect(prune('--before', before).answer).toMatchObject({ dryRun: false, removed });
    expect(verify(at).answer).toMatchObject({ pruned: removed, entries: 2 });
    const [said] = json(['audit', 'show', '--event', 'audit'], { at }).answer.entries;
    expect(said).toMatchObject({ operation: 'audit prune', actor: { kind: 'local' } });
    expect(said.actor.name).toBeTruthy();
  });

  it('is in a backup, whole', () => {
    const folder = join(temporary.path, 'backup');
    const { number, hash } = verify().answer.head;
    expect(json(['backup', 'make', folder]).status).toBe(0);
    const restored = join(temporary.path, 'restored');
    expect(json(['backup', 'restore', folder], { at: restored }).status).toBe(0);
    expect(verify(restored, '--head', `${number}:${hash}`).status).toBe(0);
  });

  it('keeps a server from answering on a full disk, and from beginning there, until there is room', async (context) => {
    const disk = join(temporary.path, 'disk');
    mkdirSync(disk);
    const mount = ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'tmpfs', disk];
    if (spawnSync('mount', mount).status !== 0) {
      context.skip('this machine does not let a small file system be mounted');
    }
    const fill = () => spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k']);
    try {
      cpSync(join(home, 'chest.db'), join(disk, 'chest.db'));
      const server = await startServing(['serve', '--home', disk]);
      const image = (id: number) => fetch(`${server.url}api/collections/chest/images/${id}`);
      expect((await image(1)).status).toBe(200);
      fill();
      const statuses: number[] = [];
      for (let i = 0; i < 40; i++) statuses.push((await image(2)).status);
      const refused = await image(2);
      expect([refused.status, (await refused.json()).code]).toEqual([503, 'AUDIT_NOT_WRITTEN']);
      expect((await fetch(`${server.url}health`)).status).toBe(200);
      // Every answer that was given is there.
      rmSync(join(disk, 'filler'));
      expect((await image(3)).status).toBe(200);
      await server.stop();
      const told = json(['audit', 'show', '--image', '2'], { at: disk }).answer.entries;
      expect(told).toHaveLength(statuses.filter((status) => status === 200).length);
      expect(verify(disk).status).toBe(0);
      rmSync(join(disk, 'audit.sqlite'));
      fill();
      const begun = json(['serve', '--port', '0'], { at: disk });
      expect([begun.status, begun.answer.error.code]).toEqual([1, 'AUDIT_NOT_WRITTEN']);
    } finally {
      spawnSync('umount', [disk]);
    }
  }, 60_000);

  it('that is taken away under a server lets it answer no more', async () => {
    const copy = join(temporary.path, 'taken');
    cpSync(home, copy, { recursive: true });
    rmSync(join(copy, 'access.sqlite'));
    const server = await startServing(['serve', '--home', copy]);
    const image = () => fetch(`${server.url}api/collections/chest/images/1`);
    try {
      expect((await image()).status).toBe(200);
      rmSync(join(copy, 'audit.sqlite'));
      expect((await image()).status).toBe(503);
    } finally {
      await server.stop();
    }
  });

  it('is left out by --no-audit alone, with a warning', async () => {
    const other = join(temporary.path, 'other');
    const child = start(['serve', '--no-audit', '--port', '0', '--home', other]);
    const warning = await new Promise<string>((resolve) => child.stderr?.once('data', resolve));
    expect(String(warning)).toMatch(/--no-audit/);
    child.kill();
    await once(child, 'close');
    expect(existsSync(join(other, 'audit.sqlite'))).toBe(false);
  });
});

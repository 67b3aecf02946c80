import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHub } from '../src/testing/hub.ts';
import { searchForm } from '../src/testing/search-form.ts';
import { compileRandomVit } from './encoders.ts';
import { temporaryFolder, writePicture } from './program.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** Whether system calls can be traced here; prints the reason for the skipped tests when not. */
function canTrace(): boolean {
  const { status } = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']);
  if (status !== 0) console.warn('skipped: strace is absent or may not trace here');
  return status === 0;
}

/** What a program did beyond its task. */
interface Trace {
  code: number | null;
  stdout: string;
  stderr: string;
  /**
   * Every connection or datagram to another address than this machine's own, and every look-up of a name,
   * which asks a name server or reads the table of hosts.
   */
  contacts: string[];
  /** Files and folders made or opened for writing outside of the folders that are its own. */
  foreign: string[];
  /** Ports of this machine that it connected to. */
  ports: number[];
}

/**
 * Runs a program as a user would who has never run it, every system call of it and of its children that
 * opens a file or a connection written down.
 * @param own folders that it is asked to write to
 * @param until called with its first line of output; the program is ended when it is done
 */
async function traced(
  command: readonly string[],
  folders: { work: string; own: readonly string[] },
  until?: (line: string) => Promise<void>,
): Promise<Trace> {
  const { work, own } = folders;
  const log = join(work, 'strace.log');
  const home = join(work, 'user');
  const temporary = join(work, 'tmp');
  mkdirSync(home, { recursive: true });
  mkdirSync(temporary, { recursive: true });
  const calls =
    'trace=connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,rename,renameat2';
  const child = spawn(
    'strace',
    ['-f', '-qq', '--seccomp-bpf', '-I4', '-s', '512', '-e', calls, '-o', log, ...command],
    {
      cwd: PROJECT,
      // A process group of its own: what ends the program must not end the tracing.
      detached: true,
      // Nothing of the environment that could switch anything off.
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = { stdout: '', stderr: '' };
  let visit: Promise<void> | undefined;
  child.stdout.on('data', (data) => {
    output.stdout += data;
    if (until === undefined || visit !== undefined || !output.stdout.includes('\n')) return;
    visit = until(output.stdout).finally(() => process.kill(-(child.pid as number), 'SIGTERM'));
  });
  child.stderr.on('data', (data) => {
    output.stderr += data;
  });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  await visit;
  const lines = readFileSync(log, 'utf8').split('\n');
  const network = lines.filter((line) => /sa_family=AF_INET6?\b/.test(line));
  const isLocal = (line: string) => /"(127\.|::1"|::ffff:127\.)/.test(line);
  const port = (line: string) => Number(/sin6?_port=htons\((\d+)\)/.exec(line)?.[1]);
  const written = lines.flatMap((line) => {
    // The call and its flags, whatever the files are called.
    const said = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
    const call = /\b(?:mkdir|rename|creat|O_CREAT|O_WRONLY|O_RDWR)/.test(said);
    const path = /"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
    return call && path !== undefined && !/= -1 E/.test(line) ? [resolve(PROJECT, path)] : [];
  });
  const allowed = [...own, '/dev/', '/proc/'];
  return {
    code,
    ...output,
    contacts: [
      ...network.filter((line) => !isLocal(line) || port(line) === 53),
      ...lines.filter((line) => /"\/etc\/hosts"/.test(line)),
    ],
    foreign: [
      ...written.filter((path) => !allowed.some((folder) => path.startsWith(folder))),
      ...[home, temporary].flatMap((folder) =>
        readdirSync(folder, { recursive: true }).map(String),
      ),
    ],
    ports: network.filter(isLocal).map(port),
  };
}

describe.skipIf(!canTrace())('nothing leaves the machine', () => {
  const temporary = temporaryFolder();
  const at = (path: string) => join(temporary.path, path);
  let runs = 0;
  const semblance = (args: readonly string[], until?: (line: string) => Promise<void>) => {
    const work = at(`run-${runs++}`);
    const own = [at('data'), at('out')];
    return traced([process.execPath, MAIN, '--home', at('data'), ...args], { work, own }, until);
  };

  beforeAll(async () => {
    const rows = ['filepath,dataset,split,modality,anatomic_region,a,b,c'];
    mkdirSync(at('images'));
    mkdirSync(at('out'));
    for (let i = 0; i < 36; i++) {
      await writePicture(at(`images/${i}.png`), i % 3);
      const flags = [0, 1, 2].map((label) => Number(label === i % 3));
      rows.push(`${i}.png,d,${['train', 'val', 'test'][i % 4] ?? 'train'},XR,chest,${flags}`);
    }
    writeFileSync(at('images/dataset.csv'), rows.join('\n'));
    compileRandomVit(temporary.path);
    writeFileSync(
      at('benchmark.json'),
      JSON.stringify({ data: { csv: ['images/dataset.csv'] }, encoders: ['baseline'] }),
    );
  });
  afterAll(() => temporary.remove());

  /** The commands in an order in which each finds what it needs. */
  const commands: [string, () => string[]][] = [
    ['index', () => ['index', at('images')]],
    ['index with workers', () => ['index', at('images'), '-c', 'other', '--workers', '2']],
    ['index, another encoder', () => ['index', at('images'), '-e', at('random-vit-64.json')]],
    ['search', () => ['search', at('images/3.png'), '-c', 'default']],
    ['explain', () => ['explain', at('images/3.png'), '--image', '5', '-o', at('out/maps')]],
    ['duplicates', () => ['duplicates']],
    ['evaluate', () => ['evaluate']],
    ['calibrate', () => ['calibrate']],
    ['map', () => ['map']],
    ['adapt', () => ['adapt', '-e', 'baseline', '--name', 'mine']],
    ['embeddings export', () => ['embeddings', 'export', '--to', at('out/e.h5')]],
    ['dataset check', () => ['dataset', 'check', at('images/dataset.csv')]],
    ['benchmark', () => ['benchmark', 'run', at('benchmark.json'), '-o', at('out/benchmark')]],
    ['models list', () => ['models', 'list']],
    [
      'models add',
      () => ['models', 'add', 'x', '--like', 'vit-base-in21k', '--from', temporary.path],
    ],
    ['models pull without its network', () => ['models', 'pull', 'dinov2-base', '--offline']],
    ['collections', () => ['collections']],
    ['encoders', () => ['encoders']],
    ['encoders of a collection', () => ['encoders', 'missing', 'baseline']],
    ['info', () => ['info']],
    ['models verify', () => ['models', 'verify', 'x']],
    ['models remove', () => ['models', 'remove', 'x']],
    ['check', () => ['check', '--files']],
    ['worker', () => ['worker']],
    [
      'embeddings import',
      () => [
        ...['embeddings', 'import', at('out/e.h5'), '--encoder-name', 'theirs'],
        ...['--csv', at('images/dataset.csv'), '-c', 'theirs'],
      ],
    ],
    [
      'dataset prepare',
      () => ['dataset', 'prepare', 'nih14', at('images'), '-o', at('out/nih.csv')],
    ],
    [
      'dataset merge',
      () => {
        const csv = at('images/dataset.csv');
        return ['dataset', 'merge', csv, csv, '-o', at('out/all.csv')];
      },
    ],
    ['search by text', () => ['search', '--text', 'effusion', '-c', 'default']],
    ['remove', () => ['remove', '--where', 'label:a', '-c', 'other']],
    ['benchmark init', () => ['benchmark', 'init']],
    ['models template', () => ['models', 'template', 'dinov2-base']],
    ['help', () => ['help', 'index']],
  ];

  it.each(commands)('%s', async (_, args) => {
    const { contacts, foreign, ports, code, stderr } = await semblance(args());
    expect(contacts).toEqual([]);
    expect(foreign).toEqual([]);
    expect(ports).toEqual([]);
    expect([code, stderr]).not.toEqual([null, '']);
  });

  it('serve, with a search by upload and the page', async () => {
    let answered = 0;
    const { contacts, foreign, ports } = await semblance(
      ['serve', '--port', '0', '--json'],
      async (line) => {
        const { url } = JSON.parse(line);
        const body = searchForm({ parts: [{ file: 0 }] }, readFileSync(at('images/4.png')));
        const api = `${url}api/collections/default`;
        for (const answer of [
          await fetch(url),
          await fetch(`${url}docs/`),
          await fetch(`${api}/images/1/thumbnail`),
          await fetch(`${api}/search`, { method: 'POST', body }),
        ]) {
          await answer.arrayBuffer();
          answered += Number(answer.ok);
        }
      },
    );
    expect(answered).toBe(4);
    expect(contacts).toEqual([]);
    expect(foreign).toEqual([]);
    expect(ports).toEqual([]);
  });

  it('models pull connects to the hub that it is given, and to nothing else', async () => {
    const { hub, stop } = await startHub('c0ffee'.padEnd(40, '0'));
    try {
      const { contacts, ports, foreign } = await semblance([
        ...['models', 'pull', 'dinov2-base', '--endpoint', hub.url],
      ]);
      expect(new Set(ports)).toEqual(new Set([Number(new URL(hub.url).port)]));
      expect(contacts).toEqual([]);
      expect(foreign).toEqual([]);
    } finally {
      await stop();
    }
  });

  it('sees a look-up of a name, a connection and a foreign file', async () => {
    const script = `
      require('node:fs').writeFileSync(process.env.HOME + '/left', '');
      require('node:net').connect(9, '192.0.2.1').on('error', () => {});
      require('node:dns').lookup('collector.invalid', () => process.exit());`;
    const { contacts, foreign } = await traced([process.execPath, '-e', script], {
      work: at('guilty'),
      own: [],
    });
    expect(contacts.join('\n')).toMatch(/192\.0\.2\.1/);
    expect(contacts.join('\n')).toMatch(/\/etc\/hosts|htons\(53\)/);
    expect(foreign).toContain(at('guilty/user/left'));
  });
});

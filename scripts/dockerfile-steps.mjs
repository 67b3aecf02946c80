// Does what `docker build` and `docker run` do with deploy/Dockerfile, in a folder of its own and without Docker: for
// machines that have none. Each stage is a folder; RUN is run there with nothing of the environment; at last the server is
// started as the image would start it, and asked by the HEALTHCHECK. What an instruction names that is not known here ends it.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PROJECT = new URL('..', import.meta.url).pathname;
const work = mkdtempSync(join(tmpdir(), 'semblance-image-'));
chmodSync(work, 0o755);

function fail(why) {
  rmSync(work, { recursive: true, force: true });
  console.error(why);
  process.exit(1);
}

/** What git knows, without what the image leaves out. */
function takeContext(to) {
  const { stdout } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      ...{ cwd: PROJECT, encoding: 'utf8', maxBuffer: 1e8 },
    },
  );
  for (const file of stdout.split('\0').filter(Boolean)) {
    cpSync(join(PROJECT, file), join(to, file), { recursive: true });
  }
}

const text = readFileSync(join(PROJECT, 'deploy/Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
const isRoot = process.getuid?.() === 0;
const stages = [];
let stage;
const inStage = (path) =>
  path.startsWith('/') ? join(stage.root, path) : join(stage.root, stage.at, path);
const environment = () => ({
  PATH: process.env.PATH,
  HOME: join(stage.root, 'root'),
  ...stage.env,
});

const DOES = {
  FROM(rest) {
    const [, name = String(stages.length)] = / AS (\S+)$/i.exec(rest) ?? [];
    stage = { name, root: join(work, name), at: '/', env: {}, user: undefined };
    mkdirSync(join(stage.root, 'root'), { recursive: true });
    stages.push(stage);
  },
  WORKDIR(rest) {
    stage.at = rest;
    mkdirSync(inStage('.'), { recursive: true });
  },
  COPY(rest) {
    const words = rest.split(/\s+/);
    const flags = Object.fromEntries(
      words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=')),
    );
    words.splice(0, Object.keys(flags).length);
    const { from: of, chown } = flags;
    const to = words.pop();
    if (of === undefined) {
      if (words.join() !== '.') fail(`COPY ${rest}: the context is copied whole.`);
      takeContext(inStage(to));
      return;
    }
    const source = stages.find(({ name }) => name === of) ?? fail(`There is no stage ${of}.`);
    for (const each of words) {
      // As Docker does: of a folder its content is copied, a file goes into a folder that ends with a slash.
      const from = join(source.root, each);
      const isFolder = spawnSync('test', ['-d', from]).status === 0;
      const target = isFolder ? inStage(to) : join(inStage(to), basename(each));
      cpSync(from, target, { recursive: true, verbatimSymlinks: true });
      if (chown !== undefined && isRoot) chownSync(target, ...chown.split(':').map(Number));
    }
  },
  RUN(rest) {
    console.log(`RUN ${rest}`);
    const options = {
      cwd: inStage('.'),
      env: npmEnvironment(),
      stdio: 'inherit',
      shell: '/bin/sh',
    };
    if (spawnSync(rest, options).status !== 0) fail(`It failed: RUN ${rest}`);
  },
  ENV(rest) {
    for (const [, name, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[name] = value;
  },
  VOLUME(rest) {
    mkdirSync(join(stage.root, rest), { recursive: true });
    stage.volume = rest;
  },
  USER(rest) {
    stage.user = rest.split(':').map(Number);
  },
  EXPOSE() {},
  HEALTHCHECK(rest) {
    stage.health = JSON.parse(rest.slice(rest.indexOf('[')));
  },
  ENTRYPOINT(rest) {
    stage.entry = JSON.parse(rest);
  },
  CMD(rest) {
    stage.command = JSON.parse(rest);
  },
};

/** Where packages come from is an affair of the machine. */
function npmEnvironment() {
  const own = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_(registry|cache|userconfig)|NODE_EXTRA_CA_CERTS|https?_proxy)$/i.test(name),
  );
  return {
    ...environment(),
    ...Object.fromEntries(own),
    npm_config_userconfig:
      process.env.npm_config_userconfig ?? join(process.env.HOME ?? '/root', '.npmrc'),
  };
}

for (const line of text.split('\n').filter((each) => each.trim() !== '' && !each.startsWith('#'))) {
  const [, instruction, rest] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
  const does = DOES[instruction] ?? fail(`Not known here: ${line}`);
  does(rest);
}

// The image: what is written in it must be possible in the volume alone.
const { env, entry, command, health, user, volume } = stage;
const [uid, gid] = user;
const home = join(stage.root, volume);
const as = isRoot ? { uid, gid } : {};
const port = String(20_000 + (process.pid % 10_000));
const run = {
  ...as,
  cwd: inStage('.'),
  env: {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    ...env,
    SEMBLANCE_HOME: home,
    SEMBLANCE_PORT: port,
  },
};
const [program, ...args] = entry;
const refused = spawnSync(program, [...args, ...command], { ...run, encoding: 'utf8' });
if (!refused.stderr.includes('HOST_NOT_PRIVATE'))
  fail(`Without users it started: ${refused.stderr}`);
const added = spawnSync(program, [...args, 'users', 'add', 'anna', '--role', 'admin'], {
  ...{ ...run, input: 'pale-otter-12-lantern-voyage\n', encoding: 'utf8' },
});
if (added.status !== 0) fail(`No user could be added: ${added.stderr}`);
const server = spawn(program, [...args, ...command], { ...run, stdio: 'inherit' });
const healthy = () => spawnSync(health[0], health.slice(1), run).status === 0;
let tries = 0;
while (!healthy() && tries < 60) {
  tries += 1;
  await pause(1000);
}
const told = await fetch(`http://127.0.0.1:${port}/api/collections`).catch(() => undefined);
server.kill('SIGTERM');
const code = await new Promise((resolve) => server.on('close', resolve));
if (tries === 60) fail('It is not healthy.');
if (told?.status !== 401) fail(`A stranger was answered ${told?.status}.`);
if (code !== 0) fail(`It ended with ${code}.`);
if (healthy()) fail('It is healthy though it has ended.');
rmSync(work, { recursive: true, force: true });
console.log('Every step was done; the server was healthy, asked who it is, and ended.');

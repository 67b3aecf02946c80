// One collection served by one process: milliseconds of each kind of request, and for how long the server's
// event loop was held meanwhile. Made-up images go straight through the store:
//   npm run bench:serving -- [--images 200000] [--dimension 64] [--keep folder] [--rounds 30]
// With --keep the collection stays there and is taken up by the next run.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Random, randomFrom } from '../src/domain/random.ts';
import { growCollection, skewedLabel } from './served-collection.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const MONITOR = fileURLToPath(new URL('loop-delay.mjs', import.meta.url));
const COLLECTION = 'bench';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '200000' },
    dimension: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '30' },
    keep: { type: 'string' },
  },
});
const count = Number(values.images);
const dimension = Number(values.dimension);
const rounds = Number(values.rounds);
const home = values.keep ?? mkdtempSync(join(tmpdir(), 'semblance-serving-'));
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

/** A server in a process of its own. */
interface Served {
  url: string;
  process: ChildProcess;
  /** Milliseconds for which the event loop was held at most since the last call. */
  longestHold(): Promise<number>;
}

async function start(): Promise<Served> {
  const args = ['--import', MONITOR, MAIN, '--home', home, 'serve', '--port', '0'];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    process_.stdout?.on('data', (data) => {
      text += data;
      const found = /http:\/\/\S+\//.exec(text);
      if (found) resolve(found[0]);
    });
    process_.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
  });
  return {
    url,
    process: process_,
    longestHold: () =>
      new Promise((resolve) => {
        process_.once('message', ({ longest }: { longest: number }) => resolve(longest));
        process_.send('loop-delay');
      }),
  };
}

async function ask(address: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(address, init);
  const body = await response.text();
  if (!response.ok) throw new Error(`${address}: ${response.status} ${body}`);
  return body;
}

/** One kind of request, with chance, so that nothing kept of an earlier one answers it alone. */
type Kind = (url: string, random: Random) => Promise<unknown>;

function search(query: (random: Random) => object): Kind {
  return (url, random) => {
    const form = new FormData();
    const image = 1 + Math.floor(random() * count);
    form.set('query', JSON.stringify({ parts: [{ image }], k: 20, ...query(random) }));
    return ask(`${url}api/collections/${COLLECTION}/search`, { method: 'POST', body: form });
  };
}

function get(path: (random: Random) => string): Kind {
  return (url, random) => ask(`${url}api/collections/${COLLECTION}/${path(random)}`);
}

const where = (text: string) => `where=${encodeURIComponent(text)}`;
const patient = (random: Random) => `p${Math.floor((random() * count) / 8)}`;
const narrow = (random: Random) => `label:${skewedLabel(random)} split:test`;
const broad = (random: Random) => `-label:${skewedLabel(random)} -split:val`;
const compared = (random: Random) =>
  `age>${Math.floor(20 + 40 * random())} year<=${2005 + Math.floor(15 * random())}`;

const KINDS: Record<string, Kind> = {
  'search, no filter': search(() => ({})),
  'search, one label of one split': search((random) => ({ where: narrow(random) })),
  'search, all but a label': search((random) => ({ where: broad(random) })),
  'search, age and year': search((random) => ({ where: compared(random) })),
  'search, a patient': search((random) => ({ where: `patient:${patient(random)}` })),
  'search, part of a finding': search((random) => ({
    where: `finding:"*${Math.floor(random() * 99)}"`,
  })),
  'search, same filter again': search(() => ({ where: 'modality:CT split:train' })),
  'search, other patients only': search(() => ({ exclude: ['patient'] })),
  'search, best of each patient': search(() => ({ groupBy: 'patient' })),
  'facets, no filter': get(() => 'facets'),
  'facets, a label': get((random) => `facets?${where(`label:${skewedLabel(random)}`)}`),
  'facets, several fields': get(
    (random) => `facets?${where(`${broad(random)} ${compared(random)}`)}`,
  ),
  'list, first page': get(() => 'images'),
  'list, anywhere': get((random) => `images?offset=${Math.floor(random() * (count - 100))}`),
  'list, filtered, anywhere': get(
    (random) => `images?${where(broad(random))}&offset=${Math.floor((random() * count) / 4)}`,
  ),
  'list, a patient': get((random) => `images?${where(`patient:${patient(random)}`)}`),
  'one image': get((random) => `images/${1 + Math.floor(random() * count)}`),
  'images without an embedding': get(() => 'missing-embeddings'),
  'all collections': (url) => ask(`${url}api/collections`),
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function memory({ pid }: ChildProcess): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const value = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return `${(value('VmRSS') / 1e6).toFixed(2)} GB now, ${(value('VmHWM') / 1e6).toFixed(2)} GB at most`;
}

async function measure(served: Served): Promise<void> {
  row('request', 'first', 'median', '95 %', 'longest', 'event loop held');
  row('---', '---', '---', '---', '---', '---');
  for (const [name, kind] of Object.entries(KINDS)) {
    const random = randomFrom(7);
    await served.longestHold();
    const first = await timed(() => kind(served.url, random));
    const firstHold = await served.longestHold();
    const times: number[] = [];
    const begun = performance.now();
    while (times.length < rounds && performance.now() - begun < 10_000) {
      times.push(await timed(() => kind(served.url, random)));
    }
    const hold = Math.max(firstHold, await served.longestHold());
    times.sort((a, b) => a - b);
    const at = (share: number) =>
      (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(1);
    row(name, first.toFixed(1), at(0.5), at(0.95), at(1), hold.toFixed(0));
  }
}

/** The first request of each kind after another process has added images. */
async function measureAfterChange(served: Served): Promise<void> {
  row('first request after 1,000 more images', 'milliseconds', 'event loop held');
  row('---', '---', '---');
  let images = count;
  for (const name of ['search, all but a label', 'facets, a label', 'list, anywhere']) {
    images += 1000;
    growCollection(home, COLLECTION, images, dimension);
    await served.longestHold();
    const random = randomFrom(images);
    const time = await timed(() => (KINDS[name] as Kind)(served.url, random));
    row(name, time.toFixed(0), (await served.longestHold()).toFixed(0));
  }
}

try {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const begun = performance.now();
  growCollection(home, COLLECTION, count, dimension, (done) => {
    if (done % 100_000 === 0) process.stderr.write(`${done} images written\n`);
  });
  const seconds = (performance.now() - begun) / 1000;
  const size = (name: string) =>
    existsSync(join(home, name)) ? (statSync(join(home, name)).size / 1e9).toFixed(2) : '0';
  console.log(
    `${count} images of dimension ${dimension}, ${availableParallelism()} cores, written in ${seconds.toFixed(0)} s, collection ${size(`${COLLECTION}.db`)} GB\n`,
  );
  for (const kept of ['without kept files', 'with kept files']) {
    const started = performance.now();
    const since = () => ((performance.now() - started) / 1000).toFixed(2);
    const served = await start();
    try {
      await ask(`${served.url}ready`);
      const ready = since();
      await (KINDS['search, no filter'] as Kind)(served.url, randomFrom(1));
      console.log(
        `start ${kept}: ready after ${ready} s, first search answered after ${since()} s, event loop held ${(await served.longestHold()).toFixed(0)} ms\n`,
      );
      if (kept === 'with kept files') {
        await measure(served);
        console.log();
        await measureAfterChange(served);
      }
      console.log(`\nmemory: ${memory(served.process)}\n`);
    } finally {
      served.process.kill();
      await new Promise((resolve) => served.process.once('exit', resolve));
    }
  }
} finally {
  if (values.keep === undefined) rmSync(home, { recursive: true, force: true });
}

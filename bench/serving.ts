// One collection served by one process: milliseconds of each kind of request, and for how long the server's
// event loop was held meanwhile. Made-up images go straight through the store:
//   npm run bench:serving -- [--images 200000 | --scale 1] [--dimension 64] [--keep folder] [--rounds 30]
//     [--collection name] [--kept]
// With --keep the collection stays there and is taken up by the next run. --scale 1 is the study's size. --collection
// serves one that is there, for instance that of bench:study, with the requests that its fields allow; it is not
// changed. The first start is without a kept index, the second with it; --kept leaves out the first.
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomFrom } from '../src/domain/random.ts';
import { CollectionStore } from '../src/store/collection-store.ts';
import { growCollection } from './served-collection.ts';
import { type Served, serve } from './served-process.ts';
import { ask, type Kind, servedRequests } from './served-requests.ts';

const MADE_UP = 'bench';
/** Images of the study, and the dimension of most of its encoders. */
const STUDY = { images: 1_558_000, dimension: 512 };
/** Bytes of vectors from which an index is kept. */
const LEAST_KEPT = 4 * 2 ** 23;
/** How long an index may take to be made, in milliseconds. */
const MOST_BUILD = 600_000;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '200000' },
    dimension: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '30' },
    keep: { type: 'string' },
    scale: { type: 'string' },
    collection: { type: 'string', default: MADE_UP },
    kept: { type: 'boolean', default: false },
  },
});
const { collection, scale } = values;
const isMadeUp = collection === MADE_UP;
let count = scale === undefined ? Number(values.images) : Math.round(STUDY.images * Number(scale));
let dimension = scale === undefined ? Number(values.dimension) : STUDY.dimension;
const rounds = Number(values.rounds);
const home = values.keep ?? mkdtempSync(join(tmpdir(), 'semblance-serving-'));
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Memory of a process: its own, and with the pages of files, which the system may take back. */
function memory({ pid }: ChildProcess): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const value = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  const vectors = 4 * count * dimension;
  const told = (name: string) => {
    const bytes = 1024 * value(name);
    return `${(bytes / 1e9).toFixed(2)} GB (${(bytes / vectors).toFixed(3)} times the vectors)`;
  };
  return `${told('RssAnon')} of its own, ${told('VmRSS')} with files; ${told('VmHWM')} at most`;
}

async function measure(served: Served): Promise<void> {
  row('request', 'first', 'median', '95 %', 'longest', 'event loop held');
  row('---', '---', '---', '---', '---', '---');
  for (const [name, kind] of Object.entries(await requests.kindsOf(served.url))) {
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

const indexFiles = () =>
  readdirSync(home).filter((name) => name.startsWith(`${collection}.db.`) && /index$/.test(name));

/** One search after the other until the index is kept: each is answered by all embeddings until then. */
async function searchMeanwhile({ url }: Served, since: () => string): Promise<void> {
  const random = randomFrom(5);
  const times: number[] = [];
  const begun = performance.now();
  while (indexFiles().length === 0 && performance.now() - begun < MOST_BUILD) {
    times.push(await timed(() => requests.anything(url, random)));
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1]?.toFixed(0);
  console.log(
    `kept after ${since()} s; ${times.length} searches meanwhile, median ${median} ms, longest ${times.at(-1)?.toFixed(0)} ms\n`,
  );
}

/** The first request of each kind after another process has added images. */
async function measureAfterChange(served: Served): Promise<void> {
  row('first request after 1,000 more images', 'milliseconds', 'event loop held');
  row('---', '---', '---');
  const kinds = await requests.kindsOf(served.url);
  let images = count;
  for (const name of ['search, all but a label', 'facets, a label', 'list, anywhere']) {
    images += 1000;
    growCollection(home, collection, images, dimension);
    await served.longestHold();
    const random = randomFrom(images);
    const time = await timed(() => (kinds[name] as Kind)(served.url, random));
    row(name, time.toFixed(0), (await served.longestHold()).toFixed(0));
  }
}

/** Brings the made-up collection to its size; of another, finds out what is in it. */
function prepare(): void {
  if (isMadeUp) {
    growCollection(home, collection, count, dimension, (done) => {
      if (done % 100_000 === 0) process.stderr.write(`${done} images written\n`);
    });
    return;
  }
  const store = CollectionStore.open(join(home, `${collection}.db`));
  try {
    const encoder = store.encoders.default();
    count = store.embeddings.count(encoder?.id ?? 0);
    dimension = encoder?.dimension ?? dimension;
  } finally {
    store.close();
  }
}

let requests: ReturnType<typeof servedRequests>;

try {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const begun = performance.now();
  prepare();
  requests = servedRequests(collection, count, isMadeUp);
  const seconds = (performance.now() - begun) / 1000;
  const size = (name: string) =>
    existsSync(join(home, name)) ? (statSync(join(home, name)).size / 1e9).toFixed(2) : '0';
  console.log(
    `${count} images of dimension ${dimension}, ${availableParallelism()} cores, written in ${seconds.toFixed(0)} s, collection ${size(`${collection}.db`)} GB\n`,
  );
  for (const kept of values.kept ? [true] : [false, true]) {
    // The files are only copies.
    if (!kept) for (const name of indexFiles()) rmSync(join(home, name));
    const started = performance.now();
    const since = () => ((performance.now() - started) / 1000).toFixed(2);
    const served = await serve(home);
    try {
      await ask(`${served.url}ready`);
      const ready = since();
      await requests.anything(served.url, randomFrom(1));
      console.log(
        `start ${kept ? 'with' : 'without'} kept files: ready after ${ready} s, first search answered after ${since()} s, event loop held ${(await served.longestHold()).toFixed(0)} ms\n`,
      );
      if (kept) {
        await measure(served);
        if (isMadeUp) {
          console.log();
          await measureAfterChange(served);
        }
      } else if (4 * count * dimension >= LEAST_KEPT) {
        await searchMeanwhile(served, since);
        console.log(`event loop held ${(await served.longestHold()).toFixed(0)} ms meanwhile\n`);
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

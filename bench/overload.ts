// One server process under more than it can do: clients that search without a pause, most of them behind one address,
// some with one of their own, and looks at /health and /ready every 10 ms from threads of their own. Made-up images go straight
// through the store:
//   npm run bench:overload -- [--clients 128] [--alone 16] [--seconds 20] [--images 200000] [--dimension 64]
//     [--waiting 64]
// It exits with 1 when something was answered that is neither right nor a 503 with Retry-After, when a client of its own
// address was refused, or when one of them took more than 200 ms beyond what it takes without searches.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Client } from 'undici';
import { type Random, randomFrom } from '../src/domain/random.ts';
import { growCollection } from './served-collection.ts';
import { type Served, serve } from './served-process.ts';

const COLLECTION = 'bench';
/** Milliseconds beyond its own time on this machine that /health and /ready may take. */
const MOST_HEALTH = 200;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '128' },
    alone: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '20' },
    images: { type: 'string', default: '200000' },
    dimension: { type: 'string', default: '64' },
    waiting: { type: 'string', default: '64' },
  },
});
const [clients, alone, seconds, images, dimension] = [
  Number(values.clients),
  Number(values.alone),
  Number(values.seconds),
  Number(values.images),
  Number(values.dimension),
];
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

/** What some clients were answered. */
interface Tally {
  /** Milliseconds of each answer. */
  answered: number[];
  refused: number;
  wrong: string[];
}

/** A search for the images like one, as bytes: the clients take less of the processor. */
function searchBody(random: Random): string {
  const image = 1 + Math.floor(random() * images);
  const query = JSON.stringify({ parts: [{ image }], k: 20 });
  return `--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n${query}\r\n--b--\r\n`;
}

/** Searches again and again, on one connection at a time, until it is over; refused, it asks again at once. */
async function insist(url: string, address: string, random: Random, until: number, tally: Tally) {
  const client = new Client(url, { localAddress: address });
  try {
    while (performance.now() < until) {
      const begun = performance.now();
      const { statusCode, headers, body } = await client.request({
        ...{ path: `/api/collections/${COLLECTION}/search`, method: 'POST' },
        headers: { 'content-type': 'multipart/form-data; boundary=b', host: 'localhost' },
        body: searchBody(random),
      });
      const answer = (await body.json()) as { neighbours?: unknown[]; code?: string };
      if (statusCode === 200 && answer.neighbours?.length === 20) {
        tally.answered.push(performance.now() - begun);
      } else if (statusCode === 503 && Number(headers['retry-after']) >= 1) tally.refused += 1;
      else tally.wrong.push(`${statusCode} ${answer.code}`);
    }
  } catch (error) {
    tally.wrong.push(String(error));
  } finally {
    await client.destroy();
  }
}

const PROBE = `
const { get } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const times = [];
const agent = new (require('node:http').Agent)({ keepAlive: true });
const look = () => {
  const begun = performance.now();
  const next = (time) => { times.push(time); setTimeout(look, 10); };
  get(workerData, { agent }, (response) => {
    response.resume().on('end', () => next(response.statusCode === 200 ? performance.now() - begun : Infinity));
  }).on('error', () => next(Infinity));
};
parentPort.once('message', () => parentPort.postMessage(times));
look();
`;

/** What is looked at. */
const STATES = ['health', 'ready'] as const;

/** Milliseconds of the looks at each state while something goes on, ascending. */
async function statesDuring({ url }: Served, work: () => Promise<unknown>): Promise<number[][]> {
  const probes = STATES.map((path) => new Worker(PROBE, { eval: true, workerData: url + path }));
  await Promise.all(probes.map((probe) => once(probe, 'online')));
  await work();
  return Promise.all(
    probes.map(async (probe) => {
      probe.postMessage('enough');
      const [times] = (await once(probe, 'message')) as [number[]];
      await probe.terminate();
      return times.sort((a, b) => a - b);
    }),
  );
}

const at = (times: number[], share: number) =>
  times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN;
const told = (times: number[]) => [0.5, 0.95, 1].map((share) => at(times, share).toFixed(1));

const home = mkdtempSync(join(tmpdir(), 'semblance-overload-'));
let served: Served | undefined;
try {
  growCollection(home, COLLECTION, images, dimension);
  served = await serve(home, ['--max-waiting', values.waiting]);
  const { url } = served;
  const oneClient = (ms: number, tally: Tally) =>
    insist(url, '127.0.0.1', randomFrom(1), performance.now() + ms, tally);
  // The index is made with the first searches, and what is asked for first is read shortly after the start.
  await oneClient(10_000, { answered: [], refused: 0, wrong: [] });
  const warm: Tally = { answered: [], refused: 0, wrong: [] };
  await oneClient(3000, warm);
  const pause = () => new Promise((resolve) => setTimeout(resolve, 3000));
  const idle = await statesDuring(served, pause);
  await served.longestHold();

  const many: Tally = { answered: [], refused: 0, wrong: [] };
  const single = Array.from(
    { length: alone },
    (): Tally => ({ answered: [], refused: 0, wrong: [] }),
  );
  const until = performance.now() + 1000 * seconds;
  const busy = await statesDuring(served, () =>
    Promise.all([
      ...Array.from({ length: clients - alone }, (_, i) =>
        insist(url, '127.0.0.1', randomFrom(i + 2), until, many),
      ),
      ...single.map((tally, i) =>
        insist(url, `127.0.1.${i + 1}`, randomFrom(i + 1000), until, tally),
      ),
    ]),
  );
  console.log(
    `${clients} clients for ${seconds} s, ${images} images of dimension ${dimension}, ${availableParallelism()} cores for the clients, too; ${values.waiting} may wait; one client alone: ${(warm.answered.length / 3).toFixed(0)} searches/s\n`,
  );
  row('who', 'answered', 'of each', 'refused (503)', 'median ms', '95 %', 'longest');
  row('---', '---', '---', '---', '---', '---', '---');
  const counts = single.map(({ answered }) => answered.length).sort((a, b) => a - b);
  const modest = single.flatMap(({ answered }) => answered).sort((a, b) => a - b);
  many.answered.sort((a, b) => a - b);
  row(
    `${clients - alone} behind one address`,
    many.answered.length,
    (many.answered.length / (clients - alone)).toFixed(1),
    ...[many.refused, ...told(many.answered)],
  );
  const refused = single.reduce((sum, tally) => sum + tally.refused, 0);
  row(
    `${alone} with one each`,
    modest.length,
    `${counts[0]} to ${counts.at(-1)}`,
    ...[refused, ...told(modest)],
  );
  const states = STATES.map((name, i) => ({
    ...{ path: `/${name}`, alone: idle[i] ?? [], meanwhile: busy[i] ?? [] },
  }));
  for (const { path, alone, meanwhile } of states) {
    row(`${path}, nobody searches`, alone.length, '', '', ...told(alone));
    row(`${path} meanwhile`, meanwhile.length, '', '', ...told(meanwhile));
  }
  console.log(`\nevent loop held ${(await served.longestHold()).toFixed(0)} ms at most`);
  const wrong = [many, ...single].flatMap((tally) => tally.wrong);
  const faults = [
    ...(wrong.length > 0
      ? [`${wrong.length} wrong answers: ${[...new Set(wrong)].join(', ')}`]
      : []),
    ...(refused > 0 ? [`clients with an address of their own were refused ${refused} times`] : []),
    ...states.flatMap(({ path, alone, meanwhile }) => {
      const longer = at(meanwhile, 1) - at(alone, 1);
      if (longer <= MOST_HEALTH) return [];
      return [`${path} took ${longer.toFixed(0)} ms longer than without searches`];
    }),
  ];
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  served?.process.kill();
  if (served && served.process.exitCode === null) await once(served.process, 'exit');
  rmSync(home, { recursive: true, force: true });
}

// Instances of a real PACS (Orthanc on this machine), fetched by DICOMweb, C-GET and C-MOVE beside dcmtk's getscu and movescu,
// and indexed by all three with collections that have to be equal: instances a second.
//   npm run bench:pacs -- [instances] [side]
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Semblance } from '../src/app/semblance.ts';
import { openPacs } from '../src/pacs/open.ts';
import type { InstanceUids } from '../src/pacs/place.ts';
import { DataDirectory } from '../src/store/data-directory.ts';
import { dcmtk, hasDcmtk } from '../src/testing/dcmtk.ts';
import { hasOrthanc, startOrthanc } from '../src/testing/orthanc.ts';
import { slice } from '../src/testing/slices.ts';
import { holdPorts } from '../src/testing/weaviate.ts';

const COUNT = Number(process.argv[2] ?? 2000);
const SIDE = Number(process.argv[3] ?? 256);
const OF_STUDY = 2000;
/** Instances that are asked for at a time. */
const AT_ONCE = 8;

if (!hasOrthanc() || !hasDcmtk()) process.exit(1);

const work = mkdtempSync(join(tmpdir(), 'semblance-bench-pacs-'));
const held = await holdPorts(2);
const [own, movescu] = [held.first, held.first + 1];
await held.free();
const orthanc = await startOrthanc({
  semblance: ['SEMBLANCE', '127.0.0.1', own],
  movescu: ['MOVESCU', '127.0.0.1', movescu],
  getscu: ['GETSCU', '127.0.0.1', movescu],
});
const rows: [what: string, seconds: number][] = [];
const timed = async (what: string, action: () => Promise<unknown>) => {
  const begun = performance.now();
  await action();
  rows.push([what, (performance.now() - begun) / 1000]);
};

/** Fetches all instances, some at a time, as indexing does. */
async function fetchAll(address: string): Promise<void> {
  const access = { authorization: `Basic ${btoa(`${orthanc.user}:${orthanc.password}`)}` };
  const client = openPacs(address, access);
  const waiting: InstanceUids[] = [];
  for await (const each of client.instances(new URLSearchParams())) waiting.push(each);
  if (waiting.length !== COUNT) throw new Error(`${waiting.length} of ${COUNT} are listed.`);
  const fetchSome = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) await client.retrieve(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetchSome));
  await client.close();
}

/** Runs a program of dcmtk for each study; the objects have to be in the folder then. */
async function fetchByDcmtk(program: string, folder: string, args: string[]): Promise<void> {
  mkdirSync(folder);
  for (let study = 1; study <= Math.ceil(COUNT / OF_STUDY); study++) {
    const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=1.2.777.${study}`];
    const all = ['-S', ...args, '-aec', orthanc.aet, '-od', folder, ...keys];
    const { status, said } = await dcmtk(program, ...all, '127.0.0.1', `${orthanc.port}`);
    if (status !== 0) throw new Error(`${program}: ${said}`);
  }
  const found = readdirSync(folder).length;
  if (found !== COUNT) throw new Error(`${program} fetched ${found} of ${COUNT}.`);
}

/** What a collection knows of each image, and its embedding, whatever the order in which they came. */
function contentOf(directory: DataDirectory, collection: string): string[] {
  const store = directory.open(collection);
  const [encoder] = store.encoders.list();
  const all = [...store.embeddings.each(encoder?.id as number)].map(([id, vector]) => {
    const { patient, study, series, metadata, frame, decoding } = store.images.get(id);
    const known = { patient, study, series, metadata, frame, decoding };
    return JSON.stringify([known, Buffer.from(vector.buffer.slice(0)).toString('base64')]);
  });
  store.close();
  return all.sort();
}

try {
  for (let i = 0; i < COUNT; i++) {
    const study = Math.floor(i / OF_STUDY) + 1;
    await orthanc.upload(slice(study, (i % OF_STUDY) + 1, { side: SIDE }));
  }
  const dimse = `dimse://${orthanc.aet}@127.0.0.1:${orthanc.port}`;
  const ways = {
    DICOMweb: `dicomweb+${orthanc.url}`,
    'C-GET': dimse,
    'C-MOVE': `${dimse}?receive=${own}`,
  };
  await timed('fetched, getscu', () =>
    fetchByDcmtk('getscu', join(work, 'get'), ['-aet', 'GETSCU']),
  );
  await timed('fetched, movescu', () =>
    fetchByDcmtk('movescu', join(work, 'move'), [
      ...['-aet', 'MOVESCU', '-aem', 'MOVESCU', '--port', `${movescu}`],
    ]),
  );
  for (const [way, address] of Object.entries(ways)) {
    await timed(`fetched, ${way}`, () => fetchAll(address));
  }
  Object.assign(process.env, {
    SEMBLANCE_DICOMWEB_URL: orthanc.url,
    SEMBLANCE_DICOMWEB_USER: orthanc.user,
    SEMBLANCE_DICOMWEB_PASSWORD: orthanc.password,
  });
  const home = join(work, 'home');
  const semblance = await Semblance.open({ home });
  for (const [way, path] of Object.entries(ways)) {
    await timed(`indexed, ${way}`, async () => {
      const { added, failed } = await semblance.indexing.index({}, { path, collection: way });
      if (added !== COUNT) throw new Error(`${way}: ${added} added, ${failed} failed.`);
    });
  }
  await semblance.close();
  const directory = new DataDirectory(home);
  const first = contentOf(directory, 'DICOMweb');
  for (const way of Object.keys(ways).slice(1)) {
    const other = contentOf(directory, way);
    const equal = first.length === other.length && first.every((each, i) => each === other[i]);
    if (!equal) throw new Error(`The collections by DICOMweb and ${way} differ.`);
  }
  console.log(
    `${COUNT} instances of ${SIDE} x ${SIDE}, ${availableParallelism()} cores (${cpus()[0]?.model}); collections are equal\n`,
  );
  console.log('| what | seconds | instances/s |\n| --- | --- | --- |');
  for (const [what, seconds] of rows) {
    console.log(`| ${what} | ${seconds.toFixed(1)} | ${(COUNT / seconds).toFixed(0)} |`);
  }
} finally {
  await orthanc.remove();
  rmSync(work, { recursive: true, force: true });
}

import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseDicom } from 'dicom-parser';
import { afterAll, expect, it } from 'vitest';
import { searchForm } from '../src/testing/search-form.ts';
import { hasShared, sharedPath } from '../src/testing/shared.ts';
import { CT, slice } from '../src/testing/slices.ts';
import { run, startServing, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());

const PATIENT = 'Geheim^Gertrud';
const home = ['--home', join(temporary.path, 'home')];

/** A folder as archives have it: named by a patient, with files that cannot be read among it. */
function archive(): string {
  const folder = join(temporary.path, 'GEHEIM GERTRUD 19610203');
  mkdirSync(folder);
  const others = [['PatientName', PATIENT] as const, ['StudyDate', '20240102'] as const];
  for (const number of [1, 2, 3, 4]) {
    writeFileSync(join(folder, `gertrud-${number}.dcm`), slice(1, number, { others }));
  }
  writeFileSync(join(folder, 'geheim-cut.dcm'), slice(1, 5, { others }).subarray(0, -40));
  return folder;
}

const ATTRIBUTES = [
  ...['x00080018', 'x00080050', 'x00080090', 'x00100010', 'x00100020', 'x00100030'],
  ...['x0020000d', 'x0020000e'],
];
/** One of so many of the files that are read is taken. */
const OF_SHARED = 12;

interface Line {
  level: string;
  event: string;
  [fact: string]: unknown;
}

it('tells of a busy day who asked for what by numbers, and names nobody', async () => {
  const folder = archive();
  const server = await startServing([
    ...home,
    ...[
      'serve',
      '--log-level',
      'debug',
      '--log-format',
      'json',
      '--dicom-web',
      'patients',
      '--mcp',
    ],
    ...['--allow-folder', temporary.path],
  ]);
  let log = '';
  server.child.stderr?.on('data', (data) => {
    log += data;
  });
  const ask = (path: string, init?: RequestInit) => fetch(new URL(path, server.url), init);
  const json = (body: unknown, headers = {}) => ({
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  const begin = async (request: unknown) => {
    const { id } = (await (await ask('api/tasks', json(request))).json()) as { id: number };
    expect(id).toBeGreaterThan(0);
    for (;;) {
      const { state } = (await (await ask(`api/tasks/${id}`)).json()) as { state: string };
      if (/done|failed/.test(state)) return { id, state };
      await pause(200);
    }
  };
  const indexed = await begin({ kind: 'index', collection: 'chest', path: folder });
  expect(indexed.state).toBe('done');
  const all = hasShared('dicom/files') ? readdirSync(sharedPath('dicom/files')) : [];
  const files = all.filter((_, i) => i % OF_SHARED === 0);
  const others = join(temporary.path, 'others');
  mkdirSync(others);
  for (const name of files) copyFileSync(sharedPath(`dicom/files/${name}`), join(others, name));
  if (files.length > 0) await begin({ kind: 'index', collection: 'chest', path: others });
  // Nothing has a label.
  const failed = await begin({ kind: 'calibrate', collection: 'chest' });
  expect(failed.state).toBe('failed');

  const query = slice(1, 2);
  const form = searchForm({ parts: [{ file: 0 }], k: 3 }, query);
  const named = new FormData();
  for (const [name, value] of form) {
    if (typeof value === 'string') named.append(name, value);
    else named.append(name, value, `${PATIENT}.dcm`);
  }
  const id = '7f3c2a10-0000-4000-8000-000000000001';
  const found = await ask('api/collections/chest/search', {
    ...{ method: 'POST', body: named, headers: { 'X-Request-Id': id } },
  });
  expect([found.status, found.headers.get('x-request-id')]).toEqual([200, id]);
  const other = await ask('api/collections', { headers: { 'X-Request-Id': PATIENT } });
  expect(other.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  const study = `${CT}.1`;
  for (const path of [
    '',
    'health',
    'api/collections/chest/images?filter=patient=GEHEIM',
    `api/collections/chest/images?where=${encodeURIComponent(PATIENT)}`,
    `api/collections/${PATIENT}/images`,
    `api/collections/chest/images/${PATIENT}`,
    'api/collections/chest/images/1/thumbnail',
    `dicom-web/studies/${study}/series/${study}.1/instances/${study}.1.1/similar?collection=chest`,
    `dicom-web/studies?PatientName=${PATIENT}`,
    `${PATIENT}`,
    `api/tasks/${PATIENT}`,
  ]) {
    await (await ask(path)).arrayBuffer();
  }
  await ask('api/tasks', { ...json({ kind: PATIENT }), method: 'PUT' });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.end(`GET /${PATIENT} HTTP/1.1\r\nHost: a b\r\n\r\n`);
  await new Promise((resolve) => socket.resume().on('close', resolve));
  socket.destroy();
  expect(await server.stop()).toBe(0);

  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const requests = lines.filter(({ event }) => event === 'request');
  const search = requests.find(({ request }) => request === id);
  expect(search).toMatchObject({
    ...{ level: 'info', method: 'POST', route: '/api/collections/{collection}/search' },
    ...{ status: 200, actor: 'local', code: null },
  });
  expect(search?.ms).toBeGreaterThan(0);
  expect(search?.bytes).toBeGreaterThan(500);
  expect(requests).toContainEqual(
    expect.objectContaining({ level: 'debug', route: '/health', status: 200 }),
  );
  expect(requests).toContainEqual(
    expect.objectContaining({ route: null, status: 404, code: 'ROUTE_NOT_FOUND' }),
  );
  const states = (task: number) =>
    lines.filter((line) => line.event === 'task' && line.task === task).map(({ state }) => state);
  expect(states(indexed.id)).toEqual(['waiting', 'running', 'done']);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'error', task: failed.id, state: 'failed' }),
  );
  expect(lines.at(0)).toMatchObject({ event: 'start' });
  expect(lines.at(-1)).toMatchObject({ event: 'stop' });

  // Names, numbers and dates of patients, UIDs, and names of files, as the files themselves have them.
  const inspected = await run([...home, '--json', 'inspect', join(folder, 'gertrud-1.dcm')]);
  expect(inspected.code).toBe(0);
  const secrets = new Set([
    ...['geheim', 'gertrud', '19610203', '20240102', temporary.path, CT],
    ...files,
    ...files.flatMap((name) => textsOf(readFileSync(join(others, name)))),
  ]);
  expect(secrets.size).toBeGreaterThan(files.length);
  // The numbers of requests are random, or those of a proxy; a time may look like the number of a patient.
  const told = JSON.stringify(lines.map(({ request, time, ...rest }) => rest)).toLowerCase();
  expect(requests.every(({ request }) => /^[\da-f-]{36}$/.test(String(request)))).toBe(true);
  expect([...secrets].filter((secret) => told.includes(secret.toLowerCase()))).toEqual([]);
}, 120_000);

/** UIDs of a file, and whom it names, as another reader finds them. */
function textsOf(bytes: Buffer): string[] {
  try {
    const found = parseDicom(bytes, { untilTag: 'x00200010' });
    return ATTRIBUTES.flatMap((tag) => found.string(tag)?.trim() ?? []).filter(
      (text) => text.length > 3,
    );
  } catch {
    // What nobody reads names nobody.
    return [];
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdPorts } from './weaviate.ts';

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const PROGRAM = ['/usr/sbin/Orthanc', '/usr/bin/Orthanc'].find(existsSync);
const AET = 'ORTHANC';
/** How long it may take until it answers, in milliseconds. */
const START_TIMEOUT = 60_000;

/** Whether Orthanc with DICOMweb is here; prints the reason for skipped tests where it is not. */
export function hasOrthanc(): boolean {
  const isHere = PROGRAM !== undefined && existsSync(PLUGIN);
  if (!isHere)
    console.warn('skipped: Orthanc is absent (apt-get install orthanc orthanc-dicomweb)');
  return isHere;
}

/** A PACS that runs on this machine. */
export interface Orthanc {
  /** Address of its DICOMweb service. */
  url: string;
  user: string;
  password: string;
  /** Stores a file. */
  upload(file: Uint8Array): Promise<void>;
  /** Where it speaks DIMSE: its title and port on this machine. */
  aet: string;
  port: number;
  /** Sends all that it has to an application entity of `modalities`, by C-STORE; tells whether that went well. */
  sendAll(modality: string): Promise<boolean>;
  /** Removes the object of a UID. */
  delete(uid: string): Promise<void>;
  stop(): Promise<void>;
  /** Starts it again, with what it had. */
  start(): Promise<void>;
  /** Stops it, and removes its data. */
  remove(): Promise<void>;
}

/**
 * Starts Orthanc on free ports of this machine, with its data in a temporary folder.
 * @param modalities application entities that it knows: title, host and port of each by its name
 * @param more of its configuration; plugins come in addition
 */
export async function startOrthanc(
  modalities: Readonly<Record<string, readonly [aet: string, host: string, port: number]>> = {},
  { Plugins = [], ...more }: { Plugins?: readonly string[] } & Record<string, unknown> = {},
): Promise<Orthanc> {
  const folder = await mkdtemp(join(tmpdir(), 'semblance-orthanc-'));
  const held = await holdPorts(2);
  const [http, dicom] = [held.first, held.first + 1];
  await held.free();
  const [user, password] = ['semblance', 'secret of the test'];
  const configuration = {
    Name: 'test',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    HttpPort: http,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { [user]: password },
    DicomPort: dicom,
    DicomAet: AET,
    DicomModalities: modalities,
    DicomCheckCalledAet: true,
    // Its DICOM port listens on all interfaces: nobody it does not know is answered.
    DicomAlwaysAllowEcho: false,
    DicomAlwaysAllowStore: false,
    Plugins: [PLUGIN, ...Plugins],
    DicomWeb: { Enable: true, Root: '/dicom-web/' },
    ...more,
  };
  const file = join(folder, 'orthanc.json');
  await writeFile(file, JSON.stringify(configuration));
  const base = `http://127.0.0.1:${http}`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const ask = (path: string, body?: Uint8Array, method = body ? 'POST' : 'GET') =>
    fetch(base + path, {
      ...{ method, headers: { authorization } },
      ...(body && { body: new Uint8Array(body) }),
    });
  let stop = async () => {};
  const start = async () => {
    const child = spawn(PROGRAM as string, [file], { stdio: 'ignore' });
    const ended = once(child, 'close');
    stop = async () => {
      child.kill('SIGTERM');
      await ended;
    };
    const until = Date.now() + START_TIMEOUT;
    while (
      !(await ask('/system').then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error('Orthanc does not answer.');
      await sleep(100);
    }
  };
  await start();
  return {
    ...{ url: `${base}/dicom-web`, user, password, start },
    ...{ aet: AET, port: dicom },
    async upload(bytes) {
      const { status } = await ask('/instances', bytes);
      if (status !== 200) throw new Error(`Orthanc answered ${status} to an upload.`);
    },
    async sendAll(modality) {
      const all = await ask('/instances').then((answer) => answer.text());
      const { ok } = await ask(`/modalities/${modality}/store`, Buffer.from(all));
      return ok;
    },
    async delete(uid) {
      const found = await ask('/tools/lookup', Buffer.from(uid));
      for (const { Path } of (await found.json()) as { Path: string }[]) {
        await ask(Path, undefined, 'DELETE');
      }
    },
    stop: () => stop(),
    async remove() {
      await stop();
      await rm(folder, { recursive: true });
    },
  };
}

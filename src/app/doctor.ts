import { existsSync, readdirSync, statSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Checked, Diagnosis } from '../contract/doctor.ts';
import { errorData, SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { ACCESS_LAYOUT } from '../store/access-store.ts';
import { ANSWERS_LAYOUT } from '../store/answer-store.ts';
import { AUDIT_LAYOUT } from '../store/audit-store.ts';
import type { Connection } from '../store/connection.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { countsOf, examineFile } from '../store/examine-file.ts';
import { SCHEMA_VERSION } from '../store/schema.ts';
import { TASKS_LAYOUT } from '../store/task-store.ts';
import { WATCH_LAYOUT } from '../store/watch-store.ts';
import { WEBHOOKS_LAYOUT } from '../store/webhook-store.ts';
import type { AuditService } from './audit.ts';
import type { Call } from './call.ts';
import type { ModelService } from './models.ts';

const GB = 1e9;
/** Below these the disk cannot take what comes, or may soon not. */
const DISK = { failed: 0.5 * GB, warning: 5 * GB };
/** The same of memory: a picture of the largest size is decoded in 3 GB. */
const MEMORY = { failed: 0.5 * GB, warning: 2 * GB };
/** The least version of Node: package.json, `engines`. */
const NODE = [20, 15] as const;
/** Entries of the audit log that are followed back from its end. */
const AUDIT_ENTRIES = 1000;
/** A clock that goes differently by so many milliseconds was changed. */
const CLOCK_STEP = 5 * 60_000;
/** Before this the program was not written. */
const WRITTEN = Date.UTC(2026, 0, 1);
/** Types of file systems over a network, which keep SQLite's locks badly, as Linux numbers them. */
const NETWORK = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
]);

/** What is to be looked at beside the data directory. */
export interface DoctorRequest {
  /** Addresses that a server is to listen on. */
  ports?: readonly { what: string; host: string; port: number }[] | undefined;
}

type Found = Omit<Checked, 'check' | 'subject'>;

const ok = (found: string): Found => ({ state: 'ok', found, advice: null });
const warning = (found: string, advice: string): Found => ({ state: 'warning', found, advice });
const failed = (found: string, advice: string): Found => ({ state: 'failed', found, advice });

/** Looks whether a machine and its data directory are fit to serve; nothing is changed, and nothing contacted. */
export class DoctorService {
  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly audit: AuditService,
    private readonly models: ModelService,
  ) {}

  /** @throws the signal's reason */
  async examine({ signal }: Call, { ports = [] }: DoctorRequest = {}): Promise<Diagnosis> {
    const checks: Checked[] = [];
    const look = async (
      check: string,
      subject: string | null,
      work: () => Found | Promise<Found>,
    ) => {
      signal?.throwIfAborted();
      checks.push({ check, subject, ...(await Promise.resolve().then(work).catch(foundError)) });
    };
    const { folder } = this.directory;
    await look('node', null, nodeVersion);
    await look('onnxruntime', null, () => this.runtime());
    await look('memory', null, memory);
    const isThere = existsSync(folder);
    await look('data directory', folder, () =>
      isThere
        ? permissions(folder)
        : ok('It is not there; the first command that writes makes it.'),
    );
    await look('disk', folder, () => disk(isThere ? folder : join(folder, '..')));
    await look('clock', null, () => clock(folder, this.lastEntry()));
    for (const { what, host, port } of ports) {
      await look('port', `${what} ${host}:${port}`, () => portFree(host, port));
    }
    if (isThere) {
      for (const name of this.names()) {
        const file = join(folder, `${name}.db`);
        await look('collection', name, () => collection(file));
      }
      for (const [what, name, layout] of SMALL) {
        const file = join(folder, name);
        if (existsSync(file)) await look(what, null, () => small(file, layout));
      }
      await look('audit log', null, () => this.auditEnd());
      for (const [name, work] of await this.encoders()) await look('model', name, work);
    }
    return { home: folder, checks };
  }

  /** As `DataDirectory.collections`, which would finish what was begun. */
  private names(): string[] {
    return readdirSync(this.directory.folder)
      .filter((file) => file.endsWith('.db'))
      .map((file) => file.slice(0, -'.db'.length))
      .sort();
  }

  private async runtime(): Promise<Found> {
    await this.models.verify({ name: 'baseline' });
    return ok('It is loaded, and the encoder without weights runs.');
  }

  private auditEnd(): Found {
    const { entries, last } = this.audit.verifyEnd(AUDIT_ENTRIES);
    if (last === null) return ok('There is none yet.');
    return ok(
      `The last ${entries} entries follow from each other, up to ${last}. All: \`semblance audit verify\`.`,
    );
  }

  private lastEntry(): string | null {
    try {
      return this.audit.verifyEnd(1).last;
    } catch {
      // That has a check of its own.
      return null;
    }
  }

  /** The files of each encoder of the user's, and of those that were installed. */
  private async encoders(): Promise<[string, () => Promise<Found>][]> {
    const [{ listEncoders }, { hashModel }] = await Promise.all([
      import('../encoding/encoders/registry.ts'),
      import('../encoding/encoders/model.ts'),
    ]);
    const { definitions, failures } = await listEncoders(this.directory.encodersFolder);
    return [
      ...definitions.flatMap(({ name, model, text, tokens, projection }) => {
        if (!('file' in model)) return [];
        const files = [model, text?.model, tokens?.model, projection];
        const work = async () => {
          let isKnown = true;
          for (const file of files) {
            if (file === undefined) continue;
            await hashModel(file);
            isKnown &&= file.sha256 !== undefined;
          }
          return ok(
            isKnown
              ? 'Its files are there, as its description says by SHA-256.'
              : 'Its files are there; its description says no SHA-256 of them.',
          );
        };
        return [[name, work] satisfies [string, () => Promise<Found>]];
      }),
      ...failures.map((failure): [string, () => Promise<Found>] => [
        failure.subject ?? '',
        () => Promise.reject(failure),
      ]),
    ];
  }
}

/** What is wrong by its code, and what is to be done about it. */
function foundError(error: unknown): Found {
  const { code, title, detail, advice } = errorData(toSemblanceError(error));
  return failed(`${code}: ${title}. ${detail}`, advice);
}

function nodeVersion(): Found {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `Node ${process.versions.node}`;
  return major > NODE[0] || (major === NODE[0] && minor >= NODE[1])
    ? ok(`${found}.`)
    : failed(`${found} is too old.`, `Install Node ${NODE.join('.')} or newer.`);
}

function memory(): Found {
  // A container may have less than the machine; without a limit it says none, or more than there is.
  const limit = process.constrainedMemory?.() ?? 0;
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  const free = Math.min(total, process.availableMemory?.() ?? freemem());
  const found = `${gigabytes(free)} of ${gigabytes(total)} are free.`;
  const advice =
    'Give the machine or container more memory, or lower --max-memory and --max-running.';
  return graded(free, MEMORY, found, advice);
}

async function disk(folder: string): Promise<Found> {
  const { bavail, bsize, blocks, type } = await statfs(folder);
  const network = NETWORK.get(type);
  if (network !== undefined) {
    return warning(
      `The data directory is on ${network}, which does not keep SQLite's locks.`,
      'Move it to a disk of this machine; images may stay where they are.',
    );
  }
  const free = bavail * bsize;
  const found = `${gigabytes(free)} of ${gigabytes(blocks * bsize)} are free.`;
  return graded(free, DISK, found, 'Make room: what is written on a full disk is refused.');
}

function graded(
  value: number,
  limits: Record<'failed' | 'warning', number>,
  found: string,
  advice: string,
): Found {
  if (value < limits.failed) return failed(found, advice);
  return value < limits.warning ? warning(found, advice) : ok(found);
}

const gigabytes = (bytes: number) => `${(bytes / GB).toFixed(1)} GB`;

async function permissions(folder: string): Promise<Found> {
  const found = statSync(folder);
  if (!found.isDirectory()) {
    return failed('It is no folder.', 'Name another folder by --home.');
  }
  await access(folder, constants.R_OK | constants.X_OK);
  const { uid } = userInfo();
  const isOpen = (path: string) => (statSync(path).mode & 0o007) !== 0;
  const files = readdirSync(folder).filter((name) => /\.(db|sqlite)|^identity\.key$/.test(name));
  const open = files.filter((name) => isOpen(join(folder, name)));
  if (process.platform !== 'win32' && (isOpen(folder) || open.length > 0)) {
    const others = uid === found.uid ? '' : ' It is another user’s.';
    return warning(
      `Everybody on this machine may look into it: ${open.length} files are open.${others}`,
      `Close it: chmod -R go-rwx '${folder}'`,
    );
  }
  try {
    await access(folder, constants.W_OK);
  } catch {
    return warning(
      'It can be read and not be written: nothing can be indexed, and a server needs --no-audit.',
      'Let the user who runs Semblance own the folder, and mount it for writing.',
    );
  }
  return ok('It can be read and written, and is closed to others.');
}

/** By the times of files and of the audit log alone: nobody is asked what time it is. */
function clock(folder: string, lastEntry: string | null): Found {
  const now = Date.now();
  const advice =
    'Set the clock, by a time service (chrony, systemd-timesyncd); keys and sessions end by it.';
  const at = new Date(now).toISOString();
  if (now < WRITTEN)
    return failed(`It is said to be ${at}, before this program was written.`, advice);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const changed = files.map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  const last = Math.max(0, ...changed, lastEntry === null ? 0 : Date.parse(lastEntry));
  if (last - now > CLOCK_STEP) {
    const later = new Date(last).toISOString();
    return failed(`It is said to be ${at}; what was written last says ${later}, later.`, advice);
  }
  return ok(`It is said to be ${at}, after all that was written.`);
}

/** Whether one may listen there: for a moment it is done. */
function portFree(host: string, port: number): Promise<Found> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      const code = systemCode(error);
      resolve(
        code === 'EADDRINUSE'
          ? warning(
              'A program listens there: this server, if it runs, or another one.',
              'If it is another one, choose another port.',
            )
          : failed(
              `The system refuses it (${code}).`,
              'Choose an address of this machine and a port above 1023.',
            ),
      );
    });
    server.listen({ host, port }, () => server.close(() => resolve(ok('It is free.'))));
  });
}

/** Files beside the collections, and the layout that this program has of each. */
const SMALL = [
  ['tasks', 'tasks.sqlite', TASKS_LAYOUT],
  ['users and keys', 'access.sqlite', ACCESS_LAYOUT],
  ['audit file', 'audit.sqlite', AUDIT_LAYOUT],
  ['watched folders', 'watched.sqlite', WATCH_LAYOUT],
  ['webhooks', 'webhooks.sqlite', WEBHOOKS_LAYOUT],
  ['kept answers', 'answers.sqlite', ANSWERS_LAYOUT],
] as const;

function collection(file: string): Found {
  const counts = (connection: Connection, layout: number) =>
    layout === SCHEMA_VERSION ? countsOf(connection) : undefined;
  return examined(file, SCHEMA_VERSION, counts, (seen) =>
    seen === undefined ? '' : `${seen.images} images, ${seen.embeddings} embeddings. `,
  );
}

function small(file: string, layout: number): Found {
  return examined(
    file,
    layout,
    () => undefined,
    () => '',
  );
}

function examined<T>(
  file: string,
  present: number,
  look: (connection: Connection, layout: number) => T,
  text: (seen: T) => string,
): Found {
  const { layout, bytes, faults, seen } = examineFile(file, look);
  if (faults !== undefined && faults.length > 0) {
    return failed(
      `It is damaged: ${faults.join('; ')}`,
      'Stop what uses it, and restore it from a backup: `semblance backup restore`.',
    );
  }
  if (layout > present) {
    throw new SemblanceError(
      'COLLECTION_TOO_NEW',
      `It has layout ${layout}, this program ${present}.`,
    );
  }
  const size = `${text(seen)}${gigabytes(bytes)}`;
  if (layout < present) {
    return warning(
      `${size} in layout ${layout}: it is brought to layout ${present} when it is first opened.`,
      'Make a backup before, and let the disk have as much room as it is large.',
    );
  }
  const looked =
    faults === undefined ? ' Too large to be looked through here: `semblance check`.' : '';
  return ok(`${size}, layout ${layout}.${looked}`);
}

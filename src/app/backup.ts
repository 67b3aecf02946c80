import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type BackupManifest,
  BackupManifestSchema,
  type BackupReport,
  type RestoreReport,
} from '../contract/backup.ts';
import { issuesText } from '../contract/issues.ts';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { suggestion } from '../domain/errors/suggest.ts';
import { makeFolder } from '../files/make-folder.ts';
import { ownPart, removeAbandonedParts } from '../files/part-name.ts';
import { writeWhole } from '../files/write-file.ts';
import {
  type CopiedCollection,
  copyDatabase,
  faultsOfDatabase,
  isDatabase,
  isInUse,
} from '../store/copy-database.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { Call } from './call.ts';

const MANIFEST = 'manifest.json';
const VERSION = 1;
/** The manifest is read whole. */
const LARGEST_MANIFEST = 2 ** 30;
const EXAMPLES = 3;

/** What of a data directory is made again, or belongs to a file that is copied whole. */
const MADE_AGAIN: readonly [what: RegExp, why: string][] = [
  [/^thumbnails\//, 'small pictures, which are made again'],
  [/^checkpoints\//, 'downloads of models, which are installed without them'],
  [/^[^/]+\.db\.\d+\.index/, 'indices, which are made again'],
  // A collection of the backup may lack what was taken before that was copied.
  [/^watched\.sqlite$/, 'which files of watched folders were taken: all are looked at again'],
  [/^answers\.sqlite$/, 'what was answered to requests with a key: what they did may be lacking'],
  [/^[^/]+\.layout-\d+/, 'what collections were in earlier layouts'],
  [/\.part(\.json)?(\/|$)/, 'what is not written to its end'],
];
/** What SQLite has beside a database is in its copy. */
const BESIDE = /-(wal|shm|journal)$/;

type Entry = BackupManifest['files'][number];

/** Copies of a data directory, made and put back. */
export class BackupService {
  /** @internal */
  constructor(private readonly directory: DataDirectory) {}

  /**
   * Copies the data directory into a folder, while others read and write it: of each database one committed state. The
   * folder appears when all of it is on the disk.
   * @param request `collections`: without the others; users, tasks and encoders are always copied
   * @throws SemblanceError BACKUP_TARGET_TAKEN, COLLECTION_NOT_FOUND, DISK_FULL, COLLECTION_DAMAGED, COLLECTION_BUSY
   */
  async make(
    call: Call,
    request: { folder: string; collections?: readonly string[] | undefined },
  ): Promise<BackupReport> {
    const folder = resolve(request.folder);
    const home = this.directory.folder;
    const known = this.directory.collections();
    const missing = request.collections?.find((name) => !known.includes(name));
    if (missing !== undefined) {
      throw new SemblanceError('COLLECTION_NOT_FOUND', suggestion(missing, known, 'collection'), {
        subject: missing,
      });
    }
    if (!existsSync(home)) {
      throw new SemblanceError('PATH_NOT_FOUND', 'There is nothing to copy.', { subject: home });
    }
    refuseWithin(folder, home);
    refuseTaken(folder);
    const chosen = request.collections && new Set(request.collections);
    const isOther = (name = '') => chosen !== undefined && !chosen.has(name);
    const leftOut = new LeftOut();
    const paths: string[] = [];
    for (const { path, isFile } of filesIn(home)) {
      const [top = '', second] = path.split('/');
      const why = MADE_AGAIN.find(([what]) => what.test(path))?.[1];
      const collection = top === 'received' ? second : /^([^/]+)\.db$/.exec(path)?.[1];
      if (!isFile) leftOut.add('links, pipes and devices', path);
      else if (why !== undefined) leftOut.add(why, path);
      else if (collection !== undefined && isOther(collection)) {
        leftOut.add('of collections that were not asked for', path);
      } else if (!BESIDE.test(path)) paths.push(path);
    }
    // Databases first: what they refer to is there already, and stays unless it is removed.
    paths.sort((a, b) => Number(b.endsWith('.db')) - Number(a.endsWith('.db')));
    const files: Entry[] = [];
    const collections: BackupManifest['collections'] = [];
    const made = new Date().toISOString();
    return appearing(folder, async (part) => {
      for (const [i, path] of paths.entries()) {
        call.signal?.throwIfAborted();
        const copied = await copyInto(part, home, path);
        if (copied === undefined) leftOut.add('removed meanwhile', path);
        else {
          files.push(copied.entry);
          const name = basename(path, '.db');
          if (copied.collection && path === `${name}.db`) {
            collections.push({ name, ...copied.collection });
          }
        }
        call.progress?.(i + 1, paths.length, { unit: 'files', of: 'backup' });
      }
      const listed = { files, collections, leftOut: leftOut.list() };
      const written = { format: 'semblance-backup', version: VERSION, made, ...listed } as const;
      const manifest = { ...written, sha256: digestOf(written) };
      writeWhole(join(part, MANIFEST), (sink) => sink(`${JSON.stringify(manifest)}\n`));
      return reportOf(folder, manifest);
    });
  }

  /**
   * Reads a backup to its end: every file as it was written, and no other.
   * @throws SemblanceError BACKUP_INVALID, PATH_NOT_FOUND
   */
  async verify({ signal, progress }: Call, request: { folder: string }): Promise<BackupReport> {
    const folder = resolve(request.folder);
    const manifest = readManifest(folder);
    const problems: string[] = [];
    for (const [i, { path, ...expected }] of manifest.files.entries()) {
      signal?.throwIfAborted();
      const file = join(folder, path);
      const found = await streamed(file, undefined);
      if (found.sha256 !== expected.sha256) problems.push(`${path} (other bytes)`);
      else if (isDatabase(file)) {
        problems.push(...faultsOfDatabase(file).map((fault) => `${path} (${fault})`));
      }
      progress?.(i + 1, manifest.files.length, { unit: 'files', of: 'backup' });
    }
    refuseInvalid(folder, problems);
    return reportOf(folder, manifest);
  }

  /**
   * Makes the data directory what it was. It appears when all of it is there and is what was copied; else nothing has
   * changed.
   * @param request `replace`: whether a data directory that is there is put aside
   * @throws SemblanceError BACKUP_INVALID, BACKUP_TARGET_TAKEN, COLLECTION_BUSY (it is in use), DISK_FULL
   */
  async restore(
    { signal, progress }: Call,
    request: { folder: string; replace?: boolean | undefined },
  ): Promise<RestoreReport> {
    const folder = resolve(request.folder);
    const named = this.directory.folder;
    const home = existsSync(named) ? realpathSync(named) : named;
    const manifest = readManifest(folder);
    refuseWithin(home, folder);
    refuseWithin(folder, home);
    const isThere = existsSync(home) && readdirSync(home).length > 0;
    if (isThere && request.replace !== true) refuseTaken(home);
    if (isThere) refuseInUse(home);
    return appearing(home, async (part, appear) => {
      const problems: string[] = [];
      for (const [i, entry] of manifest.files.entries()) {
        signal?.throwIfAborted();
        const to = placeIn(part, entry.path);
        const found = await streamed(join(folder, entry.path), to);
        if (found.sha256 !== entry.sha256) problems.push(`${entry.path} (other bytes)`);
        progress?.(i + 1, manifest.files.length, { unit: 'files', of: 'backup' });
      }
      refuseInvalid(folder, problems);
      const aside = `${home}.before-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`;
      if (isThere) renameSync(home, aside);
      try {
        appear();
      } catch (error) {
        if (isThere) renameSync(aside, home);
        throw error;
      }
      return { ...reportOf(folder, manifest), home, putAside: isThere ? aside : null };
    });
  }
}

/** What is not copied, counted by why. */
class LeftOut {
  private readonly found = new Map<string, BackupManifest['leftOut'][number]>();

  add(why: string, path: string): void {
    const known = this.found.get(why) ?? { why, count: 0, examples: [] };
    known.count += 1;
    if (known.examples.length < EXAMPLES) known.examples.push(path);
    this.found.set(why, known);
  }

  list(): BackupManifest['leftOut'] {
    return [...this.found.values()];
  }
}

function reportOf(folder: string, manifest: BackupManifest): BackupReport {
  const { made, files, collections, leftOut } = manifest;
  const bytes = files.reduce((sum, each) => sum + each.bytes, 0);
  return { folder, made, files: files.length, bytes, collections, leftOut };
}

/** Whatever lies in a folder and is no folder, with `/` between names; links are not followed. */
function* filesIn(folder: string, under = ''): Generator<{ path: string; isFile: boolean }> {
  for (const entry of readdirSync(join(folder, under), { withFileTypes: true })) {
    const path = under + entry.name;
    if (entry.isDirectory()) yield* filesIn(folder, `${path}/`);
    else yield { path, isFile: entry.isFile() };
  }
}

/**
 * Fills a folder beside its place, which then takes it; nothing is left of it where that fails.
 * @param fill may have it appear itself
 */
async function appearing<T>(
  folder: string,
  fill: (part: string, appear: () => void) => Promise<T>,
): Promise<T> {
  const { part, done } = ownPart(folder);
  let isDone = false;
  const appear = () => {
    if (!isDone) renameSync(part, folder);
    isDone = true;
  };
  try {
    makeFolder(dirname(folder), 0o700);
    removeAbandonedParts(folder);
    mkdirSync(part, { mode: 0o700 });
    const answer = await fill(part, appear);
    appear();
    return answer;
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw toSemblanceError(error, folder);
  } finally {
    done();
  }
}

/** The place of a file in a folder that is being filled; folders on its way are made. */
function placeIn(part: string, path: string): string {
  const to = join(part, path);
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  return to;
}

/** Copies one file; undefined where it has gone. */
async function copyInto(
  part: string,
  home: string,
  path: string,
): Promise<{ entry: Entry; collection: CopiedCollection | undefined } | undefined> {
  const from = join(home, path);
  const to = placeIn(part, path);
  try {
    if (!isDatabase(from))
      return { entry: { path, ...(await streamed(from, to)) }, collection: undefined };
    const collection = copyDatabase(from, to);
    return { entry: { path, ...(await streamed(to, undefined)) }, collection };
  } catch (error) {
    if (existsSync(from) || systemCode(error) !== 'ENOENT') throw error;
    rmSync(to, { force: true });
    return undefined;
  }
}

/** Reads a file to its end, and writes it to another place, on the disk. */
async function streamed(from: string, to: string | undefined): Promise<Omit<Entry, 'path'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _, next) {
      bytes += chunk.length;
      hash.update(chunk);
      next(null, chunk);
    },
  });
  const sink =
    to === undefined
      ? new Writable({ write: (_chunk, _, next) => next() })
      : createWriteStream(to, { flags: 'wx', mode: 0o600, flush: true });
  await pipeline(createReadStream(from), counting, sink);
  return { bytes, sha256: hash.digest('hex') };
}

function digestOf({
  sha256: _,
  ...manifest
}: Omit<BackupManifest, 'sha256'> & { sha256?: string }): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}

/**
 * The manifest of a backup. What it lists lies in the folder, and nothing else does: no name in it leads anywhere but to
 * what was found there.
 * @throws SemblanceError BACKUP_INVALID, PATH_NOT_FOUND
 */
function readManifest(folder: string): BackupManifest {
  const invalid = (why: string) => new SemblanceError('BACKUP_INVALID', why, { subject: folder });
  let read: unknown;
  let found: { path: string; isFile: boolean }[];
  try {
    if (!statSync(folder).isDirectory()) throw invalid('It is no folder.');
    found = [...filesIn(folder)];
    const own = found.find(({ path }) => path === MANIFEST);
    if (own?.isFile !== true) throw invalid(`It has no ${MANIFEST}: it was cut off.`);
    const file = join(folder, MANIFEST);
    if (statSync(file).size > LARGEST_MANIFEST) throw invalid(`Its ${MANIFEST} is too large.`);
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(`Its ${MANIFEST} is not whole.`);
    throw toSemblanceError(error, folder);
  }
  const { version } = (read ?? {}) as { version?: unknown };
  if (typeof version === 'number' && version > VERSION) {
    throw invalid(`It is of version ${version}; this program knows those up to ${VERSION}.`);
  }
  const parsed = BackupManifestSchema.safeParse(read);
  if (!parsed.success) throw invalid(`${MANIFEST}: ${issuesText(parsed.error)}`);
  const manifest = parsed.data;
  if (digestOf(manifest) !== manifest.sha256) throw invalid(`Its ${MANIFEST} was changed.`);
  const there = new Map(found.map(({ path, isFile }) => [path, isFile]));
  there.delete(MANIFEST);
  const problems: string[] = [];
  for (const { path, bytes } of manifest.files) {
    if (there.get(path) !== true) problems.push(`${path} (missing)`);
    else if (statSync(join(folder, path)).size !== bytes) problems.push(`${path} (another size)`);
    there.delete(path);
  }
  problems.push(...[...there.keys()].map((path) => `${path} (not listed)`));
  refuseInvalid(folder, problems);
  return manifest;
}

function refuseInvalid(folder: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > EXAMPLES ? `, and ${problems.length - EXAMPLES} more` : '';
  const why = `Not as it was written: ${problems.slice(0, EXAMPLES).join(', ')}${more}.`;
  throw new SemblanceError('BACKUP_INVALID', why, { subject: folder });
}

function refuseTaken(folder: string): void {
  if (!existsSync(folder)) return;
  throw new SemblanceError('BACKUP_TARGET_TAKEN', 'Nothing is overwritten.', { subject: folder });
}

function refuseWithin(inner: string, outer: string): void {
  const way = relative(outer, inner);
  if (way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way) return;
  throw new SemblanceError('USAGE', 'A backup and the data directory cannot lie in each other.', {
    subject: inner,
  });
}

function refuseInUse(home: string): void {
  for (const { path, isFile } of filesIn(home)) {
    const file = join(home, path);
    if (!isFile || BESIDE.test(path) || !isDatabase(file) || !isInUse(file)) continue;
    throw new SemblanceError('COLLECTION_BUSY', 'Stop what uses it first.', { subject: file });
  }
}

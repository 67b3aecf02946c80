import { statSync } from 'node:fs';
import { posix } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';

/*
 * A path may lead into a ZIP archive: `study.zip!/folder/name`. Its members are read where they are, one by one; nothing is
 * unpacked onto the disk.
 */

/** What stands between an archive and its member. */
const INSIDE = '!/';
/** So many members may an archive have. */
const MOST_MEMBERS = 1_000_000;
/** So many bytes may a member become, which is in memory while it is read. */
const MOST_BYTES = 2 ** 30;
/** What a byte of deflate becomes at the most (RFC 1951), and a little for the shortest. */
const MOST_INFLATED = 1040;
/** Bytes of a local header at the least (APPNOTE.TXT, 4.3.7). */
const LOCAL_HEADER = 30;
/** Archives whose lists are kept. */
const KEPT = 4;

const STORED = 0;
const DEFLATED = 8;

/** A member of an archive, or why it cannot be read. */
export interface Member {
  /** Its folders and its name. */
  name: string;
  /** Size when it is unpacked. */
  bytes: number;
  refused?: SemblanceError;
}

/** The list of an archive. */
interface Directory {
  zip: ZipFile;
  members: Member[];
  entries: Map<string, Entry>;
  /** What is wrong with the archive behind its last member. */
  failure: SemblanceError | undefined;
  /** Ends with the last read that has begun. */
  turn: Promise<unknown>;
}

/** The lists that were read last, by the archive's path. */
const directories = new Map<string, { stamp: string; directory: Promise<Directory> }>();
/** Names of the members of archives that were listed, for those who cannot wait. */
const listed = new Map<string, { stamp: string; names: ReadonlySet<string> }>();

/** The path of a member. */
export function memberPath(archive: string, name: string): string {
  return archive + INSIDE + name;
}

/** The archive and the member that a path leads to; undefined where it leads to a file, or nowhere. */
export function memberOf(path: string): { archive: string; name: string } | undefined {
  if (!/![\\/]/.test(path) || isFile(path)) return undefined;
  for (const { index } of path.matchAll(/![\\/]/g)) {
    const archive = path.slice(0, index);
    if (isFile(archive)) return { archive, name: path.slice(index + 2).replaceAll('\\', '/') };
  }
  return undefined;
}

/** The file on the disk that a path leads to or into. */
export function diskPath(path: string): string {
  return memberOf(path)?.archive ?? path;
}

/** Whether an archive that was listed lacks a member; undefined where its list is not known. */
export function lacksMember(archive: string, name: string): boolean | undefined {
  const known = listed.get(archive);
  return known?.stamp === stampOf(archive) ? !known.names.has(name) : undefined;
}

/**
 * The members of an archive that are files, also those that cannot be read.
 * @returns `failure`: what is wrong with the archive itself; what stands before the damage is listed
 * @throws SemblanceError ARCHIVE_DAMAGED, ARCHIVE_UNSUPPORTED, ARCHIVE_UNSAFE, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function listArchive(
  archive: string,
): Promise<{ members: readonly Member[]; failure: SemblanceError | undefined }> {
  const { members, failure } = await directoryOf(archive);
  return { members, failure };
}

/**
 * A member's bytes, or the first of them, which are not checked.
 * @throws SemblanceError as `listArchive`, PATH_NOT_FOUND (there is no such member)
 */
export async function readMember(
  archive: string,
  name: string,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const directory = await directoryOf(archive);
  const { entries, members } = directory;
  const subject = memberPath(archive, name);
  const entry = entries.get(name);
  if (entry === undefined) {
    const refused = members.find((member) => member.name === name)?.refused;
    throw (
      refused ??
      new SemblanceError('PATH_NOT_FOUND', 'The archive has no such member.', { subject })
    );
  }
  // One after the other: the library fails on a stream that ends early while it waits for another.
  const read = directory.turn.then(() => unpacked(directory.zip, entry, most));
  directory.turn = read.catch(() => undefined);
  const bytes = await read.catch((error) => {
    throw wrong(error, subject);
  });
  if (bytes.length >= most) return bytes.subarray(0, most);
  if (crc32(bytes) === entry.crc32) return bytes;
  throw new SemblanceError('ARCHIVE_DAMAGED', 'Its bytes are not those that were packed.', {
    subject,
  });
}

/** The bytes of a member, or at least so many of them. */
async function unpacked(zip: ZipFile, entry: Entry, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of await zip.openReadStreamPromise(entry)) {
    pieces.push(piece);
    length += piece.length;
    if (length >= most) break;
  }
  return Buffer.concat(pieces);
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

/** Differs when an archive was replaced or written to. */
function stampOf(archive: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(archive, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    throw toSemblanceError(error, archive);
  }
}

async function directoryOf(archive: string): Promise<Directory> {
  const stamp = stampOf(archive);
  const known = directories.get(archive);
  if (known?.stamp === stamp) return known.directory;
  forget(archive);
  const directory = readDirectory(archive);
  directories.set(archive, { stamp, directory });
  for (const oldest of directories.keys()) if (directories.size > KEPT) forget(oldest);
  const { members } = await directory;
  listed.set(archive, { stamp, names: new Set(members.map(({ name }) => name)) });
  return directory;
}

/** Closes an archive when what is read of it has been read. */
function forget(archive: string): void {
  const known = directories.get(archive);
  directories.delete(archive);
  known?.directory.then(({ zip }) => zip.close()).catch(() => undefined);
}

async function readDirectory(archive: string): Promise<Directory> {
  const { getFileNameLowLevel, openPromise } = await import('yauzl');
  let zip: ZipFile;
  try {
    // Names are looked at here: one that is wrong is no reason to refuse the others.
    zip = await openPromise(archive, {
      ...{ autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: true },
    });
  } catch (error) {
    throw wrong(error, archive);
  }
  const directory: Directory = {
    zip,
    members: [],
    entries: new Map(),
    failure: undefined,
    turn: Promise.resolve(),
  };
  const places: [start: number, length: number][] = [];
  try {
    if (zip.entryCount > MOST_MEMBERS) throw unsafe(archive, `It has ${zip.entryCount} members.`);
    for await (const entry of zip.eachEntry()) {
      places.push([entry.relativeOffsetOfLocalHeader, LOCAL_HEADER + entry.compressedSize]);
      const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
      const written = getFileNameLowLevel(
        generalPurposeBitFlag,
        fileNameRaw,
        extraFields ?? [],
        false,
      );
      if (written.endsWith('/')) continue;
      addMember(directory, archive, written, entry);
    }
  } catch (error) {
    directory.failure = wrong(error, archive);
  }
  try {
    refuseOverlaps(archive, places);
    if (directory.failure?.code === 'ARCHIVE_UNSAFE') throw directory.failure;
  } catch (error) {
    zip.close();
    throw error;
  }
  return directory;
}

function addMember(
  { members, entries }: Directory,
  archive: string,
  written: string,
  entry: Entry,
): void {
  const name = posix.normalize(written);
  const known = entries.has(name);
  const { compressedSize, uncompressedSize: bytes, compressionMethod: method } = entry;
  const refuse = (code: SemblanceError['code'], why: string, as = name) => {
    const refused = new SemblanceError(code, why, { subject: memberPath(archive, as) });
    members.push({ name: as, bytes, refused });
  };
  if (/^(\.\.)?\/|^\.\.$|^[a-z]:|\0/i.test(name)) {
    refuse('ARCHIVE_UNSAFE', 'Its name leads out of the archive.', written.replaceAll('\0', ''));
  } else if (known) refuse('ARCHIVE_DAMAGED', 'Another member has the same name.');
  else if (entry.isEncrypted()) refuse('ARCHIVE_UNSUPPORTED', 'It is encrypted.');
  else if (method !== STORED && method !== DEFLATED) {
    refuse(
      'ARCHIVE_UNSUPPORTED',
      `It is packed by method ${method}; stored and deflated are read.`,
    );
  } else if (bytes > MOST_BYTES) {
    refuse('ARCHIVE_UNSAFE', `It would have ${bytes} bytes, and may have ${MOST_BYTES}.`);
  } else if (bytes > (compressedSize + 1) * MOST_INFLATED) {
    refuse('ARCHIVE_DAMAGED', `${compressedSize} bytes cannot become ${bytes}.`);
  } else {
    entries.set(name, entry);
    members.push({ name, bytes });
  }
}

/** Members that share their bytes are how a small archive becomes an endless one (Fifield 2019). */
function refuseOverlaps(archive: string, places: [start: number, length: number][]): void {
  places.sort(([a], [b]) => a - b);
  for (const [i, [start, length]] of places.entries()) {
    const next = places[i + 1]?.[0] ?? Number.POSITIVE_INFINITY;
    if (start + length > next) throw unsafe(archive, 'Some of its members share their bytes.');
  }
}

function unsafe(archive: string, why: string): SemblanceError {
  return new SemblanceError('ARCHIVE_UNSAFE', why, { subject: archive });
}

/** What the library says of an archive; trouble of the system is that of the file. */
function wrong(error: unknown, subject: string): SemblanceError {
  if (error instanceof SemblanceError) return error;
  if (/^E[A-Z0-9]+$/.test(systemCode(error) ?? '')) return toSemblanceError(error, subject);
  const { message } = error as Error;
  const code = /not supported|unsupported|multi-disk|encrypt/.test(message)
    ? 'ARCHIVE_UNSUPPORTED'
    : 'ARCHIVE_DAMAGED';
  const said = `${message.slice(0, 1).toUpperCase()}${message.slice(1, 200).replace(/\.$/, '')}.`;
  return new SemblanceError(code, said, { subject, cause: error });
}

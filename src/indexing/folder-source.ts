import { isUtf8 } from 'node:buffer';
import { constants, type Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join, relative, sep } from 'node:path';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { listArchive, memberOf, memberPath, readMember } from '../files/archive.ts';
import { detectFormat, IMAGE_EXTENSIONS } from '../images/format.ts';
import { HEAD_BYTES, kindOf } from '../images/kind.ts';
import type { ImageDescription } from '../store/records.ts';
import { forEach } from '../tables/files.ts';
import { absentFiles, isDirectoryFile } from './dicom-directory.ts';
import { escapedName } from './escaped-name.ts';
import { LeftOutCount } from './left-out.ts';
import { isLeftover } from './leftovers.ts';
import type { LinkedFolder, Source, SourceOptions } from './source.ts';

/** Without O_NONBLOCK, opening what has become a FIFO since it was listed would wait for a writer. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** Folders of the system that hold no files of a disk; reading some of them never ends. */
const SYSTEM_FOLDERS: ReadonlySet<string> = new Set(['/proc', '/sys', '/dev']);

/** A folder on the way. */
interface Folder {
  path: string;
  /** The same folder without links. */
  real: string;
}

/** A file, or a link, that was found. */
interface FoundFile {
  folder: Folder;
  name: string;
}

function pathOf({ folder, name }: FoundFile): string {
  return join(folder.path, name);
}

/**
 * Lists the pictures of a folder, recognised by their content; the label of each is the folder that it
 * lies in. Links are followed, each real folder and file being taken once; hidden files and what systems
 * leave behind are skipped unless `all` is set. Everything that is not listed is counted in `leftOut`,
 * or is a failure.
 * @param root absolute path
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readFolderSource(root: string, options: SourceOptions = {}): Promise<Source> {
  const walk = new Walk(root, options);
  await walk.run();
  return sourceOf(root, walk, walk.files.map(pathOf), options);
}

/**
 * The pictures among files.
 * @param root absolute path of the folder that they lie in
 * @param found what was found beside them, which is added to
 * @param paths absolute
 */
export async function sourceOf(
  root: string,
  { leftOut, linked, failures }: Pick<Walk, 'leftOut' | 'linked' | 'failures'>,
  paths: readonly string[],
  options: SourceOptions,
): Promise<Source> {
  const images: ImageDescription[] = [];
  const archives: string[] = [];
  const take = async (found: readonly string[]) => {
    const looked = await lookAt(found, options);
    for (const [i, path] of found.entries()) {
      const kind = looked[i] as string | SemblanceError;
      if (kind instanceof SemblanceError) failures.push(kind);
      else if (kind === ZIP && memberOf(path) === undefined) archives.push(path);
      else if (kind === IMAGE || IMAGE_EXTENSIONS.has(extname(path).toLowerCase())) {
        images.push(describeByPlace(root, path));
      } else leftOut.add(kind, placeIn(root, path));
    }
  };
  await take(paths);
  for (const archive of archives.sort()) {
    const { members, failure } = await listArchive(archive).catch((error) => ({
      members: [],
      failure: toSemblanceError(error, archive),
    }));
    if (failure !== undefined) failures.push(failure);
    const found: string[] = [];
    for (const { name, refused } of members) {
      const path = memberPath(archive, name);
      const isLeft =
        !options.all && name.split('/').some((part) => part !== '..' && isLeftover(part));
      if (isLeft) leftOut.add('leftover', placeIn(root, path));
      else if (refused === undefined) found.push(path);
      else failures.push(refused);
    }
    await take(found);
  }
  for (const path of paths.filter(isDirectoryFile)) {
    failures.push(...(await absentFiles(path)));
  }
  images.sort(byPath);
  return { root, images, failures, leftOut: leftOut.list(), linked };
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** Stands for every kind of picture that is read. */
const IMAGE = 'image';
const ZIP = 'ZIP';

/** The kind of each file by its first bytes, or why it cannot be read. */
async function lookAt(
  files: readonly string[],
  { onProgress }: SourceOptions,
): Promise<(string | SemblanceError)[]> {
  const kinds = new Array<string | SemblanceError>(files.length);
  const look = async (path: string, i: number) => {
    try {
      const head = await readHead(path);
      const kind = detectFormat(head) === undefined ? await kindOf(head) : IMAGE;
      kinds[i] = kind === 'DICOM' ? IMAGE : kind;
    } catch (error) {
      kinds[i] = toSemblanceError(error, path);
    }
  };
  await forEach(files, look, onProgress && ((done, total) => onProgress({ done, total })));
  return kinds;
}

async function readHead(path: string): Promise<Uint8Array> {
  const member = memberOf(path);
  if (member !== undefined) return readMember(member.archive, member.name, HEAD_BYTES);
  const file = await open(path, READ);
  try {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Finds the regular files below a folder. */
class Walk {
  readonly files: FoundFile[] = [];
  readonly leftOut = new LeftOutCount();
  readonly linked: LinkedFolder[] = [];
  readonly failures: SemblanceError[] = [];
  /** Links that were met, to be followed when all that is really here is known. */
  private links: FoundFile[] = [];
  /** Links to files, with the files' real paths. */
  private readonly fileLinks: (FoundFile & { real: string })[] = [];
  /** Real paths of the folders that were entered. */
  private readonly entered = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly options: SourceOptions,
  ) {}

  async run(): Promise<void> {
    const real = await realpath(this.root).catch((error) => {
      throw toSemblanceError(error, this.root);
    });
    await this.enter({ path: this.root, real });
    // A linked folder may hold links itself.
    while (this.links.length > 0) {
      const links = this.links.splice(0).sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
      for (const link of links) await this.follow(link, real);
    }
    this.takeLinkedFiles();
  }

  private async enter(start: Folder): Promise<void> {
    const folders = [start];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      if (this.entered.has(folder.real)) {
        this.leftOut.add('seen', placeIn(this.root, folder.path));
        continue;
      }
      if (SYSTEM_FOLDERS.has(folder.real)) {
        this.leftOut.add('system folder', placeIn(this.root, folder.path));
        continue;
      }
      this.entered.add(folder.real);
      try {
        for (const entry of await entriesOf(folder.path)) {
          if (typeof entry === 'string') this.refuse(entry, folder);
          else this.sort(entry, folder, folders);
        }
      } catch (error) {
        const failure = toSemblanceError(error, folder.path);
        if (folder.path === this.root) throw failure;
        this.failures.push(failure);
      }
      this.options.onProgress?.({ done: this.files.length, total: undefined });
    }
  }

  private sort(entry: Dirent, folder: Folder, folders: Folder[]): void {
    const { name } = entry;
    const path = join(folder.path, name);
    if (!this.options.all && isLeftover(name)) {
      this.leftOut.add('leftover', placeIn(this.root, path) + (entry.isDirectory() ? '/' : ''));
    } else if (entry.isDirectory()) folders.push({ path, real: join(folder.real, name) });
    else if (entry.isSymbolicLink()) this.links.push({ folder, name });
    else if (entry.isFile()) this.files.push({ folder, name });
    else this.leftOut.add(specialKind(entry), placeIn(this.root, path));
  }

  private async follow(link: FoundFile, realRoot: string): Promise<void> {
    const path = pathOf(link);
    const place = placeIn(this.root, path);
    try {
      const target = await stat(path);
      const real = await realpath(path);
      if (target.isFile()) this.fileLinks.push({ ...link, real });
      else if (!target.isDirectory()) this.leftOut.add(specialKind(target), place);
      else if (this.entered.has(real)) this.leftOut.add('seen', place);
      else if (isAbove(real, realRoot)) this.leftOut.add('folder above', place);
      else {
        this.linked.push({ path: place, target: real });
        await this.enter({ path, real });
      }
    } catch (error) {
      const { code, message } = toSemblanceError(error, path);
      const detail = systemCode(error) === 'ENOENT' ? 'It is a link that leads nowhere.' : message;
      this.failures.push(new SemblanceError(code, detail, { subject: path, cause: error }));
    }
  }

  /** Takes the files that only links lead to, each once. */
  private takeLinkedFiles(): void {
    if (this.fileLinks.length === 0) return;
    const known = new Set(this.files.map(({ folder, name }) => join(folder.real, name)));
    for (const { real, ...link } of this.fileLinks) {
      if (known.has(real)) this.leftOut.add('seen', placeIn(this.root, pathOf(link)));
      else this.files.push(link);
      known.add(real);
    }
  }

  /** @param name escaped, because it is not UTF-8 */
  private refuse(name: string, folder: Folder): void {
    const path = join(folder.path, name);
    if (!this.options.all && isLeftover(name)) {
      this.leftOut.add('leftover', placeIn(this.root, path));
      return;
    }
    this.failures.push(
      new SemblanceError('PATH_NOT_UTF8', 'Its name is not UTF-8.', { subject: path }),
    );
  }
}

/**
 * What a folder holds, sorted by name; of a name that is not UTF-8 only the name, its other bytes
 * escaped.
 */
async function entriesOf(folder: string): Promise<(Dirent | string)[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  // Wrong bytes were read as this character; only then it is worth reading the folder again as bytes.
  if (!entries.some(({ name }) => name.includes('\ufffd'))) return entries;
  const names = await readdir(folder, { encoding: 'buffer' });
  const wrong = names.flatMap((name) => escapedName(name) ?? []);
  const right = new Set(names.filter((name) => isUtf8(name)).map((name) => name.toString()));
  // Taken once: a wrong name may have been read as a right one.
  return [...entries.filter(({ name }) => right.delete(name)), ...wrong.sort()];
}

type Special = Pick<Dirent, 'isFIFO' | 'isSocket'>;

/** What is never opened: reading it would wait, or ask a device. */
function specialKind(entry: Special): string {
  if (entry.isFIFO()) return 'FIFO';
  return entry.isSocket() ? 'socket' : 'device';
}

function isAbove(folder: string, other: string): boolean {
  return other === folder || other.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function placeIn(root: string, file: string): string {
  return relative(root, file).split(sep).join('/');
}

function describeByPlace(root: string, file: string): ImageDescription {
  const path = placeIn(root, file);
  // A folder of an archive is one as others are.
  const folder = dirname(path.replace(/[^/]*!\//, ''));
  return {
    path,
    patient: null,
    study: null,
    series: null,
    labels: folder === '.' ? [] : [folder],
    metadata: {},
  };
}

import { alongNormal } from '../../../src/domain/position.ts';

/** A file of the reader's own; it is read when it is needed. */
export interface OwnFile {
  name: string;
  size: number;
  read: () => Promise<File>;
}

/** Files that belong together, in their order. */
export interface OwnSeries {
  /** What they are; nothing of it is about a person. */
  title: string;
  files: readonly OwnFile[];
}

/** Files that were given together. */
export interface OwnPictures {
  series: readonly OwnSeries[];
  leftOut: readonly LeftOut[];
}

/** What is no picture, by kind. */
export interface LeftOut {
  kind: string;
  count: number;
  /** Names of the first. */
  examples: readonly string[];
}

/** What a file is by its first bytes. */
type Kind = 'dicom' | 'picture' | 'zip' | 'other';

/** A file with what its first bytes say. */
interface Found {
  file: OwnFile;
  kind: Kind;
  /** Of DICOM, where it can be read here. */
  header: Header | null;
}

/** So many names stand for what is left out. */
const EXAMPLES = 2;

/** So much of a file tells what it is, and usually where it stands in its series. */
const HEAD = 128 * 1024;

/** Numbers in names count as numbers. */
const byName = new Intl.Collator('en', { numeric: true });

/** Names that systems leave behind. */
const SYSTEM = /^(\.|~\$|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i;

/** What a file is stands in so many first bytes. */
const MAGIC_BYTES = 132;

const MAGIC: readonly (readonly [Kind, number, string])[] = [
  ['dicom', 128, 'DICM'],
  ['zip', 0, 'PK\x03\x04'],
  ['zip', 0, 'PK\x05\x06'],
  ['picture', 0, '\x89PNG'],
  ['picture', 0, '\xff\xd8\xff'],
  ['picture', 8, 'WEBP'],
  ['picture', 0, 'II*\0'],
  ['picture', 0, 'MM\0*'],
  ['picture', 0, 'II+\0'],
  ['picture', 0, 'MM\0+'],
  ['picture', 0, 'BM'],
  // DICOM without a preamble: it begins with group 2 or 8, in either order of bytes.
  ['dicom', 0, '\x02\0\0\0'],
  ['dicom', 0, '\x08\0'],
  ['dicom', 0, '\0\x08\0'],
];

/**
 * What a file is.
 * @param start its first bytes
 * @testing
 */
export function kindOf(start: Uint8Array): Kind {
  const found = MAGIC.find(([, at, text]) =>
    [...text].every((letter, i) => start[at + i] === letter.charCodeAt(0)),
  );
  return found?.[0] ?? 'other';
}

/**
 * The pictures among files, DICOM by series and in the order of their positions; ZIPs are looked into. A single file
 * is always taken: the server says what it is.
 */
export async function sortFiles(files: readonly File[]): Promise<OwnPictures> {
  const leftOut = new Leaving();
  const leave = (kind: string, name: string) => leftOut.leave(kind, name);
  const found: Found[] = [];
  const look = async (file: OwnFile, isInZip: boolean): Promise<void> => {
    const name = baseName(file.name);
    if (SYSTEM.test(name) || file.name.includes('__MACOSX/')) return leave('system file', name);
    try {
      const head = await headOf(file);
      const kind = kindOf(head);
      if (kind !== 'zip') {
        const header = kind === 'dicom' ? await headerOf(file, head) : null;
        found.push({ file: { ...file, name }, kind, header });
      } else if (isInZip) leave('ZIP in a ZIP', name);
      else {
        const { openZip } = await import('./zip.ts');
        for (const entry of await openZip(await file.read(), leave)) await look(entry, true);
      }
    } catch {
      leave('unreadable file', name);
    }
  };
  const named = files.map(plain).sort((a, b) => byName.compare(a.name, b.name));
  for (const file of named) await look(file, false);
  const alone = files.length === 1 && found.length === 1;
  const kept = found.filter(({ file, kind, header }) => {
    const why = kind === 'other' ? 'no picture' : 'DICOM without a picture';
    const isPicture = kind !== 'other' && header?.isPicture !== false;
    if (alone || isPicture) return true;
    leave(why, file.name);
    return false;
  });
  return {
    series: inSeries(kept),
    leftOut: leftOut.list(),
  };
}

/** Files that can be sent to be indexed, with their bytes, and what is left out of those that were given. */
export interface Sendable {
  files: readonly File[];
  bytes: number;
  leftOut: readonly LeftOut[];
}

/**
 * What of these files can be sent to be indexed: pictures, DICOM and ZIPs.
 * @param largest bytes of the largest file that is taken
 */
export async function sendable(files: readonly File[], largest: number): Promise<Sendable> {
  const kept: File[] = [];
  const leftOut = new Leaving();
  const limit = (largest / 1e6).toFixed(largest < 10e6 ? 1 : 0);
  for (const file of files) {
    const { name, size } = file;
    if (SYSTEM.test(name)) leftOut.leave('system file', name);
    else if (size > largest) {
      leftOut.leave(`file of more than the ${limit} MB that are taken`, name);
    } else {
      const kind = await kindOfFile(file);
      if (kind === null) leftOut.leave('unreadable file', name);
      else if (kind === 'other') leftOut.leave('no picture', name);
      else kept.push(file);
    }
  }
  const bytes = kept.reduce((sum, { size }) => sum + size, 0);
  return { files: kept, bytes, leftOut: leftOut.list() };
}

/** What a file is; null where it cannot be read. */
async function kindOfFile(file: File): Promise<Kind | null> {
  try {
    return kindOf(new Uint8Array(await file.slice(0, MAGIC_BYTES).arrayBuffer()));
  } catch {
    return null;
  }
}

/** Counts what is left out. */
class Leaving {
  private readonly names = new Map<string, string[]>();

  leave(kind: string, name: string): void {
    const names = this.names.get(kind);
    if (names === undefined) this.names.set(kind, [name]);
    else names.push(name);
  }

  list(): LeftOut[] {
    return [...this.names].map(([kind, names]) => ({
      kind,
      count: names.length,
      examples: names.slice(0, EXAMPLES),
    }));
  }
}

/** What was left out, in words; empty for nothing. */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  const parts = leftOut.map(({ kind, count, examples }) => {
    const more = count > examples.length ? ', …' : '';
    return `${count} × ${kind} (${examples.join(', ')}${more})`;
  });
  return parts.length === 0 ? '' : `Left out: ${parts.join('; ')}`;
}

function inSeries(kept: readonly Found[]): OwnSeries[] {
  const sorted = [...kept].sort((a, b) => byName.compare(a.file.name, b.file.name));
  const series = new Map<string, { title: string; files: { file: OwnFile; at: number }[] }>();
  for (const { file, kind, header } of sorted) {
    const title = header?.modality ?? (kind === 'dicom' ? 'DICOM' : 'Pictures');
    const key = header?.series ?? title;
    const group = series.get(key) ?? { title, files: [] };
    group.files.push({ file, at: header?.position ?? Number.POSITIVE_INFINITY });
    series.set(key, group);
  }
  return [...series.values()].map(({ title, files }) => ({
    title,
    // What has no position comes last, by name.
    files: files.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map(({ file }) => file),
  }));
}

/** What tells where a file belongs. It stays in this page. */
interface Header {
  series: string | undefined;
  position: number | undefined;
  modality: string | undefined;
  isPicture: boolean;
}

/** The header of a DICOM file; null where the browser cannot read it, which the server may still do. */
async function headerOf(file: OwnFile, head: Uint8Array): Promise<Header | null> {
  const { parseDicom } = await import('dicom-parser');
  const read = (bytes: Uint8Array): Header => {
    const data = parseDicom(bytes, { untilTag: 'x7fe00010' });
    const numbers = (tag: string) => (data.string(tag) ?? '').split('\\').map(Number);
    const number = Number(data.string('x00200013') ?? Number.NaN);
    const modality = data.string('x00080060') ?? '';
    return {
      series: data.string('x0020000e'),
      position:
        alongNormal(numbers('x00200032'), numbers('x00200037')) ??
        (Number.isFinite(number) ? number : undefined),
      // Free text could be anything.
      modality: /^[A-Z]{2,8}$/.test(modality) ? modality : undefined,
      isPicture: (data.uint16('x00280010') ?? 0) > 0,
    };
  };
  try {
    return read(head);
  } catch {
    if (file.size <= head.length) return null;
  }
  try {
    return read(new Uint8Array(await (await file.read()).arrayBuffer()));
  } catch {
    return null;
  }
}

function plain(file: File): OwnFile {
  const name = file.webkitRelativePath || file.name;
  return { name, size: file.size, read: async () => file };
}

async function headOf(file: OwnFile): Promise<Uint8Array> {
  return new Uint8Array(await (await file.read()).slice(0, HEAD).arrayBuffer());
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

import type { Command } from 'commander';
import { toSemblanceError } from '../../domain/errors/error.ts';
import { contentHash, readImageFile } from '../../images/read.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import type { GlobalOptions } from '../options.ts';
import { errorData, print } from '../output.ts';
import { ProgressLine } from '../progress.ts';

/** What `check` says of a collection. */
interface CheckResult {
  collection: string;
  faults: string[];
  more: number;
  unproved: string[];
  images: number;
  /** Files that are gone or not as they were indexed; null when they were not read. */
  files: { changed: string[]; unreadable: string[] } | null;
}

/** `semblance check`: whether collections are whole. */
export function addCheckCommand(command: Command): void {
  command
    .argument('[collections...]', 'their names; all by default')
    .option('--files', "also read every image's file and compare it with what was indexed")
    .action(async (names: string[], options: { files?: boolean }, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const home = new DataDirectory(folder);
      const results: CheckResult[] = [];
      for (const name of names.length > 0 ? names : home.collections()) {
        results.push(await check(home, name, options.files ?? false));
      }
      print(
        json,
        { collections: results },
        () => results.flatMap(text).join('\n') || 'No collection yet.',
      );
      const isWhole = ({ faults, files }: CheckResult) =>
        faults.length === 0 && (files?.changed.length ?? 0) + (files?.unreadable.length ?? 0) === 0;
      if (!results.every(isWhole)) process.exitCode = 1;
    });
}

async function check(home: DataDirectory, name: string, withFiles: boolean): Promise<CheckResult> {
  let store: CollectionStore | undefined;
  const progress = new ProgressLine('images');
  try {
    store = home.open(name);
    const integrity = store.check((done, total) => progress.update(done, total, `, ${name}`));
    const files = withFiles ? await checkFiles(store) : null;
    return { collection: name, ...integrity, files };
  } catch (error) {
    const { title, detail, code } = errorData(toSemblanceError(error, name));
    if (code === 'COLLECTION_NOT_FOUND' || code === 'COLLECTION_NAME_INVALID') throw error;
    const faults = [`${title}: ${detail}`];
    return { collection: name, faults, more: 0, unproved: [], images: 0, files: null };
  } finally {
    progress.end();
    store?.close();
  }
}

/** Reads the files of a collection one after the other. */
async function checkFiles(store: CollectionStore): Promise<CheckResult['files']> {
  const found = { changed: [] as string[], unreadable: [] as string[] };
  const progress = new ProgressLine('files');
  const places = store.sources.list().flatMap(({ id }) => store.sources.placesOfSource(id));
  for (const [i, { id, file }] of places.entries()) {
    try {
      const bytes = await readImageFile(file);
      if (contentHash(bytes) !== store.images.fileHash(id)) found.changed.push(file);
    } catch {
      found.unreadable.push(file);
    }
    progress.update(i + 1, places.length);
  }
  progress.end();
  return found;
}

function text({ collection, faults, more, unproved, images, files }: CheckResult): string[] {
  const listed = (names: string[], what: string) =>
    names.length === 0
      ? []
      : [`  ${names.length} files ${what}, for instance ${names.slice(0, 3).join(', ')}`];
  return [
    faults.length === 0
      ? `${collection}: ${images} images, whole.`
      : `${collection}: DAMAGED. Restore it from a backup, or index its images again.`,
    ...faults.map((fault) => `  ${fault}`),
    ...(more > 0 ? [`  ... and ${more} more`] : []),
    ...(unproved.length > 0
      ? [
          `  The embeddings of ${unproved.join(', ')} were written before sums of them were kept: ` +
            'what they were like then is not known; from now on it is.',
        ]
      : []),
    ...(files === null
      ? []
      : [
          ...listed(files.changed, 'are not as they were indexed'),
          ...listed(files.unreadable, 'cannot be read'),
        ]),
  ];
}

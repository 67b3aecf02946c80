import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { File } from 'h5wasm/node';
import { SemblanceError } from '../../domain/errors/error.ts';
import { toFloats } from '../../encoding/checkpoints/dtype.ts';
import type { RangeFile } from '../../encoding/checkpoints/file.ts';
import type { CheckpointDtype } from '../../encoding/checkpoints/tensor-source.ts';
import { MAX_DIMENSION } from './matrix-builder.ts';

type Library = typeof import('h5wasm/node');
type Module = Awaited<Library['ready']>;

const FLOATS: Readonly<Record<number, CheckpointDtype>> = { 2: 'F16', 4: 'F32', 8: 'F64' };

/**
 * Files whose reading failed, by inode. An error leaves them open in the library, which would answer
 * from what it remembers even if the file has been replaced.
 */
const failed = new Set<string>();

/** Where the decoders of filters lie that HDF5 itself does not have. */
const PLUGINS = join(dirname(fileURLToPath(import.meta.resolve('h5wasm-plugins'))), 'plugins');

/** The library as it is used here. */
export interface Hdf5 {
  module: Module;
  File: Library['File'];
  /** Files that the library wanted to open and was not let. */
  denied: string[];
  /** The one file that may be opened beside the decoders. */
  allow(path: string): void;
}

let loaded: Promise<Hdf5> | undefined;

/** Loaded when needed, because it takes its time; it prints errors and goes on, unless told to throw. */
export function library(): Promise<Hdf5> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Hdf5> {
  const { ready, File } = await import('h5wasm/node');
  const module = await ready;
  module.activate_throwing_error_handler();
  // Those that the library was built with are folders of another machine.
  for (const _ of module.get_plugin_search_paths()) module.remove_plugin_search_path(0);
  module.insert_plugin_search_path(PLUGINS, 0);
  const denied: string[] = [];
  let allowed = '';
  // A file may name others, to be read as parts of it: links, external storage, virtual data sets.
  // Nothing of the machine comes into a collection that way.
  const files = module.FS as typeof module.FS & { ErrnoError: new (code: number) => Error };
  const open = files.open.bind(files);
  files.open = (path: string, ...rest) => {
    const full = resolve(path);
    const mayBe = full === allowed || full === PLUGINS || dirname(full) === PLUGINS;
    if (!mayBe && !isFreshErrorText(full)) {
      denied.push(path);
      throw new files.ErrnoError(NO_ENTRY);
    }
    return open(path, ...rest);
  };
  return { module, File, denied, allow: (path) => (allowed = resolve(path)) };
}

/** The library writes the text of an error to a new file first. */
function isFreshErrorText(path: string): boolean {
  return path.startsWith('/tmp/tmpfile_') && dirname(path) === '/tmp' && !existsSync(path);
}

/** The number of "no such file" in the library's system. */
const NO_ENTRY = 44;

/** Filters by their registered numbers: those that can be undone, and the names of usual others. */
const READ = new Set([
  ...[1, 2, 3, 4, 5, 6],
  ...[307, 32000, 32001, 32004, 32008, 32013, 32015, 32019, 32022, 32023, 32026],
]);
const FILTERS: Readonly<Record<number, string>> = {
  305: 'LZO',
  32002: 'MAFISC',
  32003: 'Snappy',
  32006: 'FPZIP',
  32007: 'APAX',
  32009: 'SPDP',
  32010: 'LPC-Rice',
  32011: 'CCSDS-123',
  32012: 'JPEG-LS',
  32014: 'FCIDECOMP',
  32016: 'JPEG',
  32017: 'SZ',
  32018: 'FCIDECOMP',
  32020: 'VBZ',
  32021: 'FAPEC',
  32024: 'SZ3',
  32025: 'Delta-Rice',
  32027: 'JPEG XL',
  32028: 'SPERR',
  32029: 'TERSE',
};

/** The library's own words are a page long; the innermost reason stands last. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const frames = [...text.matchAll(/^ +#\d+: .*?\(\): (.*)$/gm)];
  return frames.at(-1)?.[1] ?? text.split('\n')[0] ?? '';
}

/** A file that the library has open. */
export class LibraryFile {
  private constructor(
    private readonly hdf5: Hdf5,
    private readonly file: File,
    private readonly range: RangeFile,
    private readonly identity: string,
  ) {
    this.buffer = hdf5.module._malloc(MAX_DIMENSION * 8);
  }

  private readonly buffer: number;

  /** @throws SemblanceError EMBEDDINGS_INVALID */
  static async open(range: RangeFile): Promise<LibraryFile> {
    const { dev, ino } = statSync(range.path);
    const identity = `${dev}:${ino}`;
    if (failed.has(identity)) {
      throw range.invalid('Reading it failed before in this process; start the program again.');
    }
    const hdf5 = await library();
    hdf5.allow(range.path);
    return guarded(range, identity, () => {
      const file = new hdf5.File(resolve(range.path), 'r');
      return new LibraryFile(hdf5, file, range, identity);
    });
  }

  /** Names of everything in the file but of groups that have members. */
  names(): string[] {
    const { hdf5, file } = this;
    const all = this.guarded(() => hdf5.module.get_names(file.file_id, '/', true));
    // They come depth first, so a group with members stands right before one of them.
    return all.filter((name, i) => !all[i + 1]?.startsWith(`${name}/`));
  }

  /**
   * The floats of a data set, or why it is no embedding.
   * @throws SemblanceError EMBEDDINGS_UNSUPPORTED that names a filter, EMBEDDINGS_INVALID
   */
  vector(name: string): Float32Array | string {
    const { hdf5, file, buffer, range } = this;
    hdf5.denied.length = 0;
    return this.guarded(() =>
      readVector(hdf5.module, file.file_id, name, buffer, hdf5.denied, range.path),
    );
  }

  close(): void {
    this.hdf5.module._free(this.buffer);
    this.file.close();
  }

  private guarded<T>(work: () => T): T {
    return guarded(this.range, this.identity, work);
  }
}

/** Gives an error of the library its code, and remembers its file. */
function guarded<T>(range: RangeFile, identity: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    failed.add(identity);
    if (cause instanceof SemblanceError) throw cause;
    throw range.invalid(`The HDF5 library says: ${reasonOf(cause)}.`, cause);
  }
}

/**
 * The floats of a data set, or why it is no embedding.
 * @param denied other files that reading it would have opened
 * @throws SemblanceError EMBEDDINGS_UNSUPPORTED that names a filter
 */
function readVector(
  module: Module,
  fileId: bigint,
  name: string,
  buffer: number,
  denied: readonly string[],
  path: string,
): Float32Array | string {
  let metadata: ReturnType<Module['get_dataset_metadata']>;
  try {
    metadata = module.get_dataset_metadata(fileId, name);
  } catch (error) {
    if (denied.length > 0) return elsewhere(denied);
    // An empty group or a link to nowhere is no damage; a data set that cannot be opened is.
    if (module.get_type(fileId, name) === module.H5G_DATASET) throw error;
    return 'It is not a data set.';
  }
  const { shape, type, size } = metadata;
  const dtype = FLOATS[size];
  if (type !== module.H5T_class_t.H5T_FLOAT.value || dtype === undefined) {
    return 'It does not hold floating-point numbers.';
  }
  const length = shape?.reduce((product, side) => product * side, 1) ?? 0;
  if (shape === null || length > MAX_DIMENSION || shape.at(-1) !== length) {
    return `Its shape is [${shape ?? ''}], not [dimension] or [1, dimension].`;
  }
  // Absent sources would read as zeros.
  const sources = metadata.virtual_sources?.map(({ file_name }) => file_name) ?? [];
  if (sources.some((source) => source !== '.')) return elsewhere(sources);
  try {
    module.get_dataset_data(fileId, name, null, null, null, BigInt(buffer));
  } catch (error) {
    if (denied.length > 0) return elsewhere(denied);
    const filters = module.get_dataset_filters(fileId, name);
    const unknown = filters.filter(({ id }) => !READ.has(id));
    if (unknown.length === 0) throw error;
    const texts = unknown.map((filter) => `${FILTERS[filter.id] ?? filter.name} (${filter.id})`);
    throw new SemblanceError(
      'EMBEDDINGS_UNSUPPORTED',
      `Its data set "${name}" is compressed by ${texts.join(' and ')}, which cannot be read: write it with gzip, LZF, zstd or Blosc.`,
      { subject: path, cause: error },
    );
  }
  return toFloats(module.HEAPU8.subarray(buffer, buffer + length * size), dtype);
}

/** Why data that a file does not hold itself are not read. */
function elsewhere(files: readonly string[]): string {
  return `Its numbers lie in another file ("${files[0]}"), which is not read: copy them into this one.`;
}

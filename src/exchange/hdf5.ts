import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { File } from 'h5wasm/node';
import { toFloats } from '../checkpoints/dtype.ts';
import { RangeFile } from '../checkpoints/file.ts';
import type { CheckpointDtype } from '../checkpoints/tensor-source.ts';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { EmbeddingMatrix } from './embedding-matrix.ts';
import { MAX_DIMENSION, type MatrixBuilder, type ReadOptions } from './matrix-builder.ts';

type Library = typeof import('h5wasm/node');
type Module = Awaited<Library['ready']>;

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const FLOATS: Readonly<Record<number, CheckpointDtype>> = { 2: 'F16', 4: 'F32', 8: 'F64' };

/**
 * Files whose reading failed, by inode. An error leaves them open in the library, which would answer
 * from what it remembers even if the file has been replaced.
 */
const failed = new Set<string>();

/** Loaded when needed, because it takes its time; it prints errors and goes on, unless told to throw. */
async function library(): Promise<{ module: Module; File: Library['File'] }> {
  const { ready, File } = await import('h5wasm/node');
  const module = await ready;
  module.activate_throwing_error_handler();
  return { module, File };
}

/** The library's own words are a page long; the innermost reason stands last. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const frames = [...text.matchAll(/^ +#\d+: .*?\(\): (.*)$/gm)];
  return frames.at(-1)?.[1] ?? text.split('\n')[0] ?? '';
}

/**
 * Reads the study's layout: each image's path is the path of a data set of [dimension] or
 * [1, dimension] floats of 16, 32 or 64 bits, so its folders are groups. Other objects are listed.
 * The file is read where it lies, one data set at a time, never as a whole.
 * @throws SemblanceError EMBEDDINGS_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readHdf5(
  path: string,
  builder: MatrixBuilder,
  { onProgress }: ReadOptions = {},
): Promise<void> {
  const range = new RangeFile(path, 'EMBEDDINGS_INVALID');
  try {
    if (!range.read(0, SIGNATURE.length).equals(SIGNATURE)) {
      throw range.invalid('It does not begin like an HDF5 file.');
    }
  } finally {
    range.close();
  }
  const { dev, ino } = statSync(path);
  const identity = `${dev}:${ino}`;
  if (failed.has(identity)) {
    throw range.invalid('Reading it failed before in this process; start the program again.');
  }
  const { module, File } = await library();
  let file: File | undefined;
  const buffer = module._malloc(MAX_DIMENSION * 8);
  try {
    file = new File(resolve(path), 'r');
    const all = module.get_names(file.file_id, '/', true);
    // They come depth first, so a group with members stands right before one of them.
    const names = all.filter((name, i) => !all[i + 1]?.startsWith(`${name}/`));
    for (const [i, name] of names.entries()) {
      const vector = readVector(module, file.file_id, name, buffer);
      if (typeof vector === 'string') builder.exclude(name, vector, path);
      else builder.add(name, vector, path);
      onProgress?.(i + 1, names.length);
    }
  } catch (cause) {
    failed.add(identity);
    throw range.invalid(`The HDF5 library says: ${reasonOf(cause)}.`, cause);
  } finally {
    module._free(buffer);
    file?.close();
  }
}

/** The floats of a data set, or why it is no embedding. */
function readVector(
  module: Module,
  fileId: bigint,
  name: string,
  buffer: number,
): Float32Array | string {
  let metadata: ReturnType<Module['get_dataset_metadata']>;
  try {
    metadata = module.get_dataset_metadata(fileId, name);
  } catch (error) {
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
  module.get_dataset_data(fileId, name, null, null, null, BigInt(buffer));
  return toFloats(module.HEAPU8.subarray(buffer, buffer + length * size), dtype);
}

/**
 * Writes the study's layout: one data set of [dimension] 32-bit floats for each path.
 * @throws SemblanceError EMBEDDINGS_UNSUPPORTED when a path is also the folder of another, DISK_FULL
 */
export async function writeHdf5(path: string, matrix: EmbeddingMatrix): Promise<void> {
  const { module, File } = await library();
  const part = `${resolve(path)}.part`;
  let file: File | undefined;
  let current = '';
  try {
    // The system says better than the library why a file cannot be made.
    closeSync(openSync(part, 'w'));
    file = new File(part, 'w');
    const groups = new Set(['']);
    for (const [row, name] of matrix.paths.entries()) {
      current = name;
      const steps = name.split('/').filter((step) => step !== '' && step !== '.');
      let group = '';
      for (const step of steps.slice(0, -1)) {
        group += `/${step}`;
        if (groups.has(group)) continue;
        module.create_group(file.file_id, group, false);
        groups.add(group);
      }
      const at = row * matrix.dimension;
      file.create_dataset({
        name: steps.join('/'),
        data: matrix.values.subarray(at, at + matrix.dimension),
      });
    }
    current = '';
    file.close();
    file = undefined;
    renameSync(part, path);
  } catch (cause) {
    if (current === '') throw toSemblanceError(cause, path);
    const full = /No space left|ENOSPC/.test(String(cause));
    throw new SemblanceError(
      full ? 'DISK_FULL' : 'EMBEDDINGS_UNSUPPORTED',
      `HDF5 cannot hold "${current}": ${reasonOf(cause)}.`,
      { subject: path, cause },
    );
  } finally {
    file?.close();
    rmSync(part, { force: true });
  }
}

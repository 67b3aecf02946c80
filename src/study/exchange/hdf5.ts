import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { File } from 'h5wasm/node';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { toFloats } from '../../encoding/checkpoints/dtype.ts';
import { RangeFile } from '../../encoding/checkpoints/file.ts';
import { Slices } from '../../runtime/slices.ts';
import { ClassicHdf5 } from './classic-hdf5.ts';
import { LibraryFile, library, reasonOf } from './hdf5-library.ts';
import type { EmbeddingSink, ReadOptions } from './matrix-builder.ts';
import { piecesOf, type Rows } from './row-pieces.ts';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Reads the study's layout: each image's path is the path of a data set of [dimension] or
 * [1, dimension] floats of 16, 32 or 64 bits, so its folders are groups. Other objects are listed.
 * The file is read where it lies, one data set at a time, never as a whole; where its groups are in the form that
 * h5py writes, nothing is held of it but the names of one group.
 * What other files hold is never read. LZF, zstd, Blosc, Bitshuffle, LZ4, bzip2 and ZFP are undone beside HDF5's own filters.
 * @throws SemblanceError EMBEDDINGS_INVALID, EMBEDDINGS_UNSUPPORTED (another filter, by name),
 *   PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readHdf5(
  path: string,
  builder: EmbeddingSink,
  { onProgress, signal }: ReadOptions = {},
): Promise<void> {
  const range = new RangeFile(path, 'EMBEDDINGS_INVALID');
  const slices = new Slices(signal);
  let other: LibraryFile | undefined;
  const viaLibrary = async (name: string) => {
    other ??= await LibraryFile.open(range);
    const vector = other.vector(name);
    if (typeof vector === 'string') builder.exclude(name, vector, path);
    else builder.add(name, vector, path);
  };
  try {
    if (!hasSignature(range)) throw range.invalid('It does not begin like an HDF5 file.');
    const classic = ClassicHdf5.open(range);
    if (classic === undefined) {
      other = await LibraryFile.open(range);
      const names = other.names();
      for (let i = builder.pass(); i < names.length; i++) {
        await viaLibrary(names[i] as string);
        onProgress?.(i + 1, names.length);
        if (slices.over()) await slices.pause();
      }
      return;
    }
    let done = builder.pass();
    for (const { name, vector } of classic.members(done)) {
      if (vector === undefined) await viaLibrary(name);
      else builder.add(name, toFloats(classic.bytes(vector), vector.dtype), path);
      done += 1;
      onProgress?.(done, classic.count);
      if (slices.over()) await slices.pause();
    }
  } finally {
    other?.close();
    range.close();
  }
}

/** The signature stands at the beginning, or after a block of the user's of 512 bytes, 1024, 2048, ... */
function hasSignature(file: RangeFile): boolean {
  for (let at = 0; at + SIGNATURE.length <= file.size; at = at === 0 ? 512 : 2 * at) {
    if (file.read(at, SIGNATURE.length).equals(SIGNATURE)) return true;
  }
  return false;
}

/**
 * Writes the study's layout: one data set of [dimension] 32-bit floats for each path.
 * @throws SemblanceError EMBEDDINGS_UNSUPPORTED when a path is also the folder of another, DISK_FULL
 */
export async function writeHdf5(path: string, rows: Rows): Promise<void> {
  const { paths, dimension } = rows;
  const { module, File, allow } = await library();
  const part = `${resolve(path)}.part`;
  allow(part);
  let file: File | undefined;
  let current = '';
  try {
    // The system says better than the library why a file cannot be made.
    closeSync(openSync(part, 'w'));
    file = new File(part, 'w');
    const groups = new Set(['']);
    const add = (name: string, data: Float32Array) => {
      current = name;
      const steps = name.split('/').filter((step) => step !== '' && step !== '.');
      let group = '';
      for (const step of steps.slice(0, -1)) {
        group += `/${step}`;
        if (groups.has(group)) continue;
        module.create_group((file as File).file_id, group, false);
        groups.add(group);
      }
      file?.create_dataset({ name: steps.join('/'), data });
      current = '';
    };
    let row = 0;
    for await (const values of piecesOf(rows)) {
      for (let at = 0; at < values.length; at += dimension) {
        add(paths[row++] as string, values.subarray(at, at + dimension));
      }
    }
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

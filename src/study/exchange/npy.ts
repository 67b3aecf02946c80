import { extname } from 'node:path';
import { SemblanceError } from '../../domain/errors/error.ts';
import { DTYPE_BYTES } from '../../encoding/checkpoints/dtype.ts';
import { RangeFile } from '../../encoding/checkpoints/file.ts';
import type { CheckpointDtype } from '../../encoding/checkpoints/tensor-source.ts';
import { sinkFloats, writeWhole, writeWholeAwaiting } from '../../files/write-file.ts';
import { Slices } from '../../runtime/slices.ts';
import { type EmbeddingSink, MAX_DIMENSION, type ReadOptions } from './matrix-builder.ts';
import { findPathList, pathListText, readPathList } from './path-list.ts';
import { piecesOf, type Rows } from './row-pieces.ts';
import { type RowLayout, rowsOf } from './rows.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** Headers of matrices are some hundred bytes; longer ones describe records. */
const LONGEST_HEADER = 65_536;
const FLOATS: Readonly<Record<string, CheckpointDtype>> = { f2: 'F16', f4: 'F32', f8: 'F64' };

/** The description at the file's beginning (numpy, lib/format.py, versions 1 to 3). */
export function readLayout(file: RangeFile): RowLayout {
  const start = file.read(0, 10);
  if (!start.subarray(0, 6).equals(MAGIC)) throw file.invalid('It does not begin like a npy file.');
  const version = start.readUInt8(6);
  if (version < 1 || version > 3) throw file.invalid(`It has the version ${version}.`);
  const [at, length] =
    version === 1 ? [10, start.readUInt16LE(8)] : [12, file.read(8, 4).readUInt32LE(0)];
  if (length > LONGEST_HEADER) throw file.invalid(`Its header has ${length} bytes.`);
  const header = file.read(at, length).toString('utf8');
  const descr = /'descr': *'([<>|=])(\w+)'/.exec(header);
  const order = /'fortran_order': *(True|False)/.exec(header);
  const shape = /'shape': *\(([\dL, ]*)\)/.exec(header);
  const dtype = FLOATS[descr?.[2] ?? ''];
  if (order === null || shape === null) throw file.invalid('Its header describes no array.');
  const sides = (shape[1] as string).split(',').filter((side) => side.trim() !== '');
  // Python 2 wrote some numbers with an L.
  const [rows, dimension] = sides.map((side) => Number(side.replace('L', '')));
  if (dtype === undefined || sides.length !== 2 || rows === undefined || dimension === undefined) {
    throw new SemblanceError(
      'EMBEDDINGS_UNSUPPORTED',
      `It holds an array of shape (${shape[1]}) and type ${descr?.[0] ?? 'other'}; embeddings are a matrix of floats of 16, 32 or 64 bits.`,
      { subject: file.path },
    );
  }
  const offset = at + length;
  const end = offset + rows * dimension * DTYPE_BYTES[dtype];
  if (dimension > MAX_DIMENSION || end > file.size) {
    throw file.invalid(
      `Its header says ${rows} x ${dimension} numbers; the file ends before them.`,
    );
  }
  // A second array, for instance, whose rows would be left out.
  if (end < file.size) {
    throw file.invalid(
      `Its header says ${rows} x ${dimension} numbers; ${file.size - end} bytes follow them.`,
    );
  }
  return {
    offset,
    rows,
    dimension,
    dtype,
    bigEndian: descr?.[1] === '>',
    columns: order[1] === 'True',
  };
}

/**
 * Reads a matrix of numpy (npy version 1 to 3; floats of 16, 32 or 64 bits, either byte order, C or
 * Fortran order) with the list of its rows' paths beside it.
 * @throws SemblanceError EMBEDDINGS_INVALID, EMBEDDINGS_UNSUPPORTED (other arrays), PATH_NOT_FOUND,
 *   PATH_NOT_READABLE
 */
export async function readNpy(
  path: string,
  builder: EmbeddingSink,
  options: ReadOptions = {},
): Promise<void> {
  const file = new RangeFile(path, 'EMBEDDINGS_INVALID');
  try {
    const layout = readLayout(file);
    const list = options.paths ?? findPathList(path);
    const paths = readPathList(list);
    if (paths.length !== layout.rows) {
      throw file.invalid(`It has ${layout.rows} rows, but ${list} names ${paths.length} paths.`);
    }
    builder.reserve(layout.rows, layout.dimension);
    const slices = new Slices(options.signal);
    for (const [row, vector] of rowsOf(file, layout)) {
      builder.add(paths[row] as string, vector, path);
      options.onProgress?.(row + 1, layout.rows);
      if (slices.over()) await slices.pause();
    }
  } finally {
    file.close();
  }
}

/** Bytes before the numbers of a file that is written here; they begin at a multiple of 64. */
export const NPY_HEAD = 128;

/** What stands before a matrix of 32-bit floats, row by row (npy version 1, C order). */
export function npyHead(rows: number, dimension: number): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimension}), }`;
  const length = NPY_HEAD - MAGIC.length - 4;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(length);
  return Buffer.concat([
    ...[MAGIC, Buffer.of(1, 0), size],
    Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1'),
  ]);
}

/** The list of paths beside a file of numpy that is written here. */
export function npyPathList(path: string): string {
  return `${path.slice(0, path.length - extname(path).length)}.json`;
}

/**
 * Writes a matrix of 32-bit floats as numpy does, and its paths beside it as a JSON array in a file of the same
 * name with the ending `.json`.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function writeNpy(path: string, rows: Rows): Promise<void> {
  const { paths, dimension } = rows;
  await writeWholeAwaiting(path, async (sink) => {
    sink(npyHead(paths.length, dimension));
    for await (const values of piecesOf(rows)) sinkFloats(sink, values);
  });
  writeWhole(npyPathList(path), (sink) => sink(pathListText(paths)));
}

import { dirname, join } from 'node:path';
import { SemblanceError } from '../../domain/errors/error.ts';
import { RangeFile } from '../../encoding/checkpoints/file.ts';
import { sinkFloats, writeWhole, writeWholeAwaiting } from '../../files/write-file.ts';
import { Slices } from '../../runtime/slices.ts';
import { type EmbeddingSink, MAX_DIMENSION, type ReadOptions } from './matrix-builder.ts';
import { findPathList, METADATA, pathListText, readPathList } from './path-list.ts';
import { piecesOf, type Rows } from './row-pieces.ts';
import { rowsOf } from './rows.ts';

/** Kinds of index that hold the vectors as they are, by the four letters that begin the file. */
const FLAT = new Set(['IxFI', 'IxF2', 'IxFl']);
/** Kinds that give each row of the index inside a number of its own. */
const ID_MAPS = new Set(['IxMp', 'IxM2']);
/** Names of usual other kinds, so that an error can say what the file is. */
const OTHERS: Readonly<Record<string, string>> = {
  IHNf: 'IndexHNSWFlat',
  IHNp: 'IndexHNSWPQ',
  IHNs: 'IndexHNSWSQ',
  INSf: 'IndexNSGFlat',
  IwFl: 'IndexIVFFlat',
  IwPQ: 'IndexIVFPQ',
  IwSq: 'IndexIVFScalarQuantizer',
  IxHe: 'IndexLSH',
  IxPT: 'IndexPreTransform',
  IxPq: 'IndexPQ',
  IxRF: 'IndexRefineFlat',
  IxSQ: 'IndexScalarQuantizer',
  IBxF: 'IndexBinaryFlat',
};

const INNER_PRODUCT = 0;
/** Bytes of the kind and the fields that every index has. */
const HEADER = 4 + 4 + 8 + 8 + 8 + 1 + 4;

/** What a header says. */
interface Header {
  dimension: number;
  rows: number;
  /** Where the vectors begin. */
  offset: number;
}

/** A count of 64 bits; what is too large to count is refused by the range check that follows. */
function count(bytes: Buffer, at: number): number {
  return Number(bytes.readBigInt64LE(at));
}

/** Metrics other than inner product (0) and L2 (1) have an argument after the common fields. */
function headerLength(file: RangeFile, start: number): number {
  return file.read(start, HEADER).readInt32LE(HEADER - 4) > 1 ? HEADER + 4 : HEADER;
}

/** Where the flat index that begins at `start` has its vectors (faiss, impl/index_write.cpp). */
function readHeader(file: RangeFile, start: number): Header {
  const kind = file.read(start, 4).toString('latin1');
  if (!FLAT.has(kind)) {
    if (!/^I[A-Za-z0-9]{3}$/.test(kind))
      throw file.invalid('It does not begin like a faiss index.');
    throw new SemblanceError(
      'EMBEDDINGS_UNSUPPORTED',
      `It is ${OTHERS[kind] ?? 'an index of the kind'} (${kind}); only IndexFlatIP and IndexFlatL2, alone or in an IndexIDMap, hold every vector as it was.`,
      { subject: file.path },
    );
  }
  const header = file.read(start, HEADER);
  const dimension = header.readInt32LE(4);
  const rows = count(header, 8);
  const numbers = start + headerLength(file, start);
  const length = count(file.read(numbers, 8), 0);
  const offset = numbers + 8;
  if (dimension < 1 || dimension > MAX_DIMENSION || rows < 0 || length !== rows * dimension) {
    throw file.invalid(
      `Its header says ${rows} vectors of ${dimension} values and ${length} numbers.`,
    );
  }
  if (offset + 4 * length > file.size) {
    throw file.invalid(
      `Its header says ${rows} vectors of ${dimension} values; the file ends before them.`,
    );
  }
  return { dimension, rows, offset };
}

/** The row numbers that an IndexIDMap gives to the vectors before `at`. */
function readIds(file: RangeFile, at: number, rows: number): number[] {
  if (count(file.read(at, 8), 0) !== rows) throw file.invalid('It has not one id for each vector.');
  const ids = file.read(at + 8, 8 * rows);
  return Array.from({ length: rows }, (_, i) => count(ids, 8 * i));
}

/**
 * Reads a faiss IndexFlatIP or IndexFlatL2, alone or in an IndexIDMap, with the list of its rows'
 * paths beside it (metadata.json in the study). Read by blocks, so its size is bounded by memory only.
 * @throws SemblanceError EMBEDDINGS_INVALID, EMBEDDINGS_UNSUPPORTED (another kind of index),
 *   PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readFaiss(
  path: string,
  builder: EmbeddingSink,
  options: ReadOptions = {},
): Promise<void> {
  const file = new RangeFile(path, 'EMBEDDINGS_INVALID');
  try {
    const mapped = ID_MAPS.has(file.read(0, 4).toString('latin1'));
    const header = readHeader(file, mapped ? headerLength(file, 0) : 0);
    const { dimension, rows, offset } = header;
    const vectorsEnd = offset + 4 * rows * dimension;
    const ids = mapped ? readIds(file, vectorsEnd, rows) : undefined;
    const end = vectorsEnd + (mapped ? 8 + 8 * rows : 0);
    if (end < file.size) throw file.invalid(`${file.size - end} bytes follow its vectors.`);
    const list = options.paths ?? findPathList(path);
    const paths = readPathList(list);
    if (ids === undefined && paths.length !== rows) {
      throw file.invalid(`It has ${rows} vectors, but ${list} names ${paths.length} paths.`);
    }
    builder.reserve(rows, dimension);
    const slices = new Slices(options.signal);
    for (const [row, vector] of rowsOf(file, { offset, rows, dimension, dtype: 'F32' })) {
      const id = ids?.[row] ?? row;
      const name = paths[id];
      if (name === undefined) builder.exclude(`row ${id}`, `${list} does not name it.`, path);
      else builder.add(name, vector, path);
      options.onProgress?.(row + 1, rows);
      if (slices.over()) await slices.pause();
    }
  } finally {
    file.close();
  }
}

/**
 * Writes a faiss IndexFlatIP, byte for byte as faiss does, and its metadata.json in the same folder.
 * The values are written as they are: for cosine similarity their rows have length 1.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function writeFaiss(path: string, rows: Rows): Promise<void> {
  const { paths, dimension } = rows;
  const header = Buffer.alloc(HEADER + 8);
  header.write('IxFI', 'latin1');
  header.writeInt32LE(dimension, 4);
  header.writeBigInt64LE(BigInt(paths.length), 8);
  // Two fields that faiss does not use any more, and always fills with this.
  header.writeBigInt64LE(1n << 20n, 16);
  header.writeBigInt64LE(1n << 20n, 24);
  header.writeUInt8(1, 32);
  header.writeInt32LE(INNER_PRODUCT, 33);
  header.writeBigInt64LE(BigInt(paths.length * dimension), HEADER);
  await writeWholeAwaiting(path, async (sink) => {
    sink(header);
    for await (const values of piecesOf(rows)) sinkFloats(sink, values);
  });
  writeWhole(join(dirname(path), METADATA), (sink) => sink(pathListText(paths)));
}

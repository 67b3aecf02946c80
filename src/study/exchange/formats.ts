import { extname } from 'node:path';
import { SemblanceError } from '../../domain/errors/error.ts';
import { RangeFile } from '../../encoding/checkpoints/file.ts';
import { readCsvEmbeddings, writeCsvEmbeddings } from './csv.ts';
import { readFaiss, writeFaiss } from './faiss.ts';
import { readHdf5, writeHdf5 } from './hdf5.ts';
import {
  type EmbeddingSink,
  MatrixBuilder,
  type ReadEmbeddings,
  type ReadOptions,
} from './matrix-builder.ts';
import { readNpy, writeNpy } from './npy.ts';
import { readParquet, writeParquet } from './parquet.ts';
import type { Rows } from './row-pieces.ts';
import { VectorFile } from './vector-file.ts';

/** A kind of file that embeddings are exchanged in. */
export interface ExchangeFormat {
  name: string;
  /** Endings of its file names. */
  endings: readonly string[];
  read(path: string, builder: EmbeddingSink, options?: ReadOptions): Promise<void>;
  write(path: string, rows: Rows): Promise<void>;
}

/** The formats; the ending of a file's name decides. */
export const FORMATS: readonly ExchangeFormat[] = [
  { name: 'HDF5', endings: ['.h5', '.hdf5'], read: readHdf5, write: writeHdf5 },
  { name: 'faiss', endings: ['.index', '.faiss'], read: readFaiss, write: writeFaiss },
  { name: 'numpy', endings: ['.npy'], read: readNpy, write: writeNpy },
  { name: 'CSV', endings: ['.csv'], read: readCsvEmbeddings, write: writeCsvEmbeddings },
  { name: 'Parquet', endings: ['.parquet'], read: readParquet, write: writeParquet },
];

/**
 * The format of a file.
 * @throws SemblanceError EMBEDDINGS_UNSUPPORTED
 */
export function formatOf(path: string): ExchangeFormat {
  const ending = extname(path).toLowerCase();
  const found = FORMATS.find(({ endings }) => endings.includes(ending));
  if (found !== undefined) return found;
  if (ending === '.npz') {
    throw new SemblanceError(
      'EMBEDDINGS_UNSUPPORTED',
      'It is an archive of arrays: write the matrix alone, with numpy.save, and its paths beside it.',
      { subject: path },
    );
  }
  const known = FORMATS.flatMap(({ endings }) => endings).join(', ');
  throw new SemblanceError('EMBEDDINGS_UNSUPPORTED', `Its name should end in ${known}.`, {
    subject: path,
  });
}

/** @throws SemblanceError EMBEDDINGS_INVALID for a Git LFS pointer or a folder, PATH_NOT_FOUND */
function refusePointer(path: string): void {
  const file = new RangeFile(path, 'EMBEDDINGS_INVALID');
  try {
    file.refuseForeign(false);
  } finally {
    file.close();
  }
}

/**
 * Reads embeddings of one or more files into one matrix, in the order of the files.
 * What cannot be used is listed, never silently dropped.
 * @throws SemblanceError EMBEDDINGS_INVALID, EMBEDDINGS_UNSUPPORTED, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readEmbeddings(
  files: readonly string[],
  options: ReadOptions = {},
): Promise<ReadEmbeddings> {
  const builder = new MatrixBuilder();
  await readAll(builder, files, options);
  return builder.finish(files.join(', '));
}

/**
 * As `readEmbeddings`, but the numbers go to a file, so that memory does not grow with them.
 * @param folder of that file, which has no name; `close` gives its space back
 * @throws SemblanceError also DISK_FULL
 */
export async function readToFile(
  files: readonly string[],
  folder: string,
  options: ReadOptions = {},
): Promise<VectorFile> {
  const vectors = new VectorFile(folder);
  try {
    await readAll(vectors, files, options);
    return vectors.finish(files.join(', '));
  } catch (error) {
    vectors.close();
    throw error;
  }
}

async function readAll(
  sink: EmbeddingSink,
  files: readonly string[],
  options: ReadOptions,
): Promise<void> {
  files.forEach(formatOf);
  for (const file of files) await readInto(sink, file, options);
}

/**
 * Hands the embeddings of a file on.
 * @throws SemblanceError EMBEDDINGS_INVALID, EMBEDDINGS_UNSUPPORTED, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readInto(
  sink: EmbeddingSink,
  file: string,
  options: ReadOptions = {},
): Promise<void> {
  const format = formatOf(file);
  refusePointer(file);
  await format.read(file, sink, options);
}

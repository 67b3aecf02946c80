import { renameSync, rmSync } from 'node:fs';
import type { FileMetaData } from 'hyparquet';
import { SemblanceError, systemCode, toSemblanceError } from '../../domain/errors/error.ts';
import { findColumns } from './columns.ts';
import type { EmbeddingSink, ReadOptions } from './matrix-builder.ts';
import { piecesOf, type Rows } from './row-pieces.ts';

/** Rows of one row group as written: both sides hold one group in memory. */
const GROUP = 4096;

/**
 * Reads Parquet (any of its compressions): the column `filepath`, and the embedding as a list in the
 * column `embedding` or as one column for each value. Held in memory: one row group at a time.
 * @throws SemblanceError EMBEDDINGS_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function readParquet(
  path: string,
  builder: EmbeddingSink,
  { onProgress, signal }: ReadOptions = {},
): Promise<void> {
  // Loaded here, because only this format needs them.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } =
    await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  try {
    const file = await asyncBufferFromFile(path);
    const metadata: FileMetaData = await parquetMetadataAsync(file);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    const found = findColumns(names);
    if (typeof found === 'string') throw new Error(found);
    const pathName = names[found.path] as string;
    const vectorNames = found.vector.map((column) => names[column] as string);
    const total = Number(metadata.num_rows);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const columns = [pathName, ...vectorNames];
      const options = { file, metadata, compressors, columns, rowStart, rowEnd };
      for (const row of await parquetReadObjects(options)) {
        const values = found.whole ? row[vectorNames[0] as string] : vectorNames.map((n) => row[n]);
        const vector = Array.isArray(values) ? values : Array.from(values ?? []);
        // A missing value is no number, though JavaScript takes it for 0.
        const numbers = vector.map((value) => (typeof value === 'number' ? value : Number.NaN));
        builder.add(String(row[pathName] ?? ''), numbers, path);
      }
      rowStart = rowEnd;
      onProgress?.(rowStart, total);
      signal?.throwIfAborted();
    }
  } catch (cause) {
    if (cause instanceof SemblanceError || systemCode(cause)) throw toSemblanceError(cause, path);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemblanceError('EMBEDDINGS_INVALID', why, { subject: path, cause });
  }
}

/**
 * Writes Parquet: `filepath` (text) and `embedding` (list of 32-bit floats), without compression,
 * which gains nothing on embeddings.
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export async function writeParquet(path: string, rows: Rows): Promise<void> {
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
  const { paths, dimension } = rows;
  const part = `${path}.part`;
  try {
    const writer = new ParquetWriter({
      writer: fileWriter(part),
      codec: 'UNCOMPRESSED',
      statistics: false,
      createdBy: 'semblance',
      schema: [
        { name: 'root', num_children: 2 },
        {
          name: 'filepath',
          type: 'BYTE_ARRAY',
          converted_type: 'UTF8',
          repetition_type: 'REQUIRED',
        },
        {
          name: 'embedding',
          repetition_type: 'REQUIRED',
          converted_type: 'LIST',
          num_children: 1,
        },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
      ],
    });
    let row = 0;
    for await (const values of piecesOf(rows)) {
      for (let start = 0; start < values.length; start += GROUP * dimension) {
        const vectors: number[][] = [];
        const end = Math.min(values.length, start + GROUP * dimension);
        for (let at = start; at < end; at += dimension) {
          vectors.push(Array.from(values.subarray(at, at + dimension)));
        }
        const names = paths.slice(row, row + vectors.length);
        row += vectors.length;
        writer.write({
          columnData: [
            { name: 'filepath', data: names, encoding: 'PLAIN' },
            { name: 'embedding', data: vectors, encoding: 'PLAIN' },
          ],
          rowGroupSize: GROUP,
        });
      }
    }
    writer.finish();
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw toSemblanceError(error, path);
  }
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { SemblanceError } from '../../domain/errors/error.ts';
import { DTYPE_BYTES, isReadable, OTHER_BITS, toFloats } from './dtype.ts';
import { RangeFile } from './file.ts';
import type { TensorInfo, TensorSource } from './tensor-source.ts';

/** The format's own limit of a header (safetensors, README: 100 MB). */
const MAX_HEADER = 100_000_000;

const size = z.number().int().nonnegative();
const EntrySchema = z.object({
  dtype: z.string().max(64),
  shape: z.array(size).max(64),
  data_offsets: z.tuple([size, size]),
});
const HeaderSchema = z.record(z.string(), z.unknown());

interface Entry extends TensorInfo {
  begin: number;
  end: number;
}

function readHeader(file: RangeFile): Map<string, Entry> {
  const length = Number(file.read(0, 8).readBigUInt64LE());
  if (length > MAX_HEADER || length + 8 > file.size) {
    throw file.invalid(
      file.read(8, Math.min(1, file.size - 8)).toString('latin1') === '{'
        ? `Its header has ${length} bytes, the file ${file.size}: part of it is missing.`
        : `It is no safetensors file: its header would have ${length} bytes.`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(file.read(8, length).toString('utf8'));
  } catch (cause) {
    throw file.invalid('Its header is not JSON.', cause);
  }
  const header = HeaderSchema.safeParse(json);
  if (!header.success) throw file.invalid('Its header is not an object.');
  const start = 8 + length;
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header.data)) {
    if (name === '__metadata__') continue;
    const parsed = EntrySchema.safeParse(value);
    if (!parsed.success) throw file.invalid(`Its tensor "${name}" is not described as one.`);
    const { dtype, shape, data_offsets } = parsed.data;
    const [from, to] = data_offsets;
    const bits = isReadable(dtype) ? 8 * DTYPE_BYTES[dtype] : OTHER_BITS[dtype];
    const bytes = shape.reduce((product, n) => product * n, bits ?? 0) / 8;
    // A type that is not known here has a size that is not known either.
    if (to < from || (bits !== undefined && to - from !== Math.ceil(bytes)))
      throw file.invalid(`Its tensor "${name}" has another size than its shape.`);
    if (start + to > file.size)
      throw file.invalid(`Its tensor "${name}" lies past the end of the file.`);
    entries.set(name, { dtype, shape, begin: start + from, end: start + to });
  }
  return entries;
}

/**
 * Opens a safetensors file.
 * @throws SemblanceError PATH_NOT_FOUND, CHECKPOINT_INVALID
 */
export function openSafetensors(path: string): TensorSource {
  const file = new RangeFile(path);
  try {
    file.refuseForeign();
    const entries = readHeader(file);
    return {
      path,
      names: () => [...entries.keys()],
      info(name) {
        const entry = entries.get(name);
        return entry && { dtype: entry.dtype, shape: entry.shape };
      },
      floats(name) {
        const entry = entries.get(name);
        if (entry === undefined) throw file.invalid(`It has no tensor "${name}".`);
        if (!isReadable(entry.dtype)) throw file.unreadable(name, entry.dtype);
        return toFloats(file.read(entry.begin, entry.end - entry.begin), entry.dtype);
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

const IndexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Which file each tensor of a checkpoint of several files lies in, by its index (`*.index.json`).
 * The names are of files beside the index and nothing else, so that no index leads elsewhere.
 * @throws SemblanceError PATH_NOT_FOUND, CHECKPOINT_INVALID
 */
export function readIndex(path: string): ReadonlyMap<string, string> {
  const index = new RangeFile(path);
  try {
    index.refuseForeign();
    if (index.size > MAX_HEADER) throw index.invalid('It is absurdly large for an index.');
    const parsed = IndexSchema.safeParse(JSON.parse(index.read(0, index.size).toString('utf8')));
    if (!parsed.success) throw index.invalid('It has no "weight_map".');
    const map = new Map(Object.entries(parsed.data.weight_map));
    for (const shard of map.values()) {
      if (!/^[\w.-]+$/.test(shard) || shard.startsWith('.')) {
        throw index.invalid(`It names the file "${shard}", which is not beside it.`);
      }
      // It could name itself without end.
      if (shard.endsWith('.index.json')) throw index.invalid(`It names the index "${shard}".`);
    }
    return map;
  } catch (error) {
    throw error instanceof SyntaxError ? index.invalid('It is not JSON.', error) : error;
  } finally {
    index.close();
  }
}

/**
 * Opens a checkpoint of several files by its index.
 * @param open opens one of them
 * @throws SemblanceError CHECKPOINT_INVALID, also when a file would lie outside the index's folder
 */
export function openSharded(path: string, open: (path: string) => TensorSource): TensorSource {
  const shardOf = readIndex(path);
  const sources = new Map<string, TensorSource>();
  const close = () => {
    for (const source of sources.values()) source.close();
  };
  try {
    const shards = [...new Set(shardOf.values())];
    const absent = shards.filter((shard) => !existsSync(join(dirname(path), shard)));
    if (absent.length > 0) {
      throw new SemblanceError(
        'PATH_NOT_FOUND',
        `It names ${shards.length} files, of which ${absent.length} are not beside it: ${absent.slice(0, 20).join(', ')}.`,
        { subject: path },
      );
    }
    for (const shard of shards) sources.set(shard, open(join(dirname(path), shard)));
  } catch (error) {
    close();
    throw error;
  }
  const sourceOf = (name: string) => sources.get(shardOf.get(name) ?? '');
  for (const [name, shard] of shardOf) {
    if (sources.get(shard)?.info(name) !== undefined) continue;
    close();
    throw new SemblanceError(
      'CHECKPOINT_INVALID',
      `Its file "${shard}" has no tensor "${name}", which it should have.`,
      { subject: path },
    );
  }
  return {
    path,
    names: () => [...shardOf.keys()],
    info: (name) => sourceOf(name)?.info(name),
    floats(name) {
      const source = sourceOf(name);
      if (source === undefined) {
        throw new SemblanceError('CHECKPOINT_INVALID', `It has no tensor "${name}".`, {
          subject: path,
        });
      }
      return source.floats(name);
    },
    close,
  };
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Header = Record<string, { data_offsets: [number, number] }>;

/** Cuts a safetensors file into two files and their index, as large checkpoints come. */
export function writeShards(file: string, folder: string): { index: string; shards: string[] } {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const { __metadata__: _, ...header }: Header = JSON.parse(bytes.toString('utf8', 8, start));
  const names = Object.keys(header).sort();
  const half = Math.ceil(names.length / 2);
  const map: Record<string, string> = {};
  const shards = [names.slice(0, half), names.slice(half)].map((part, i) => {
    const shard = `model-0000${i + 1}-of-00002.safetensors`;
    const entries: Header = {};
    const data: Buffer[] = [];
    let end = 0;
    for (const name of part) {
      const entry = header[name] as Header[string];
      const [from, to] = entry.data_offsets;
      entries[name] = { ...entry, data_offsets: [end, end + to - from] };
      data.push(bytes.subarray(start + from, start + to));
      end += to - from;
      map[name] = shard;
    }
    const json = Buffer.from(JSON.stringify(entries));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    writeFileSync(join(folder, shard), Buffer.concat([length, json, ...data]));
    return shard;
  });
  const index = 'model.safetensors.index.json';
  writeFileSync(join(folder, index), JSON.stringify({ weight_map: map }));
  return { index, shards };
}

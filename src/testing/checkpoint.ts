import { writeFileSync } from 'node:fs';
import type { TensorSource } from '../encoding/checkpoints/tensor-source.ts';

/** A tensor to write. */
export interface WrittenTensor {
  dtype: string;
  shape: readonly number[];
  data: Uint8Array;
}

/** All tensors of a checkpoint as 32-bit floats. */
export function tensorsOf(source: TensorSource): Map<string, WrittenTensor> {
  return new Map(
    source.names().map((name) => {
      const { buffer, byteOffset, byteLength } = source.floats(name);
      const { shape = [] } = source.info(name) ?? {};
      return [name, { dtype: 'F32', shape, data: new Uint8Array(buffer, byteOffset, byteLength) }];
    }),
  );
}

/** Writes a safetensors file. */
export function writeSafetensors(path: string, tensors: ReadonlyMap<string, WrittenTensor>): void {
  const header: Record<string, object> = {};
  let at = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.length] };
    at += data.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(
    path,
    Buffer.concat([length, json, ...[...tensors.values()].map(({ data }) => data)]),
  );
}

/** A checkpoint in memory, for tests of what is done with its tensors. */
export function sourceOf(
  tensors: ReadonlyMap<string, { dtype?: string; shape: readonly number[]; values: Float32Array }>,
): TensorSource {
  return {
    path: 'memory',
    names: () => [...tensors.keys()],
    info(name) {
      const found = tensors.get(name);
      return found && { dtype: found.dtype ?? 'F32', shape: found.shape };
    },
    floats: (name) => tensors.get(name)?.values ?? new Float32Array(0),
    close: () => undefined,
  };
}

import { createHash } from 'node:crypto';

/** SHA-256 of an embedding with its image's id (8 bytes, then the floats, all little-endian). */
export function rowHash(id: number, vector: Float32Array): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64LE(BigInt(id));
  return createHash('sha256')
    .update(key)
    .update(Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength))
    .digest();
}

/** Count and checksum of embeddings in any order: the exclusive or of their hashes. */
export class EmbeddingChecksum {
  count = 0;
  private readonly sum = Buffer.alloc(32);

  /** @param hash `rowHash` of an embedding, each once */
  add(hash: Buffer): void {
    for (let i = 0; i < this.sum.length; i++) {
      this.sum[i] = (this.sum[i] as number) ^ (hash[i] as number);
    }
    this.count += 1;
  }

  get value(): string {
    return this.sum.toString('hex');
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FileSource, MemorySource } from './byte-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-bytes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const path = join(folder, 'bytes');
writeFileSync(path, BYTES);

it('a file gives the same bytes and numbers as memory, wherever they are asked for', () => {
  const [file, memory] = [new FileSource(path), new MemorySource(BYTES)];
  // Across the ends of what is read at once, forward and back.
  for (const at of [0, 16_382, 16_383, 50_000, 3, 32_766, 99_996, 16_381, 65_535]) {
    expect(file.uint16(at, true)).toBe(memory.uint16(at, true));
    expect(file.uint32(at, false)).toBe(memory.uint32(at, false));
    expect([...file.view(at, 4)]).toEqual([...memory.view(at, 4)]);
  }
  expect(Buffer.compare(file.view(7, 90_000), memory.view(7, 90_000))).toBe(0);
  for (const source of [file, memory]) {
    const damaged = expect.objectContaining({ code: 'DICOM_DAMAGED' });
    expect(() => source.view(99_999, 2)).toThrow(damaged);
    expect(() => source.uint32(99_997, true)).toThrow(damaged);
    expect(() => source.uint16(99_999, true)).toThrow(damaged);
    source.close();
  }
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble, KERNELS, pathOf } from '../scripts/kernels.ts';

describe('the WebAssembly that is kept in the repository', () => {
  it.each(KERNELS)('is what %s.wat says', async (kernel) => {
    expect(readFileSync(pathOf(`${kernel}.wasm.ts`), 'utf8')).toBe(await assemble(kernel));
  });
});

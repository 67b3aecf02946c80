// Assembles the program's WebAssembly: `npm run build:kernels` after a change of a `.wat` file. What comes of it is
// kept beside the text, so that the program itself needs no assembler; a test tells when it is not current.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

/** The texts, without `.wat`. */
export const KERNELS = [
  'src/encoding/preprocess/resample',
  'src/index/memory/codes/kernel',
  'src/index/memory/codes/rotation',
  'src/index/memory/codes/rough',
  'src/index/memory/similarities',
  'src/search/dot-products',
];

/** A path of the repository. */
export const pathOf = (path: string): string =>
  fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The module `<kernel>.wasm.ts` of a text. */
export async function assemble(kernel: string): Promise<string> {
  const { parseWat } = await wabt();
  const text = parseWat(kernel, readFileSync(pathOf(`${kernel}.wat`), 'utf8'), {
    ...{ simd: true, threads: true, relaxed_simd: true },
  });
  const { buffer } = text.toBinary({});
  text.destroy();
  const name = kernel.slice(kernel.lastIndexOf('/') + 1);
  return [
    `/** ${name}.wat as WebAssembly in base64, made by \`npm run build:kernels\`. */`,
    'export const WASM =',
    `  '${Buffer.from(buffer).toString('base64')}';`,
    '',
  ].join('\n');
}

if (import.meta.filename === process.argv[1]) {
  for (const kernel of KERNELS) writeFileSync(pathOf(`${kernel}.wasm.ts`), await assemble(kernel));
}

/**
 * Seconds to write and to read embeddings in each format, the same made-up ones side by side.
 * Usage: tsx bench/exchange.ts [images] [dimension] [ending ...]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomFrom } from '../src/domain/random.ts';
import { FORMATS, readEmbeddings } from '../src/study/exchange/formats.ts';

const images = Number(process.argv[2] ?? 100_000);
const dimension = Number(process.argv[3] ?? 512);
const chosen = process.argv.slice(4);

const random = randomFrom(1);
const matrix = {
  paths: Array.from({ length: images }, (_, i) => `set/class${i % 50}/patient${i >> 2}/${i}.png`),
  dimension,
  values: Float32Array.from({ length: images * dimension }, random),
};

const folder = mkdtempSync(join(tmpdir(), 'semblance-exchange-'));
process.stdout.write(`${images} x ${dimension}: seconds to write, seconds to read, MB, peak MB\n`);
try {
  for (const { name, endings, write } of FORMATS) {
    const ending = endings[0] as string;
    if (chosen.length > 0 && !chosen.includes(ending)) continue;
    const file = join(folder, `embeddings${ending}`);
    const start = performance.now();
    await write(file, matrix);
    const written = performance.now();
    const { matrix: read } = await readEmbeddings([file]);
    const end = performance.now();
    if (read.paths.length !== images) throw new Error(`${name}: ${read.paths.length} images.`);
    const figures = [
      ((written - start) / 1000).toFixed(2),
      ((end - written) / 1000).toFixed(2),
      (statSync(file).size / 1e6).toFixed(0),
      // Of the whole process so far, in which the matrix itself stands twice.
      (process.resourceUsage().maxRSS / 1024).toFixed(0),
    ];
    process.stdout.write(`${name.padEnd(8)} ${figures.map((one) => one.padStart(8)).join(' ')}\n`);
    rmSync(file);
  }
} finally {
  rmSync(folder, { recursive: true });
}

// Images/s of `semblance index` in one process and with workers, by turns in the same run:
//   npm run bench:workers -- [--encoder name] [--patients n] [--rounds n]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawPhantoms, encodePng } from '../src/images/phantoms/phantoms.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const { values } = parseArgs({
  options: {
    encoder: { type: 'string', default: 'baseline' },
    patients: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '3' },
  },
});
let count = 0;
const folder = mkdtempSync(join(tmpdir(), 'semblance-bench-'));
const images = join(folder, 'images');
const ways: Record<string, string[]> = {
  'one process': [],
  '1 worker': ['--workers', '1'],
  '2 workers': ['--workers', '2'],
  '4 workers': ['--workers', '4'],
};
const rates: Record<string, number[]> = {};
try {
  mkdirSync(images);
  for (const phantom of drawPhantoms(Number(values.patients))) {
    count += 1;
    writeFileSync(join(images, `${count}.png`), await encodePng(phantom));
  }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [way, options] of Object.entries(ways)) {
      const home = join(folder, 'home');
      const start = performance.now();
      const args = ['--home', home, 'index', images, '-e', values.encoder, ...options];
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      rates[way] ??= [];
      rates[way].push((count * 1000) / (performance.now() - start));
      rmSync(home, { recursive: true });
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(
  `${count} images, encoder ${values.encoder}, ${availableParallelism()} cores, start included`,
);
for (const [way, all] of Object.entries(rates)) {
  const [median] = all.sort((a, b) => a - b).slice(all.length >> 1);
  console.log(`| ${way} | ${median?.toFixed(0)} images/s |`);
}

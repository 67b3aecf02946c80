// Removes from node_modules what is never loaded: the binaries of other platforms and unused models, which packages
// bring along. Prints what goes and what stays; `-n` only looks.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const dry = process.argv.includes('-n');
const modules = 'node_modules';

function size(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0);
}

const names = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** Linux has two C libraries; packages name the one they were built with. */
const isMusl = !process.report.getReport().header.glibcVersionRuntime;
const libc = process.platform === 'linux' ? (isMusl ? 'gnu' : 'musl') : undefined;

const ocr = join(modules, '@gutenye', 'ocr-models', 'assets');
const ort = join(modules, 'onnxruntime-node', 'bin');
const foreign = [
  ...names(ort).flatMap((api) =>
    names(join(ort, api)).flatMap((platform) =>
      names(join(ort, api, platform))
        .filter((arch) => platform !== process.platform || arch !== process.arch)
        .map((arch) => join(ort, api, platform, arch)),
    ),
  ),
  ...names(join(modules, '@libsql'))
    .filter((name) => libc !== undefined && name.endsWith(libc))
    .map((name) => join(modules, '@libsql', name)),
  // Of the models of an OCR, the one that finds text is used.
  ...names(ocr)
    .filter((name) => !name.includes('_det_'))
    .map((name) => join(ocr, name)),
];

const MB = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
const before = size(modules);
let freed = 0;
for (const path of foreign) {
  const bytes = size(path);
  freed += bytes;
  console.log(`${MB(bytes).padStart(8)}  ${path}`);
  if (!dry) rmSync(path, { recursive: true });
}
console.log(
  `${MB(before)} in ${modules}; ${MB(before - freed)} without these${dry ? '' : ', removed'}.`,
);

// Decoded frames/s of the files of ../shared/dicom, the smallest of each transfer syntax from 200,000 pixels on: of this
// reader, of pydicom with gdcm, and of DCMTK, whose programs are started once for each file.
//   npm run bench:dicom -- [seconds for each file and reader]
// pydicom and python-gdcm are those of BENCH_PYTHON, or of python3.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DicomInstance, readDicom } from '../src/dicom/instance.ts';
import { sharedPath } from '../src/testing/shared.ts';

const SECONDS = Number(process.argv[2] ?? 1);
const PYTHON = process.env.BENCH_PYTHON ?? 'python3';
/** Pixels of a frame at the least. */
const LARGE = 200_000;

interface Subject {
  path: string;
  syntax: string;
  shape: string;
  /** Megapixels of a frame. */
  size: number;
}

function subjectOf(path: string): Subject | undefined {
  let instance: DicomInstance | undefined;
  try {
    instance = readDicom(path);
    const { rows, columns, samples, stored } = instance.pixels;
    if (rows * columns < LARGE) return undefined;
    const shape = `${columns} x ${rows} x ${samples}, ${stored} bits`;
    return { path, syntax: instance.transferSyntax.name, shape, size: (rows * columns) / 1e6 };
  } catch {
    return undefined;
  } finally {
    instance?.close();
  }
}

/** Reads and decodes a file again and again. */
async function ours({ path }: Subject): Promise<number> {
  // The codec is loaded, and the code compiled, before the clock starts.
  for (let i = 0; i < 2; i++) await decodeAll(path);
  let frames = 0;
  const start = performance.now();
  while (performance.now() - start < SECONDS * 1000) frames += await decodeAll(path);
  return (frames * 1000) / (performance.now() - start);
}

async function decodeAll(path: string): Promise<number> {
  const instance = readDicom(path);
  try {
    for (let i = 0; i < instance.frames; i++) await instance.frame(i);
    return instance.frames;
  } finally {
    instance.close();
  }
}

function pydicom(subjects: readonly Subject[]): number[] {
  const script = fileURLToPath(new URL('./dicom.py', import.meta.url));
  const input = `${subjects.map(({ path }) => path).join('\n')}\n`;
  const { stdout } = spawnSync(PYTHON, [script, String(SECONDS)], { input, encoding: 'utf8' });
  const rates = (stdout ?? '').trim().split('\n').map(Number);
  return subjects.map((_, i) => rates[i] ?? Number.NaN);
}

function dcmtk({ path }: Subject, folder: string): number {
  const out = join(folder, 'out.dcm');
  const program = ['dcmconv', 'dcmdjpeg', 'dcmdjpls', 'dcmdrle'].find(
    (each) => spawnSync(each, [...(each === 'dcmconv' ? ['+te'] : []), path, out]).status === 0,
  );
  if (program === undefined) return Number.NaN;
  const args = [...(program === 'dcmconv' ? ['+te'] : []), path, out];
  const instance = readDicom(path);
  const frames = instance.frames;
  instance.close();
  let runs = 0;
  const start = performance.now();
  while (performance.now() - start < SECONDS * 1000) {
    spawnSync(program, args);
    runs += 1;
  }
  return (runs * frames * 1000) / (performance.now() - start);
}

const rate = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(1)).padStart(9);

const files = readdirSync(sharedPath('dicom/files')).map((name) =>
  sharedPath(`dicom/files/${name}`),
);
const bySyntax = new Map<string, Subject>();
for (const file of files) {
  const subject = subjectOf(file);
  if (subject === undefined) continue;
  const before = bySyntax.get(subject.syntax);
  if (before === undefined || subject.size < before.size) bySyntax.set(subject.syntax, subject);
}
const subjects = [...bySyntax.values()].sort((a, b) => a.syntax.localeCompare(b.syntax));
const folder = mkdtempSync(join(tmpdir(), 'semblance-bench-'));
try {
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}; frames/s, one thread`);
  console.log(
    `${'transfer syntax'.padEnd(44)} ${'frame'.padEnd(26)}      here   pydicom     DCMTK`,
  );
  const theirs = pydicom(subjects);
  for (const [i, subject] of subjects.entries()) {
    const own = rate(await ours(subject));
    const columns = [own, rate(theirs[i] as number), rate(dcmtk(subject, folder))].join(' ');
    console.log(`${subject.syntax.padEnd(44)} ${subject.shape.padEnd(26)} ${columns}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

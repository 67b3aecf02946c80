// The study at its own size: writes an archive in its layout, then runs each step in a process of its own and
// prints what it took, beside the reference's way in Python (BENCH_PYTHON, or bench/.venv, or python3):
//   npm run bench:study -- --scale 0.1 [--encoders 9] [--dimension 768] [--keep folder] [--steps write,import]
//     [--no-reference] [--json file]
// The step `kill`, which only runs when it is asked for, kills a benchmark at ten moments:
//   npm run bench:study -- --scale 0.1 --steps write,kill
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { archiveOf, ENCODERS, writeArchive } from './archive.ts';
import { killedRuns } from './killed-runs.ts';
import { type Measured, measure } from './measure.ts';
import { configurations, type Place, STEPS, type Step } from './steps.ts';

const REFERENCE = fileURLToPath(new URL('reference.py', import.meta.url));
const OWN_PYTHON = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
const PYTHON = process.env.BENCH_PYTHON ?? (existsSync(OWN_PYTHON) ? OWN_PYTHON : 'python3');
/** Step that prints a table of its own. */
const KILL = 'kill';
/** Exit code of the reference when it cannot run here. */
const NOT_HERE = 3;

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '0.01' },
    /** Folder of the archive and the collection; one that is made and removed by default. */
    keep: { type: 'string' },
    /** Encoders of the archive, at most the study's nine. */
    encoders: { type: 'string', default: '2' },
    /** Length of all embeddings: what encoders take can be compared then. */
    dimension: { type: 'string' },
    steps: { type: 'string' },
    'no-reference': { type: 'boolean', default: false },
    json: { type: 'string' },
    /** Only writes the archive: what this program calls itself with. */
    write: { type: 'boolean', default: false },
  },
});

/** A line of the table. */
interface Line extends Omit<Measured, 'stdout' | 'stderr' | 'peaks'> {
  step: string;
  by: 'semblance' | 'reference';
  rows?: number;
  /** Bytes on disk, and how often they hold the vectors. */
  bytes?: number;
  share?: number;
}

/** Bytes of a file or of all in a folder, also of what SQLite keeps beside a file. */
function bytesOf(path: string): number {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) {
    return [path, `${path}-wal`]
      .filter(existsSync)
      .reduce((sum, file) => sum + statSync(file).size, 0);
  }
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

const HEAD = [
  'step',
  'by',
  'seconds',
  'CPU s',
  'own MB',
  'resident MB',
  'first line s',
  'rows/CPU s',
  'MB on disk',
  'of vectors',
];

function cells(line: Line): string[] {
  const { step, by, code, seconds, cpu, own, resident, firstLine, rows, bytes, share } = line;
  return [
    code === 0 ? step : `${step} (exit code ${code})`,
    ...[by, seconds.toFixed(1), cpu.toFixed(1), own.toFixed(0), resident.toFixed(0)],
    firstLine?.toFixed(1) ?? '',
    rows === undefined || cpu === 0 ? '' : (rows / cpu).toFixed(0),
    bytes === undefined ? '' : (bytes / 1e6).toFixed(1),
    share?.toFixed(2) ?? '',
  ];
}

const row = (texts: readonly string[]) => console.log(`| ${texts.join(' | ')} |`);

/** Says how much memory each encoder's steps took at the most, and which of them. */
function tellPeaks(peaks: Measured['peaks'], encoders: readonly string[]): void {
  const most = encoders.flatMap((name) => {
    const own = [...peaks].filter(([phase]) => phase.startsWith(`${name}: `));
    const [first] = own.sort(([, a], [, b]) => b - a);
    return first === undefined ? [] : `${first[1].toFixed(0)} (${first[0]})`;
  });
  if (most.length > 0) console.log(`Most own MB of each encoder: ${most.join('; ')}.`);
}

async function run(step: Step, place: Place): Promise<Line[]> {
  const lines: Line[] = [];
  const rows = step.rows?.(place);
  const [program, ...args] = step.ours(place) as [string, ...string[]];
  const { stdout, stderr, peaks, ...measured } = await measure(program, args, step.phaseOf);
  const path = step.makes?.(place);
  const bytes = path === undefined ? undefined : bytesOf(path);
  const vectors = step.vectors?.(place);
  lines.push({
    ...{ step: step.name, by: 'semblance', ...measured },
    ...(rows !== undefined && { rows }),
    ...(bytes !== undefined && { bytes }),
    ...(bytes !== undefined && vectors !== undefined && { share: bytes / vectors }),
  });
  if (measured.code !== 0) console.error(stderr.slice(-2000), stdout.slice(-2000));
  tellPeaks(
    peaks,
    place.archive.encoders.map(({ name }) => name),
  );
  if (step.theirs === undefined || options['no-reference']) return lines;
  const reference = await measure(PYTHON, [REFERENCE, ...step.theirs(place)]).catch((error) => {
    console.log(`No reference: ${PYTHON} does not start (${(error as Error).message}).`);
  });
  if (reference === undefined) return lines;
  if (reference.code === NOT_HERE) {
    console.log(`No reference for ${step.name}: ${reference.stdout.trim()}.`);
    return lines;
  }
  if (reference.code !== 0) console.error(reference.stderr.slice(-2000));
  const { stdout: _, stderr: __, firstLine: ___, peaks: ____, ...theirs } = reference;
  lines.push({
    ...{ step: step.name, by: 'reference', ...theirs, firstLine: null },
    ...(rows !== undefined && { rows }),
  });
  return lines;
}

async function main(): Promise<void> {
  const scale = Number(options.scale);
  if (!(scale > 0)) throw new Error('--scale is a number such as 1, 0.1 or 0.01.');
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'semblance-study-'));
  mkdirSync(folder, { recursive: true });
  const encoders = Number(options.encoders);
  if (!ENCODERS.some((_, i) => i + 1 === encoders)) {
    throw new Error(`--encoders is a number from 1 to ${ENCODERS.length}.`);
  }
  const { dimension } = options;
  const length = dimension === undefined ? undefined : Number(dimension);
  if (length !== undefined && !(Number.isSafeInteger(length) && length > 0)) {
    throw new Error('--dimension is a number such as 768.');
  }
  const archive = archiveOf(join(folder, 'archive'), scale, encoders, length);
  if (options.write) return writeArchive(archive, scale, (file) => console.error(file));
  const write: Step = {
    name: 'write',
    ours: () => [
      process.execPath,
      ...process.execArgv,
      ...[fileURLToPath(import.meta.url), '--write', '--scale', String(scale), '--keep', folder],
      ...['--encoders', String(encoders)],
      ...(dimension === undefined ? [] : ['--dimension', dimension]),
    ],
    makes: () => archive.folder,
  };
  const steps = [write, ...STEPS];
  const wanted = options.steps?.split(',') ?? steps.map(({ name }) => name);
  const unknown = wanted.filter((name) => name !== KILL && !steps.some((one) => one.name === name));
  if (unknown.length > 0) {
    const names = [...steps.map(({ name }) => name), KILL];
    throw new Error(`No step ${unknown.join(', ')}: ${names.join(', ')}.`);
  }
  const { train, val, test } = archive.images;
  console.log(
    `Scale ${scale}: ${train} images in train, ${val} in val, ${test} in test, ${archive.labels} labels.`,
  );
  const benchmarks = join(folder, 'benchmarks');
  const place = { archive, scale, home: join(folder, 'home'), benchmarks };
  mkdirSync(benchmarks, { recursive: true });
  for (const [name, configuration] of Object.entries(configurations(place))) {
    writeFileSync(join(benchmarks, `${name}.json`), JSON.stringify(configuration));
  }
  const lines: Line[] = [];
  try {
    row(HEAD);
    row(HEAD.map(() => '---'));
    for (const step of steps) {
      if (!wanted.includes(step.name)) continue;
      const measured = await run(step, place);
      for (const line of measured) row(cells(line));
      lines.push(...measured);
    }
    if (wanted.includes(KILL) && !(await killedRuns(place))) process.exitCode = 1;
  } finally {
    if (options.keep === undefined) rmSync(folder, { recursive: true });
  }
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(lines));
  if (lines.some(({ by, code }) => by === 'semblance' && code !== 0)) process.exitCode = 1;
}

await main();

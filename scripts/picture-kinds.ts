/**
 * Decodes the files of `scripts/picture-kinds.py` and prints how far each is from what Pillow,
 * tifffile and imagecodecs read in it.
 *
 *     tsx scripts/picture-kinds.ts [PYTHON]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SemblanceError } from '../src/domain/errors/error.ts';
import { decodeJpeg } from '../src/images/jpeg.ts';
import { decodeTiff } from '../src/images/tiff.ts';

interface Kind {
  file: string;
  expect: 'stored' | 'rgb' | 'refused' | 'damaged';
  reference?: string;
  channels?: 1 | 3;
}

/** Largest difference that is still right: of rounding, or of another program's L*a*b*. */
const tolerance = ({ file }: Kind) => (/lab/.test(file) ? 7 : /ycbcr/.test(file) ? 1 : 0);

async function compare(folder: string, kind: Kind): Promise<{ isRight: boolean; found: string }> {
  const bytes = readFileSync(join(folder, kind.file));
  const decode = kind.file.startsWith('tiff') ? decodeTiff : decodeJpeg;
  try {
    const { data, channels } = await decode(bytes, { maxPixels: 200_000_000 });
    if (kind.reference === undefined) return { isRight: false, found: 'decoded' };
    const file = readFileSync(join(folder, kind.reference));
    const expected = new Float64Array(
      file.buffer.slice(file.byteOffset, file.byteOffset + file.length),
    );
    // A deep picture against Pillow's 8 bits.
    const unit = data instanceof Uint16Array && kind.expect === 'rgb' ? 257 : 1;
    const step = (kind.channels ?? 1) / channels;
    if (data.length * step !== expected.length) return { isRight: false, found: 'another size' };
    let most = 0;
    let sum = 0;
    for (let i = 0; i < expected.length; i++) {
      const value = (data[Math.floor(i / step)] as number) / unit;
      const difference = Math.abs(value - (expected[i] as number));
      most = Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      sum += difference;
    }
    const mean = sum / expected.length;
    const found = most === 0 ? 'exact' : `at most ${most.toFixed(2)}, mean ${mean.toFixed(3)}`;
    return { isRight: most <= tolerance(kind) + (unit > 1 ? 1 : 0), found };
  } catch (error) {
    if (!(error instanceof SemblanceError)) throw error;
    const code = { refused: 'IMAGE_UNSUPPORTED', damaged: 'IMAGE_DAMAGED' }[kind.expect as string];
    const reason = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return { isRight: error.code === code, found: `${error.code}: ${error.message}${reason}` };
  }
}

const folder = mkdtempSync(join(tmpdir(), 'picture-kinds-'));
try {
  const python = process.argv[2] ?? 'python3';
  const { status } = spawnSync(python, ['-W', 'ignore', 'scripts/picture-kinds.py', folder], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${python} needs numpy, Pillow, tifffile and imagecodecs.`);
  const kinds = JSON.parse(readFileSync(join(folder, 'kinds.json'), 'utf8')) as Kind[];
  let wrong = 0;
  console.log('| File | Expected | Found |\n| --- | --- | --- |');
  for (const kind of kinds) {
    const { isRight, found } = await compare(folder, kind);
    if (!isRight) wrong += 1;
    console.log(`| ${kind.file} | ${kind.expect} | ${isRight ? '' : 'WRONG: '}${found} |`);
  }
  console.log(`\n${kinds.length} kinds, ${wrong} wrong.`);
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// Indexing a folder of CT instances with the default encoder: what each step of one instance takes, images/s of the whole,
// and the memory of the program and its processes along the run.
//   npm run bench:dicom-folder -- [instances] [side] [uncompressed|jpeg]
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCodecs } from '../src/codecs/native.ts';
import { factsOf, positionOf } from '../src/dicom/facts.ts';
import { readDicom } from '../src/dicom/instance.ts';
import { shown } from '../src/dicom/picture.ts';
import { randomFrom } from '../src/domain/random.ts';
import { Encoder } from '../src/encoding/encoders/encoder.ts';
import { findEncoder } from '../src/encoding/encoders/registry.ts';
import { perceptualHash } from '../src/encoding/preprocess/perceptual-hash.ts';
import { preprocess } from '../src/encoding/preprocess/preprocess.ts';
import { toRgb } from '../src/images/decode.ts';
import { indexImages } from '../src/indexing/index-images.ts';
import { readSource } from '../src/indexing/read-source.ts';
import { DataDirectory } from '../src/store/data-directory.ts';
import { dicomFile, elements, fragments, type MadeElement, picture } from '../src/testing/dicom.ts';

const COUNT = Number(process.argv[2] ?? 5000);
const SIDE = Number(process.argv[3] ?? 512);
const SYNTAX = process.argv[4] ?? 'uncompressed';
const LOSSLESS = '1.2.840.10008.1.2.4.70';

/** Noise of a CT over a body of water in air; each instance begins elsewhere in it. */
function noise(length: number): Int16Array {
  const random = randomFrom(3);
  return Int16Array.from({ length }, () => (random() + random() + random() - 1.5) * 40);
}

function ctPixels(index: number, from: Int16Array): Uint16Array {
  const out = new Uint16Array(SIDE * SIDE);
  const start = (index * 7919) % (from.length - out.length);
  const radius = SIDE * (0.25 + (0.2 * (index % 97)) / 97);
  for (let i = 0; i < out.length; i++) {
    const [x, y] = [(i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2];
    const body = x * x + y * y < radius * radius ? 1024 + (index % 60) : 24;
    out[i] = body + (from[start + i] as number);
  }
  return out;
}

async function writeInstances(folder: string): Promise<void> {
  const from = noise(SIDE * SIDE * 3);
  const { Context, NativeCodecs } = await loadCodecs();
  for (let i = 0; i < COUNT; i++) {
    const pixels = new Uint8Array(ctPixels(i, from).buffer);
    const made: MadeElement[] = picture([0], 1, [
      ['SOPInstanceUID', `1.2.3.4.${i}`],
      ['Modality', 'CT'],
      ['StudyInstanceUID', '1.2.3'],
      ['SeriesInstanceUID', `1.2.3.${Math.floor(i / 200)}`],
      ['InstanceNumber', String((i % 200) + 1)],
      ['Rows', SIDE],
      ['Columns', SIDE],
      ['BitsStored', 12],
      ['HighBit', 11],
      ['RescaleIntercept', '-1024'],
      ['RescaleSlope', '1'],
      ['PixelData', pixels],
    ]);
    const series = join(folder, String(Math.floor(i / 200)));
    if (i % 200 === 0) mkdirSync(series);
    const bytes =
      SYNTAX === 'uncompressed'
        ? dicomFile('1.2.840.10008.1.2.1', elements(made))
        : dicomFile(
            LOSSLESS,
            Buffer.concat([
              elements(made.filter(([keyword]) => keyword !== 'PixelData')),
              fragments([
                NativeCodecs.encodeJpeg(
                  new Context({
                    ...{ width: SIDE, height: SIDE, bitsAllocated: 16, bitsStored: 12 },
                    ...{ samplesPerPixel: 1, pixelRepresentation: 0, planarConfiguration: 0 },
                    photometricInterpretation: 'MONOCHROME2',
                    decodedBuffer: pixels,
                  }),
                  { lossy: false, predictor: 1 } as never,
                ).getEncodedBuffer() as Uint8Array,
              ]),
            ]),
          );
    writeFileSync(join(series, `IM${i}`), bytes);
  }
}

/** Milliseconds of a core for each step of an instance, one after another. */
async function steps(files: readonly string[], encoder: Encoder): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  const timed = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    // Not of the clock: other programs of the machine count less.
    const start = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(start);
    sums[name] = (sums[name] ?? 0) + (user + system) / 1000;
    return result;
  };
  const tensors: Float32Array[] = [];
  for (const file of files) {
    await timed('read and hash', () =>
      createHash('sha256').update(readFileSync(file)).digest('hex'),
    );
    const instance = await timed('parse', () => {
      const opened = readDicom(file);
      factsOf(opened);
      positionOf(opened, 0);
      void opened.pixels;
      return opened;
    });
    const frame = await timed('decode', () => instance.frame(0));
    const shownFrame = await timed('window', () => shown(instance, frame, 0, { kind: 'default' }));
    instance.close();
    const { width, height, channels, data } = shownFrame;
    tensors.push(
      await timed('resize and hash', () => {
        const rgb = { width, height, data: toRgb(data, channels) };
        perceptualHash({ ...rgb, decoding: {} as never });
        return preprocess(rgb, encoder.preprocess);
      }),
    );
  }
  await timed('encode', () => encoder.encode(tensors));
  return Object.fromEntries(Object.entries(sums).map(([name, ms]) => [name, ms / files.length]));
}

/** MB that this program holds, and those of its processes. */
function memory(): [own: number, processes: number] {
  const rss = (pid: number | string) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  };
  const children = readdirSync('/proc').filter((pid) => {
    try {
      return (
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === `${process.pid}`
      );
    } catch {
      return false;
    }
  });
  return [rss('self'), children.reduce((sum, pid) => sum + rss(pid), 0)];
}

const folder = mkdtempSync(join(tmpdir(), 'semblance-dicom-folder-'));
try {
  const files = join(folder, 'files');
  mkdirSync(files);
  await writeInstances(files);
  const encoder = await Encoder.load(await findEncoder('baseline', ''));
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores`);
  console.log(
    `${COUNT} CT instances of ${SIDE} x ${SIDE}, 16 bits, ${SYNTAX}; encoder "baseline"\n`,
  );
  const some = Array.from({ length: Math.min(COUNT, 200) }, (_, i) =>
    join(files, String(Math.floor(i / 200)), `IM${i}`),
  );
  await steps(some.slice(0, 20), encoder);
  const taken = await steps(some, encoder);
  const all = Object.values(taken).reduce((sum, ms) => sum + ms, 0);
  for (const [name, ms] of Object.entries(taken)) {
    console.log(
      `${name.padEnd(16)} ${ms.toFixed(2).padStart(8)} ms ${((100 * ms) / all).toFixed(1).padStart(6)} %`,
    );
  }
  const store = new DataDirectory(join(folder, 'home')).open('bench', { create: true });
  const source = await readSource(files);
  const start = performance.now();
  console.log('\n  done      images/s   program MB   processes MB');
  let next = 0;
  const result = await indexImages(store, encoder, source, {
    onProgress: ({ done }) => {
      if (done < next) return;
      next += COUNT / 10;
      const rate = (done * 1000) / (performance.now() - start);
      const [own, processes] = memory();
      console.log(
        `${String(done).padStart(6)} ${rate.toFixed(1).padStart(12)} ${own.toFixed(0).padStart(12)} ${processes.toFixed(0).padStart(14)}`,
      );
    },
  });
  if (result.added !== COUNT) throw new Error(`Only ${result.added} of ${COUNT} were indexed.`);
  const whole = (COUNT * 1000) / (performance.now() - start);
  console.log(
    `\n${whole.toFixed(1)} images/s; one core would parse ${(1000 / (taken.parse as number)).toFixed(0)} a second`,
  );
  store.close();
  await encoder.release();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

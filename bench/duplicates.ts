// Near-duplicates: how many changed copies of real pictures are found, how many pairs of different
// patients are taken for copies, and how long a million hashes take:
//   npm run bench:duplicates -- path/to/dataset.csv [hashes]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { randomFrom } from '../src/domain/random.ts';
import { Encoder } from '../src/encoding/encoders/encoder.ts';
import { findEncoder } from '../src/encoding/encoders/registry.ts';
import { perceptualHash } from '../src/encoding/preprocess/perceptual-hash.ts';
import { preprocess } from '../src/encoding/preprocess/preprocess.ts';
import { decodeImage } from '../src/images/decode.ts';
import { contentHash } from '../src/images/read.ts';
import { readSource } from '../src/indexing/read-source.ts';
import { closeHashes } from '../src/search/duplicates.ts';
import {
  areNearDuplicates,
  bitCount,
  cosine,
  halvesOf,
  hammingDistance,
  MOST_BITS,
} from '../src/search/near-duplicate.ts';

const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const [file, wanted = '1000000'] = process.argv.slice(2);

const CHANGES: Record<string, (picture: Sharp, size: { width: number; height: number }) => Sharp> =
  {
    'JPEG, quality 50': (picture) => picture.jpeg({ quality: 50 }),
    'JPEG, quality 20': (picture) => picture.jpeg({ quality: 20 }),
    'half the size': (picture, { width }) => picture.resize(Math.max(16, width >> 1)).png(),
    'brighter by 25 of 255': (picture) => picture.linear(1, 25).png(),
    'darker by 25 of 255': (picture) => picture.linear(1, -25).png(),
    'more contrast, 1.2': (picture) => picture.linear(1.2, -10).png(),
    'gamma 1.3': (picture) => picture.gamma(1.3).png(),
    'edges cut off, 2 % each': (picture, { width, height }) =>
      picture
        .extract({
          left: Math.round(width * 0.02),
          top: Math.round(height * 0.02),
          width: Math.round(width * 0.96),
          height: Math.round(height * 0.96),
        })
        .png(),
  };

/** Recall of changed copies, and pairs of images that are taken for near-duplicates. */
async function benchPictures(csv: string): Promise<void> {
  const encoder = await Encoder.load(await findEncoder('baseline', ''));
  const fingerprint = async (bytes: Uint8Array) => {
    const pixels = await decodeImage(bytes);
    const [vector] = await encoder.encode([preprocess(pixels, encoder.preprocess)]);
    return { pixels, hash: perceptualHash(pixels), vector: vector as Float32Array };
  };
  const { root, images } = await readSource(csv);
  const found = new Map(Object.keys(CHANGES).map((name) => [name, 0]));
  let copies = 0;
  const all: { hash: string; vector: Float32Array; content: string; patient: string | null }[] = [];
  for (const [i, { path, patient }] of images.entries()) {
    const bytes = readFileSync(join(root, path));
    const { pixels, ...original } = await fingerprint(bytes);
    all.push({ ...original, content: contentHash(bytes), patient });
    if (i % 20 > 0) continue;
    copies += 1;
    for (const [name, change] of Object.entries(CHANGES)) {
      const { width, height } = pixels;
      const picture = sharp(pixels.data, { raw: { width, height, channels: 3 } });
      const copy = await fingerprint(await change(picture, { width, height }).toBuffer());
      const near = areNearDuplicates(hammingDistance(original.hash, copy.hash), () =>
        cosine(original.vector, copy.vector),
      );
      if (near) found.set(name, (found.get(name) as number) + 1);
    }
  }
  await encoder.release();
  row('change', 'copies', 'found');
  row('---', '---', '---');
  for (const [name, count] of found) row(name, copies, `${((100 * count) / copies).toFixed(1)} %`);

  const dataset = images.map(({ metadata }) => metadata.dataset ?? '');
  const pairs = new Map<string, { near: number; differ: number; of: number }>();
  for (let a = 0; a < all.length; a++) {
    for (let b = a + 1; b < all.length; b++) {
      const [x, y] = [all[a], all[b]] as [(typeof all)[number], (typeof all)[number]];
      if (x.content === y.content) continue;
      const name = dataset[a] === dataset[b] ? (dataset[a] as string) : 'of two data sets';
      const count = pairs.get(name) ?? { near: 0, differ: 0, of: 0 };
      pairs.set(name, count);
      count.of += 1;
      const near = areNearDuplicates(hammingDistance(x.hash, y.hash), () =>
        cosine(x.vector, y.vector),
      );
      if (near) count.near += 1;
      if (near && x.patient !== y.patient) count.differ += 1;
    }
  }
  console.log();
  row('pairs of', 'pairs', 'near-duplicates', 'of them said to be of two patients');
  row('---', '---', '---', '---');
  for (const [name, { near, differ, of }] of pairs) row(name, of, near, differ);
}

/** Pairs of close hashes among random ones, each tenth with a close one. */
async function benchHashes(count: number): Promise<void> {
  const random = randomFrom(1);
  const word = () => Math.floor(random() * 2 ** 32);
  const hex = (high: number, low: number) =>
    (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
  const hashes = new Set<string>();
  while (hashes.size < count) {
    const [high, low] = [word(), word()];
    hashes.add(hex(high, low));
    if (random() < 0.1) hashes.add(hex(high ^ (1 << (word() & 31)), low ^ (1 << (word() & 31))));
  }
  const halves = [...hashes].map(halvesOf);
  const highs = Uint32Array.from(halves, ([high]) => high);
  const lows = Uint32Array.from(halves, ([, low]) => low);
  const start = performance.now();
  let close = 0;
  for await (const _ of closeHashes({ highs, lows })) close += 1;
  const index = (performance.now() - start) / 1000;
  // Every pair, of so few that it ends, and from that of all.
  const few = 30_000;
  const loopStart = performance.now();
  let closeOfFew = 0;
  for (let a = 0; a < few; a++) {
    const [high, low] = [highs[a] as number, lows[a] as number];
    for (let b = a + 1; b < few; b++) {
      const bits = bitCount(high ^ (highs[b] as number)) + bitCount(low ^ (lows[b] as number));
      if (bits <= MOST_BITS) closeOfFew += 1;
    }
  }
  const loop = ((performance.now() - loopStart) / 1000) * (halves.length / few) ** 2;
  console.log();
  row('hashes', 'how', 'close pairs', 'seconds');
  row('---', '---', '---', '---');
  row(halves.length, 'index of pieces', close, index.toFixed(1));
  row(halves.length, 'every pair, from 30,000', `${closeOfFew} of 30,000`, loop.toFixed(0));
}

if (file !== undefined) await benchPictures(file);
await benchHashes(Number(wanted));

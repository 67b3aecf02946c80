import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { perceptualHash } from '../encoding/preprocess/perceptual-hash.ts';
import { preprocess } from '../encoding/preprocess/preprocess.ts';
import { decodeImage } from '../images/decode.ts';
import { contentHash } from '../images/read.ts';
import { readSource } from '../indexing/read-source.ts';
import { hasShared, sharedPath } from '../testing/shared.ts';
import { closeHashes, type Fingerprint, findDuplicates } from './duplicates.ts';
import { hammingDistance, MOST_BITS } from './near-duplicate.ts';

/** Bits that differ, one by one. */
function distance(a: string, b: string): number {
  const different = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  return [...different.toString(2)].filter((bit) => bit === '1').length;
}

const hash = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((bits) => bits.toString(16).padStart(16, '0'));
/** A hash, and others that differ from it in a few bits. */
const family = fc
  .tuple(hash, fc.array(fc.array(fc.nat(63), { maxLength: 6 }), { maxLength: 5 }))
  .map(([first, flips]) => [
    first,
    ...flips.map((bits) =>
      bits
        .reduce((value, bit) => value ^ (1n << BigInt(bit)), BigInt(`0x${first}`))
        .toString(16)
        .padStart(16, '0'),
    ),
  ]);

describe('closeHashes', () => {
  it('finds every pair that is close, once, and tells how far it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(family, { maxLength: 8 }), async (families) => {
        const hashes = [...new Set(families.flat())];
        const expected: string[] = [];
        hashes.forEach((a, i) => {
          hashes.slice(i + 1).forEach((b, j) => {
            expect(hammingDistance(a, b)).toBe(distance(a, b));
            if (distance(a, b) <= MOST_BITS) expected.push(`${i} ${i + 1 + j} ${distance(a, b)}`);
          });
        });
        const found: string[] = [];
        const told: number[] = [];
        const progress = (done: number, total: number) => told.push(done / total);
        for await (const [a, b, bits] of closeHashes(hashes, { progress })) {
          found.push(`${a} ${b} ${bits}`);
        }
        expect(found.sort()).toEqual(expected.sort());
        expect(told).toEqual(told.toSorted((a, b) => a - b));
        expect(told.every((share) => share >= 0 && share < 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('findDuplicates', () => {
  const image = (id: number, content: string, bits: number | null): Fingerprint => ({
    id,
    contentHash: content,
    hash: bits === null ? null : (2 ** bits - 1).toString(16).padStart(16, '0'),
  });
  it('joins equal files, and pictures that are close by hash and by embedding', async () => {
    const images = [
      image(1, 'a', 0),
      image(2, 'b', null),
      image(3, 'b', null),
      image(4, 'c', 1),
      // As close by hash, but not alike.
      image(5, 'd', 2),
      // Farther by hash: it must be more alike than image 4 is.
      image(6, 'e', 4),
      image(7, 'f', 30),
      image(8, 'a', 0),
    ];
    const angles = new Map([
      [1, 0],
      [4, 0.6],
      [5, 2.5],
      [6, 0.9],
    ]);
    const clusters = await findDuplicates(images, (id) => {
      const angle = angles.get(id);
      return angle === undefined ? undefined : Float32Array.of(Math.cos(angle), Math.sin(angle));
    });
    expect(clusters).toEqual([
      { kind: 'near', images: [1, 4, 8] },
      { kind: 'exact', images: [2, 3] },
    ]);
    await expect(
      findDuplicates(images, () => undefined, {
        signal: AbortSignal.abort(),
        progress: () => expect.unreachable(),
      }),
    ).rejects.toThrow('abort');
  });

  it.skipIf(!hasShared('radiology/dataset.csv'))(
    'finds changed copies of real pictures, and not the pictures of other patients',
    async () => {
      const changes: Record<string, (picture: Sharp, width: number) => Sharp> = {
        jpeg: (picture) => picture.jpeg({ quality: 50 }),
        smaller: (picture, width) => picture.resize(Math.round(width * 0.6)).png(),
        brighter: (picture) => picture.linear(1, 20).png(),
      };
      const { root, images } = await readSource(sharedPath('radiology'));
      // Of this data set the patients are known.
      const known = images.filter(({ metadata }) => metadata.dataset === 'kermany-chest-xray');
      const chosen = known.filter((_, i) => i % 12 === 0);
      const encoder = await Encoder.load(await findEncoder('baseline', ''));
      const fingerprints: (Fingerprint & { vector: Float32Array; of: number; change: string })[] =
        [];
      const add = async (bytes: Uint8Array, of: number, change: string) => {
        const pixels = await decodeImage(bytes);
        const [vector] = await encoder.encode([preprocess(pixels, encoder.preprocess)]);
        fingerprints.push({
          id: fingerprints.length,
          contentHash: contentHash(bytes),
          hash: perceptualHash(pixels),
          vector: vector as Float32Array,
          of,
          change,
        });
        return pixels;
      };
      for (const [of, { path }] of chosen.entries()) {
        const { data, width, height } = await add(readFileSync(`${root}/${path}`), of, 'none');
        if (of % 3 > 0) continue;
        for (const [name, change] of Object.entries(changes)) {
          const picture = sharp(data, { raw: { width, height, channels: 3 } });
          await add(await change(picture, width).toBuffer(), of, name);
        }
      }
      await encoder.release();
      const clusters = await findDuplicates(fingerprints, (id) => fingerprints[id]?.vector);
      const clusterOf = new Map(clusters.flatMap((each, i) => each.images.map((id) => [id, i])));
      for (const change of Object.keys(changes)) {
        const copies = fingerprints.filter((each) => each.change === change);
        const found = copies.filter(({ id, of }) => {
          const original = fingerprints.find((each) => each.of === of && each.change === 'none');
          return clusterOf.has(id) && clusterOf.get(id) === clusterOf.get(original?.id as number);
        });
        expect(found.length / copies.length, change).toBeGreaterThanOrEqual(0.9);
      }
      for (const { images: members } of clusters) {
        const patients = members.map((id) => chosen[fingerprints[id]?.of as number]?.patient);
        expect(new Set(patients).size).toBe(1);
      }
    },
  );
});

describe('perceptualHash', () => {
  it('is of the frequencies above their median', async () => {
    // A wave along x alone: only frequencies of the first row differ from 0.
    const wave = (u: number, sign: number) => ({
      width: 64,
      height: 64,
      decoding: { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 },
      data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => {
        const x = Math.floor(i / 3) % 64;
        return 128 + sign * 100 * Math.cos(((2 * x + 1) * u * Math.PI) / 128);
      }),
    });
    for (const u of [1, 3, 6]) {
      const bit = 63n - BigInt(u);
      const [up, down] = [1, -1].map((sign) => BigInt(`0x${perceptualHash(wave(u, sign))}`));
      expect(((up as bigint) >> bit) & 1n).toBe(1n);
      expect(((down as bigint) >> bit) & 1n).toBe(0n);
    }
  });
});

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
import {
  closeHashes,
  type DuplicateClusters,
  type Fingerprint,
  Fingerprints,
  findDuplicates,
} from './duplicates.ts';
import {
  areNearDuplicates,
  cosine,
  halvesOf,
  hammingDistance,
  MOST_BITS,
} from './near-duplicate.ts';

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
        const halves = {
          highs: Uint32Array.from(hashes, (each) => halvesOf(each)[0]),
          lows: Uint32Array.from(hashes, (each) => halvesOf(each)[1]),
        };
        for await (const [a, b, bits] of closeHashes(halves, { progress })) {
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

function columnsOf(images: readonly Fingerprint[]): Fingerprints {
  const columns = new Fingerprints(images.length);
  for (const image of images) columns.add(image);
  return columns;
}

const listed = (clusters: DuplicateClusters) =>
  [...clusters].map(({ kind, images }) => ({ kind, images: [...images] }));

/** By the rules of docs/duplicates.md, comparing every pair. */
function plainDuplicates(
  images: readonly Fingerprint[],
  vectorOf: (id: number) => Float32Array | undefined,
) {
  const contentOf = ({ object, frame }: Fingerprint) => `${object} ${frame}`;
  const near = (a: Fingerprint, b: Fingerprint) => {
    const [x, y] = [vectorOf(a.id), vectorOf(b.id)];
    if (a.hash === null || b.hash === null || x === undefined || y === undefined) return false;
    return areNearDuplicates(distance(a.hash, b.hash), () => cosine(x, y));
  };
  // An image is compared by the first one of its content.
  const firstOf = (image: Fingerprint) =>
    images.find((each) => contentOf(each) === contentOf(image)) as Fingerprint;
  let clusters = images.map((image) => [image]);
  const join = (a: Fingerprint, b: Fingerprint) => {
    const [one, other] = [a, b].map((each) => clusters.find((cluster) => cluster.includes(each)));
    if (one === undefined || other === undefined || one === other) return;
    clusters = clusters.filter((cluster) => cluster !== other);
    one.push(...other);
  };
  for (const a of images) {
    for (const b of images) {
      if (contentOf(a) === contentOf(b) || near(firstOf(a), firstOf(b))) join(a, b);
    }
  }
  return clusters
    .filter(({ length }) => length > 1)
    .map((members) => ({
      kind: new Set(members.map(contentOf)).size === 1 ? 'exact' : 'near',
      images: members.map(({ id }) => id).sort((a, b) => a - b),
    }))
    .sort((a, b) => (a.images[0] as number) - (b.images[0] as number));
}

describe('findDuplicates', () => {
  const image = (id: number, object: number, bits: number | null): Fingerprint => ({
    id,
    object,
    frame: 1,
    hash: bits === null ? null : (2 ** bits - 1).toString(16).padStart(16, '0'),
  });
  it('joins equal files, and pictures that are close by hash and by embedding', async () => {
    const images = [
      image(1, 1, 0),
      image(2, 2, null),
      image(3, 2, null),
      image(4, 3, 1),
      // As close by hash, but not alike.
      image(5, 4, 2),
      // Farther by hash: it must be more alike than image 4 is.
      image(6, 5, 4),
      image(7, 6, 30),
      image(8, 1, 0),
    ];
    const angles = new Map([
      [1, 0],
      [4, 0.6],
      [5, 2.5],
      [6, 0.9],
    ]);
    const clusters = await findDuplicates(columnsOf(images), (id) => {
      const angle = angles.get(id);
      return angle === undefined ? undefined : Float32Array.of(Math.cos(angle), Math.sin(angle));
    });
    expect(listed(clusters)).toEqual([
      { kind: 'near', images: [1, 4, 8] },
      { kind: 'exact', images: [2, 3] },
    ]);
    await expect(
      findDuplicates(columnsOf(images), () => undefined, {
        signal: AbortSignal.abort(),
        progress: () => expect.unreachable(),
      }),
    ).rejects.toThrow('abort');
  });

  it('finds what comparing every pair finds', async () => {
    // Pictures of few kinds: those of one kind are alike, so that it does not matter which of them are compared.
    const drawn = fc.record({
      family: fc.nat(3),
      member: fc.nat(5),
      object: fc.nat(12),
      frame: fc.integer({ min: 1, max: 2 }),
      kind: fc.nat(2),
      lacks: fc.constantFrom('hash', 'vector', undefined, undefined, undefined, undefined),
    });
    let joined = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(family, { minLength: 4, maxLength: 4 }),
        fc.array(drawn, { minLength: 10, maxLength: 40 }),
        async (families, all) => {
          const images = all.map(({ family: at, member, object, frame, lacks }, i) => {
            const hashes = families[at] as string[];
            const known = hashes[member % hashes.length] as string;
            return { id: 3 * i + 1, object, frame, hash: lacks === 'hash' ? null : known };
          });
          const vectorOf = (id: number) => {
            const { kind, lacks } = all[(id - 1) / 3] as (typeof all)[number];
            if (lacks === 'vector') return undefined;
            return Float32Array.of(...[0, 1, 2].map((axis) => (axis === kind ? 1 : 0)));
          };
          const found = listed(await findDuplicates(columnsOf(images), vectorOf));
          expect(found).toEqual(plainDuplicates(images, vectorOf));
          joined += found.length;
        },
      ),
      { numRuns: 100 },
    );
    expect(joined).toBeGreaterThan(300);
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
      const contents = new Set<string>();
      const add = async (bytes: Uint8Array, of: number, change: string) => {
        const pixels = await decodeImage(bytes);
        const [vector] = await encoder.encode([preprocess(pixels, encoder.preprocess)]);
        const content = contentHash(bytes);
        contents.add(content);
        fingerprints.push({
          id: fingerprints.length,
          object: [...contents].indexOf(content),
          frame: 1,
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
      const clusters = listed(
        await findDuplicates(columnsOf(fingerprints), (id) => fingerprints[id]?.vector),
      );
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

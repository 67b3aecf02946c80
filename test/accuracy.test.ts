import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../src/domain/random.ts';
import { hasShared, sharedPath } from '../src/testing/shared.ts';
import { describeMobilenet } from './encoders.ts';
import { run, temporaryFolder } from './program.ts';

const present = hasShared('radiology/dataset.csv') && hasShared('encoder/mobilenet_v1.onnx');

describe.skipIf(!present)('retrieval of real images', () => {
  const temporary = temporaryFolder();
  const at = ['--home', join(temporary.path, 'home')];
  const mobilenet = join(temporary.path, 'mobilenet.json');

  /** Indexes with an encoder and gives its precision@k, test images searched among train images. */
  async function precisionOf(encoder: string, name: string): Promise<number[]> {
    const indexed = await run([...at, '--json', 'index', sharedPath('radiology'), '-e', encoder]);
    expect(JSON.parse(indexed.stdout)).toMatchObject({ total: 3933, failed: 0, complete: true });
    const evaluated = await run([...at, '--json', 'evaluate', '-e', name]);
    const { index, queries, precision } = JSON.parse(evaluated.stdout);
    expect([index, queries]).toEqual([2745, 789]);
    return precision.map(({ micro }: { micro: number }) => micro);
  }

  beforeAll(() => {
    describeMobilenet(temporary.path);
  });
  afterAll(() => temporary.remove());

  it('reaches precision@1 of .80 with the default encoder', { timeout: 300_000 }, async () => {
    const [at1] = await precisionOf('baseline', 'baseline');
    expect(at1).toBeGreaterThanOrEqual(0.8);
  });

  it('reaches the known precision of MobileNet', { timeout: 600_000 }, async () => {
    const precision = await precisionOf(mobilenet, 'mobilenet-v1');
    for (const [i, known] of [0.863, 0.827, 0.804, 0.772].entries()) {
      expect(Math.abs((precision[i] as number) - known)).toBeLessThanOrEqual(0.01);
    }
  });

  it('calibrates both encoders: probabilities come true, and errors stay near the wanted rate', {
    timeout: 120_000,
  }, async () => {
    for (const encoder of ['baseline', 'mobilenet-v1']) {
      const { stdout } = await run([...at, '--json', 'calibrate', '-e', encoder]);
      const { figures, levels } = JSON.parse(stdout);
      expect(figures.measure.queries).toBe(789);
      expect(figures.measure.neighbours.expectedCalibrationError).toBeLessThan(0.05);
      for (const { error, threshold, measured } of levels) {
        expect(threshold).not.toBeNull();
        // Of 789 queries, within what chance allows (two standard errors).
        const answered = measured.coverage * 789;
        expect(measured.error).toBeLessThan(
          error + 2 * Math.sqrt((error * (1 - error)) / answered),
        );
        expect(measured.coverage).toBeGreaterThan(0.5);
      }
    }
  });

  it('knows that pictures of another kind have no good match here', async () => {
    const random = randomFrom(4);
    const pictures = {
      noise: () => [random() * 255, random() * 255, random() * 255],
      // Sky above grass, as no scanner shows it.
      landscape: (x: number, y: number) =>
        y < 128 + 30 * Math.sin(x / 40)
          ? [90 + y / 2, 150 + y / 3, 230]
          : [60 + 40 * random(), 120 + 60 * random(), 40],
      tiles: (x: number, y: number) => (((x >> 3) + (y >> 3)) % 2 ? [250, 40, 40] : [250, 250, 60]),
    };
    for (const [name, colour] of Object.entries(pictures)) {
      const file = join(temporary.path, `${name}.png`);
      const pixels = Array.from({ length: 256 * 256 }, (_, i) => colour(i % 256, i >> 8)).flat();
      await sharp(Uint8Array.from(pixels), { raw: { width: 256, height: 256, channels: 3 } })
        .png()
        .toFile(file);
      for (const encoder of ['baseline', 'mobilenet-v1']) {
        const { stdout } = await run([...at, '--json', 'search', file, '-e', encoder, '-k', '5']);
        const { verdict, neighbours } = JSON.parse(stdout);
        expect([name, encoder, verdict.good]).toEqual([name, encoder, false]);
        expect(neighbours).toHaveLength(5);
        expect(neighbours[0]).not.toHaveProperty('probability');
      }
    }
  });

  it('adapts MobileNet to the labels of train beyond the known precision', {
    timeout: 600_000,
  }, async () => {
    const { stdout } = await run([
      ...at,
      '--json',
      'adapt',
      '-e',
      'mobilenet-v1',
      '--name',
      'mobilenet-adapted',
    ]);
    const { better, saved, images } = JSON.parse(stdout);
    expect({ better, saved, images }).toEqual({ better: true, saved: true, images: 2745 });
    const evaluated = await run([...at, '--json', 'evaluate', '-e', 'mobilenet-adapted']);
    const { precision } = JSON.parse(evaluated.stdout);
    for (const [i, known] of [0.872, 0.858, 0.849, 0.834].entries()) {
      expect(precision[i].micro).toBeGreaterThanOrEqual(known);
    }
  });

  it('searches with filters, and leaves out the own file and, when asked, the patient', async () => {
    const query = sharedPath('radiology/images/kermany-chest-xray/normal/0000.jpg');
    const search = async (...options: string[]) =>
      JSON.parse(
        (await run([...at, '--json', 'search', query, '-e', 'baseline', ...options])).stdout,
      );
    const all = await search('-k', '4000');
    const own = all.query.contentHash;
    const paths = all.neighbours.map((n: { image: { path: string } }) => n.image.path);
    expect(paths).not.toContain('images/kermany-chest-xray/normal/0000.jpg');
    expect(
      all.neighbours.every((n: { image: { contentHash: string } }) => n.image.contentHash !== own),
    ).toBe(true);
    expect(all.candidates).toBe(paths.length);

    const filtered = await search(
      '-k',
      '500',
      '-f',
      'modality=US',
      '-f',
      'modality=MR',
      '-f',
      'split=val',
    );
    expect(filtered.neighbours).toHaveLength(filtered.candidates);
    for (const { image } of filtered.neighbours) {
      expect(['US', 'MR']).toContain(image.metadata.modality);
      expect(image.metadata.split).toBe('val');
    }
    // The filtered list is the whole list without the others, in the same order.
    const kept = new Set(filtered.neighbours.map((n: { image: { id: number } }) => n.image.id));
    const ids = (list: { image: { id: number } }[]) => list.map((n) => n.image.id);
    expect(ids(filtered.neighbours)).toEqual(ids(all.neighbours).filter((id) => kept.has(id)));

    const others = await search('-k', '4000', '--exclude', 'patient');
    const patient = all.query.patient;
    expect(
      others.neighbours.some((n: { image: { patient: string } }) => n.image.patient === patient),
    ).toBe(false);
  });
});

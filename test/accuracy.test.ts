import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { dicomFile, elements, picture } from '../testing/dicom.ts';
import { slowDicom } from '../testing/slow-jpeg.ts';
import { Semblance } from './semblance.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';

const work = mkdtempSync(join(tmpdir(), 'semblance-hostile-'));
afterAll(() => rmSync(work, { recursive: true }));

const whole = (seed: number) => dicomFile(EXPLICIT, elements(picture([1, 2, 3, seed], 2)));

it.each([
  ['takes too long', { maxSeconds: 1 }, /longer than 1 seconds/],
  ['takes too much memory', { maxSeconds: 60, maxMemory: 350 }, /more memory than the limit/],
] as const)(
  'a frame whose decoder %s ends its process alone, and the run goes on',
  async (_, limits, says) => {
    const folder = mkdtempSync(join(work, 'files-'));
    for (const [name, bytes] of [
      ['a', whole(4)],
      ['b', slowDicom(12_000, 198)],
      ['c', whole(5)],
      ['d', slowDicom(800, 500)],
      ['e', whole(6)],
    ] as const) {
      writeFileSync(join(folder, name), bytes);
    }
    const semblance = await Semblance.open({
      home: mkdtempSync(join(work, 'home-')),
      limits: { maxPixels: 200_000_000, ...limits },
    });
    try {
      const result = await semblance.indexing.index({}, { collection: 'a', path: folder });
      expect(result).toMatchObject({ total: 5, added: 3, failed: 2 });
      expect(result.failures).toMatchObject([
        {
          code: 'IMAGE_TOO_COSTLY',
          subject: join(folder, 'b'),
          detail: expect.stringMatching(says),
        },
        { code: 'DICOM_DAMAGED', subject: join(folder, 'd'), detail: 'It has 501 scans.' },
      ]);
    } finally {
      await semblance.close();
    }
  },
  120_000,
);

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Indexing } from '../src/contract/indexing.ts';
import { hasOrthanc, type Orthanc, startOrthanc } from '../src/testing/orthanc.ts';
import { slice } from '../src/testing/slices.ts';
import { following, run, temporaryFolder } from './program.ts';

const COUNT = 60;

const work = temporaryFolder();
let orthanc: Orthanc;

describe.skipIf(!hasOrthanc())('semblance index of a PACS', () => {
  beforeAll(async () => {
    orthanc = await startOrthanc({ semblance: ['SEMBLANCE', '127.0.0.1', 1] });
    for (let number = 1; number <= COUNT; number++) await orthanc.upload(slice(1, number));
    process.env.SEMBLANCE_DICOMWEB_URL = orthanc.url;
    process.env.SEMBLANCE_DICOMWEB_USER = orthanc.user;
    process.env.SEMBLANCE_DICOMWEB_PASSWORD = orthanc.password;
  }, 120_000);

  afterAll(async () => {
    for (const name of ['URL', 'USER', 'PASSWORD'])
      delete process.env[`SEMBLANCE_DICOMWEB_${name}`];
    await orthanc?.remove();
    work.remove();
  });

  it.each(['DICOMweb', 'DIMSE'])(
    'by %s goes on where it was killed, and takes what arrives late',
    async (way) => {
      const home = join(work.path, way);
      const address =
        way === 'DIMSE'
          ? `dimse://${orthanc.aet}@127.0.0.1:${orthanc.port}`
          : `dicomweb+${orthanc.url}`;
      const args = ['--json', '--home', home, 'index', address, '--poll', '1'];
      const killed = following<Indexing>(args);
      const stored = () => readdirSync(home).includes('default.db');
      await expect.poll(stored, { timeout: 60_000, interval: 5 }).toBe(true);
      killed.child.kill('SIGKILL');
      await killed.ended;

      const { child, told, ended } = following<Indexing>(args);
      await expect.poll(() => told.length, { timeout: 60_000 }).toBeGreaterThan(0);
      const { added = 0, unchanged = 0, failed } = told[0] ?? {};
      expect([added + unchanged, failed]).toEqual([COUNT, 0]);
      const late = way === 'DIMSE' ? 3 : 2;
      await orthanc.upload(slice(late, 1));
      await expect
        .poll(() => told.some((each) => each.added === 1), { timeout: 60_000 })
        .toBe(true);
      await orthanc.stop();
      const before = told.length;
      await orthanc.start();
      await expect.poll(() => told.length, { timeout: 60_000 }).toBeGreaterThan(before);
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      const checked = await run(['--json', '--home', home, 'check']);
      expect(checked.code).toBe(0);
      await orthanc.delete(`1.2.777.${late}.1.1`);
    },
    180_000,
  );
});

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileHead } from '../src/dicom/write.ts';
import { hasDcmtk, startDcmtk } from '../src/testing/dcmtk.ts';
import { elements, picture } from '../src/testing/dicom.ts';
import { holdPorts } from '../src/testing/weaviate.ts';
import { following, run, temporaryFolder } from './program.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
/** How often the receiver is killed; the whole number takes minutes. */
const ROUNDS = Number(process.env.SEMBLANCE_KILLS ?? 4);
/** Objects that are sent over one association. */
const OBJECTS = 40;

const work = temporaryFolder();
afterAll(() => work.remove());

/** Starts `semblance receive` and waits until it listens; `states`: what it has told. */
async function receiving(args: readonly string[]) {
  type State = { dimse: { port: number }; received: number; indexed: number };
  const { child, told: states, ended } = following<State>(['--json', 'receive', ...args]);
  await expect.poll(() => states.length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
  return { child, states, ended, port: states[0]?.dimse.port as number };
}

describe.skipIf(!hasDcmtk())('semblance receive', () => {
  it(`has what it confirmed, killed ${ROUNDS} times under storescu`, async () => {
    const home = join(work.path, 'home');
    const folder = join(work.path, 'sent');
    const received = join(home, 'received', 'default');
    mkdirSync(folder);
    const held = await holdPorts(1);
    const port = `${held.first}`;
    await held.free();
    const confirmed: Buffer[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { child, ended } = await receiving(['--home', home, '--allow', '*', '-p', port]);
      const sets = Array.from({ length: OBJECTS }, (_, i) => {
        // All of one length, so that the data sets are, too.
        const uid = `1.2.777.${1000 + round}.${100 + i}`;
        const pixels = Array.from({ length: 128 * 128 }, (_, at) => (at * (i + 1)) % 4096);
        const set = elements(picture(pixels, 128, [['SOPInstanceUID', uid]]));
        const head = fileHead('1.2.840.10008.1.2.1', CT, uid);
        const path = join(folder, `${i}`);
        writeFileSync(path, Buffer.concat([head, set]));
        return { path, set };
      });
      const scu = startDcmtk('storescu', [
        '-v',
        '-aec',
        'SEMBLANCE',
        '127.0.0.1',
        port,
        ...sets.map((s) => s.path),
      ]);
      // At another moment each time: from before the first object to after the last one.
      const moment = (round * 7) % OBJECTS;
      await expect
        .poll(() => (existsSync(received) ? readdirSync(received).length : 0), {
          ...{ interval: 1, timeout: 10_000 },
        })
        .toBeGreaterThanOrEqual(confirmed.length + moment);
      child.kill('SIGKILL');
      await ended;
      const { said } = await scu.ended;
      const answers = said.match(/Received Store Response \(Success\)/g)?.length ?? 0;
      confirmed.push(...sets.slice(0, answers).map(({ set }) => set));
      const length = sets[0]?.set.length ?? 0;
      const kept = readdirSync(received)
        .filter((name) => name.endsWith('.dcm'))
        .map((name) => readFileSync(join(received, name)));
      const there = new Set(kept.map((each) => each.subarray(-length).toString('latin1')));
      for (const set of confirmed) expect(there.has(set.toString('latin1'))).toBe(true);
    }
    expect(confirmed.length).toBeGreaterThan(0);
    // The next run indexes all that is there, and ends when it is told to.
    const { child, states, ended } = await receiving(['--home', home, '--allow', '*', '-p', port]);
    const all = readdirSync(received).filter((name) => name.endsWith('.dcm')).length;
    const images = async () =>
      JSON.parse((await run(['--json', '--home', home, 'info'])).stdout || '{}').images;
    await expect.poll(images, { timeout: 120_000, interval: 1000 }).toBe(all);
    // Images are searched as soon as they are written; the run counts them when its batch has ended.
    await expect
      .poll(() => states.at(-1), { timeout: 60_000 })
      .toMatchObject({ received: 0, waiting: 0 });
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(states.at(-1)).toMatchObject({ received: 0, waiting: 0 });
    expect(readdirSync(received).filter((name) => name.endsWith('.part'))).toEqual([]);
  }, 3_600_000);

  it.each([
    [['--allow', '*', '--host', '0.0.0.0'], 'HOST_NOT_PRIVATE'],
    [[], 'USAGE'],
    [['--allow', '*', '--tls-key', 'absent.pem'], 'USAGE'],
    [['--allow', '*', '-e', 'no-such-encoder'], 'ENCODER_NOT_FOUND'],
    [['--allow', '*', '--frames', 'key'], 'FRAMES_INVALID'],
  ])('starts nothing with %j: %s', async (args, code) => {
    const home = join(work.path, 'other');
    const { code: status, stderr } = await run(['--json', '--home', home, 'receive', ...args]);
    expect(status).not.toBe(0);
    expect(JSON.parse(stderr).error.code).toBe(code);
    expect(existsSync(join(home, 'received'))).toBe(false);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { createApp } from './app.ts';

let home: string;
let semblance: Semblance;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'semblance-lanes-'));
  new DataDirectory(home).open('chest', { create: true }).close();
  semblance = await Semblance.open({ home });
});
afterAll(async () => {
  await semblance.close();
  await rm(home, { recursive: true });
});

it('gives each user and key a turn of its own, also behind one address', async () => {
  const load = { maxRunning: 1, maxWaiting: 4 };
  const app = createApp(semblance, { maxUpload: 1, mustLogIn: true, load });
  const [greedy, modest] = ['greedy', 'modest'].map((name) => {
    const { secret } = semblance.access.addKey({ name, days: 1, role: 'viewer' });
    return () =>
      app.request('http://localhost/api/collections/chest/images', {
        headers: { authorization: `Bearer ${secret}` },
      });
  }) as [() => Promise<Response>, () => Promise<Response>];
  const crowd = Array.from({ length: 20 }, greedy);
  const one = modest();
  const answers = await Promise.all(crowd);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThanOrEqual(15);
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await one).status).toBe(200);
});

// What the audit log costs requests of the API, with it and without it in turn:
//   npm run bench:audit
import { createApp } from '../src/server/app.ts';
import { searchForm } from '../src/testing/search-form.ts';
import { smallDoors } from '../src/testing/small-home.ts';

const ROUNDS = 400;
/** Left out: what is loaded with the first ones. */
const FIRST = 20;
const AT_ONCE = 400;
const ORIGIN = 'http://localhost/api/collections/test';

const doors = await smallDoors();
const apps = [
  { name: 'with', app: createApp(doors.semblance, { maxUpload: 1e6 }), times: [] as number[] },
  {
    name: 'without',
    app: createApp(doors.semblance, { maxUpload: 1e6, audit: false }),
    times: [] as number[],
  },
];
for (let i = 0; i < ROUNDS + FIRST; i++) {
  for (const { app, times } of apps) {
    const body = searchForm({ parts: [{ image: 1 + (i % 12) }], k: 5, encoder: 'baseline' });
    const begun = performance.now();
    const answer = await app.request(`${ORIGIN}/search`, { method: 'POST', body });
    await answer.text();
    if (!answer.ok) throw new Error(`Answered with ${answer.status}.`);
    if (i >= FIRST) times.push(performance.now() - begun);
  }
}
for (const { name, app, times } of apps) {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1);
  const begun = performance.now();
  const asked = Array.from({ length: AT_ONCE }, async (_, i) => {
    const answer = await app.request(`${ORIGIN}/images/${1 + (i % 12)}`);
    await answer.text();
  });
  await Promise.all(asked);
  const together = (performance.now() - begun).toFixed(0);
  process.stdout.write(
    `${name} the log: a search ${at(0.5)} ms, 95 % within ${at(0.95)} ms; ${AT_ONCE} images at once ${together} ms\n`,
  );
}
await doors.close();

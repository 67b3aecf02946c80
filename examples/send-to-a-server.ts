// Pictures sent to a server, which indexes them: SEMBLANCE_KEY=... node send-to-a-server.js http://host:7780 collection picture...
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

const [server, collection, ...pictures] = process.argv.slice(2) as [string, string, ...string[]];
const Authorization = `Bearer ${process.env.SEMBLANCE_KEY}`;
/** So long is it asked again, in milliseconds, whatever happens to the server or the network. */
const PATIENCE = 60_000;

interface Task {
  id: number;
  state: string;
  result: { added: number } | null;
}

/** Asks until there is an answer; what has the same key is done once. */
async function ask<T>(method: string, path: string, body?: FormData | object): Promise<T> {
  const isForm = body instanceof FormData;
  const headers = {
    ...{ Authorization, 'Idempotency-Key': randomUUID() },
    ...(body && !isForm && { 'Content-Type': 'application/json' }),
  };
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      const sent = isForm || body === undefined ? body : JSON.stringify(body);
      const answer = await fetch(`${server}/api/v1${path}`, { method, headers, body: sent });
      if (answer.ok) return (await answer.json()) as T;
      const problem = (await answer.json()) as { code: string; detail: string };
      // A request that the network cut off may still be under way.
      const isBusy = [429, 503].includes(answer.status) || problem.code === 'REQUEST_UNDER_WAY';
      if (!isBusy || Date.now() > until) {
        throw new Error(`${problem.code}: ${problem.detail}`);
      }
      await later(1000 * Number(answer.headers.get('retry-after') ?? 1));
    } catch (error) {
      // The network: fetch's own error.
      if (!(error instanceof TypeError) || Date.now() > until) throw error;
      await later(1000);
    }
  }
}

const form = new FormData();
for (const path of pictures) form.append('file', new Blob([await readFile(path)]), basename(path));
const images = `/collections/${encodeURIComponent(collection)}/images`;
const { task, refused } = await ask<{
  task: Task | null;
  refused: { code: string; subject: string }[];
}>('POST', images, form);
for (const { code, subject } of refused) console.log(`refused: ${subject} (${code})`);
if (task !== null) {
  let now = task;
  while (now.state === 'waiting' || now.state === 'running') {
    await later(300);
    now = await ask<Task>('GET', `/tasks/${task.id}`);
  }
  console.log(`${now.state}: ${now.result?.added ?? 0} images added`);
  const page = await ask<{ images: { id: number }[] }>('GET', `${images}?limit=1`);
  for (const { id } of page.images) {
    const path = `${images}/${id}/labels`;
    const { labels } = await ask<{ labels: string[] }>('PUT', path, { labels: ['sent'] });
    console.log(`image ${id} is labelled ${labels.join(', ')}`);
  }
}

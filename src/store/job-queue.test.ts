import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CollectionStore } from './collection-store.ts';

it('keeps nowhere in the clear what waits, and gives it back whole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-queue-'));
  try {
    const store = CollectionStore.open(join(folder, 'a.db'), { create: true });
    const encoderId = store.encoders.register({
      ...{ name: 'a', fingerprint: 'a', dimension: 2, definition: '{}' },
    });
    const sourceId = store.sources.register('/images');
    const path = 'PLANTEDNAME/1.2.777.1';
    const image = { path, patient: 'PLANTEDID', study: null, series: null, labels: [] };
    const description = { ...image, metadata: {} };
    store.jobs.add(encoderId, sourceId, [description]);
    // Once more is not twice.
    store.jobs.add(encoderId, sourceId, [description]);
    const [job, ...others] = store.jobs.lease(encoderId, 'me', 9, 60_000);
    expect(others).toEqual([]);
    expect(job?.description).toEqual(description);
    if (job) store.jobs.finish(job, 'failed', { code: 'INTERNAL', detail: 'x' });
    expect(store.jobs.failures(encoderId, sourceId)).toMatchObject([{ path }]);
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(kept.join()).not.toContain('PLANTED');
    expect(kept.join()).not.toContain('1.2.777');
    store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

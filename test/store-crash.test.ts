import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterAll, describe, expect, it } from 'vitest';
import { importedDefinition } from '../src/encoding/encoders/definition.ts';
import { PreprocessPool } from '../src/encoding/preprocess/pool.ts';
import { chooseEncoder } from '../src/search/choose-encoder.ts';
import { EncoderSpace } from '../src/search/encoder-space.ts';
import { Searcher } from '../src/search/searcher.ts';
import { CollectionStore } from '../src/store/collection-store.ts';
import { described } from '../src/testing/described.ts';
import { temporaryFolder } from './program.ts';

const WRITER = fileURLToPath(new URL('./store-writer.mjs', import.meta.url));
const KILLS = 100;

/** The images by path that a collection has after a number of rounds, each with its round and number. */
class Rounds {
  readonly images = new Map<string, { round: number; number: number }>();
  private round = 0;

  advanceTo(round: number): this {
    while (this.round < round) {
      this.round += 1;
      const slot = (n: number) => (n + 32) % 32;
      for (let number = 0; number < 4; number++) {
        this.images.set(`${slot(this.round)}/${number}`, { round: this.round, number });
      }
      this.images.delete(`${slot(this.round - 2)}/2`);
      const moved = this.images.get(`${slot(this.round - 1)}/3`);
      this.images.delete(`${slot(this.round - 1)}/3`);
      this.images.delete(`moved/${slot(this.round - 1)}`);
      if (moved) this.images.set(`moved/${slot(this.round - 1)}`, moved);
    }
    return this;
  }

  vector({ round, number }: { round: number; number: number }): Float32Array {
    return Float32Array.of(number + 1, Math.sin(round), Math.cos(round), 1);
  }
}

function startWriter(file: string): {
  child: ChildProcess;
  acknowledged: () => number;
  ended: Promise<unknown>;
} {
  const child = spawn(process.execPath, [WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.on('data', (data) => {
    text = (text + data).slice(-100);
  });
  return {
    child,
    // The last line may be cut.
    acknowledged: () => Number(text.split('\n').at(-2) ?? 0),
    ended: new Promise((resolve) => child.on('close', resolve)),
  };
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const roundsIn = (store: CollectionStore) =>
  Math.max(0, ...store.images.page().map(({ metadata }) => Number(metadata.round)));

describe('a collection whose writer is killed', () => {
  const temporary = temporaryFolder();
  afterAll(() => temporary.remove());

  it(`keeps everything that was acknowledged, and nothing by halves, ${KILLS} times`, async () => {
    const file = join(temporary.path, 'killed.db');
    const expected = new Rounds();
    let last = 0;
    let cut = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, acknowledged, ended } = startWriter(file);
      // At any moment, its start included, or in the middle of its writing.
      if (kill % 4 === 0) await sleep(Math.random() * 100);
      else {
        while (acknowledged() === 0 && child.exitCode === null) await sleep(2);
        await sleep(Math.random() * 40);
      }
      child.kill('SIGKILL');
      await ended;
      expect(child.exitCode).toBeNull();
      if (!existsSync(file)) continue;
      const store = CollectionStore.open(file);
      const round = roundsIn(store);
      const promised = Math.max(last, acknowledged());
      // One more may have been committed when the kill came before its acknowledgement.
      expect([promised, promised + 1]).toContain(round);
      if (round > promised) cut += 1;
      const { images } = expected.advanceTo(round);
      const vectors = new Map(store.embeddings.each(store.encoders.list()[0]?.id ?? 0));
      const found = store.images.page();
      expect(vectors.size).toBe(found.length);
      expect(
        new Map(
          found.map(({ id, path, contentHash, metadata }) => [
            path,
            [contentHash, metadata.round, vectors.get(id)],
          ]),
        ),
      ).toEqual(
        new Map(
          [...images].map(([path, image]) => [
            path,
            [`hash-${image.round}-${image.number}`, `${image.round}`, expected.vector(image)],
          ]),
        ),
      );
      const counted = store.fields.facets([]).find(({ field }) => field === 'round');
      expect((counted?.values ?? []).reduce((sum, { count }) => sum + count, 0)).toBe(found.length);
      store.close();
      last = round;
    }
    console.log(`${KILLS} kills, ${last} rounds kept, ${cut} of them not yet acknowledged`);
    expect(last).toBeGreaterThan(KILLS);
    const db = new Database(file);
    expect(db.prepare('PRAGMA integrity_check').pluck().all()).toEqual(['ok']);
    expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    db.close();
  });

  it('answers every search from one committed state while another process writes', async () => {
    const file = join(temporary.path, 'read.db');
    const store = CollectionStore.open(file, { create: true });
    const definition = JSON.stringify(importedDefinition('theirs', 4));
    const encoderId = store.encoders.register({
      name: 'theirs',
      fingerprint: 'theirs',
      dimension: 4,
      definition,
    });
    const vector = Float32Array.of(1, 2, 3, 4);
    const anchor = described('anchor', { metadata: { round: '0' } });
    store.writer.write(store.sources.register('/anchor'), [
      { description: anchor, embeddings: new Map([[encoderId, vector]]) },
    ]);
    const [{ id } = { id: 0 }] = store.images.page();
    const { child, acknowledged, ended } = startWriter(file);
    const searcher = new Searcher(
      store,
      new EncoderSpace(chooseEncoder(store)),
      new PreprocessPool(),
    );
    const seen = new Set<number>();
    try {
      // Two searches at once may see two states, but from here on both have five images to find.
      while (acknowledged() < 3 && child.exitCode === null) await sleep(2);
      const end = Date.now() + 30_000;
      while (seen.size < 25 && Date.now() < end) {
        const promised = acknowledged();
        const answers = await Promise.all(
          [1000, 5].map((k) => searcher.search([{ kind: 'image', id }], { k })),
        );
        const rounds = answers.map(({ neighbours }) => neighbours.map(({ image }) => image));
        const round = Math.max(
          0,
          ...(rounds[0] ?? []).map(({ metadata }) => Number(metadata.round)),
        );
        expect(round).toBeGreaterThanOrEqual(promised);
        const state = new Rounds().advanceTo(round);
        const byPath = new Map(rounds[0]?.map((image) => [image.path, image.contentHash]));
        expect(byPath).toEqual(
          new Map(
            [...state.images].map(([path, image]) => [path, `hash-${image.round}-${image.number}`]),
          ),
        );
        for (const { image, similarity } of answers[0]?.neighbours ?? []) {
          const other = state.vector(
            state.images.get(image.path) as { round: number; number: number },
          );
          const dot = other.reduce((sum, x, i) => sum + x * (vector[i] as number), 0);
          expect(similarity).toBeCloseTo(dot / Math.hypot(...other) / Math.hypot(...vector), 6);
        }
        expect(rounds[1]).toHaveLength(5);
        seen.add(round);
      }
    } finally {
      child.kill('SIGKILL');
      await ended;
      await searcher.release();
      store.close();
    }
    expect(seen.size).toBe(25);
  });
});

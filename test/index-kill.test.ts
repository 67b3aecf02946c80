import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CollectionStore } from '../src/store/collection-store.ts';
import { temporaryFolder } from './program.ts';

const PROCESS = fileURLToPath(new URL('./index-process.mjs', import.meta.url));
const KILLS = 10;
/** As few numbers as an index that is kept can have. */
const [DIMENSION, ROWS] = [1024, 8300];

describe('a process that is killed while it merges or keeps its index', () => {
  const temporary = temporaryFolder();
  const running = new Set<ChildProcess>();
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    temporary.remove();
  });
  const file = join(temporary.path, 'killed.db');
  const kept = `${file}.1.index`;

  function begin(role: string) {
    const child = spawn(process.execPath, [PROCESS, role, file, `${DIMENSION}`, `${ROWS}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    let text = '';
    child.stdout?.on('data', (data) => {
      text += data;
    });
    const ended = new Promise<void>((resolve) =>
      child.on('close', () => {
        running.delete(child);
        resolve();
      }),
    );
    const lines = () => text.split('\n').slice(0, -1);
    const until = async (count: number) => {
      while (lines().length < count && running.has(child)) await sleep(5);
    };
    const kill = () => {
      child.kill('SIGKILL');
      return ended;
    };
    return { pid: child.pid as number, lines, until, ended, kill };
  }
  /** What a process is writing of the kept index. */
  const partOf = (pid: number) =>
    readdirSync(temporary.path).find((name) => name.includes(`-${pid}-`) && name.endsWith('.part'));

  it(`leaves an index that answers as brute force and has nothing of what is gone, ${KILLS} times`, async () => {
    const writer = begin('write');
    await writer.until(2);
    const searcher = begin('search');
    await searcher.until(1);
    let whileWriting = 0;
    const killed: number[] = [];
    for (let n = 0; n < KILLS; n++) {
      const victim = begin('search');
      // From its start on, while it reads, builds and keeps the index.
      if (n % 2 === 1) await sleep(200 * n);
      else {
        await victim.until(1);
        // It began behind those before.
        expect(killed.map(partOf)).toEqual(killed.map(() => undefined));
        // A removal has the index merged and kept, so that this moment comes.
        let part: string | undefined;
        while (part === undefined) {
          await sleep(1);
          part = partOf(victim.pid);
        }
        const path = join(temporary.path, part);
        const size = ((n + 1) / KILLS) * 4 * DIMENSION * ROWS;
        const written = () => statSync(path, { throwIfNoEntry: false })?.size ?? size;
        while (written() < size) await sleep(1);
      }
      await victim.kill();
      expect(victim.lines().filter((line) => line.startsWith('wrong'))).toEqual([]);
      if (partOf(victim.pid) !== undefined) whileWriting += 1;
      killed.push(victim.pid);
    }
    expect(whileWriting).toBeGreaterThan(1);
    await Promise.all([writer.kill(), searcher.kill()]);
    expect(searcher.lines().filter((line) => line.startsWith('wrong'))).toEqual([]);

    const last = begin('once');
    await last.ended;
    expect(last.lines()).toEqual(['0']);
    expect(readdirSync(temporary.path).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(existsSync(kept)).toBe(true);
    const store = CollectionStore.open(file);
    const vectors = [...store.embeddings.each(1)].map(([, vector]) => Buffer.from(vector.buffer));
    store.close();
    const there = new Set(vectors.map((bytes) => bytes.toString('latin1', 0, 16)));
    expect(valuesIn(kept, vectors.length)).toEqual(there);
  }, 900_000);

  /** The beginning of each embedding in a kept index, which has ids, inverse lengths and values in turn. */
  function valuesIn(path: string, rows: number): Set<string> {
    const bytes = readFileSync(path);
    return new Set(
      Array.from({ length: rows }, (_, row) => {
        const at = rows * (4 + 8) + row * 4 * DIMENSION;
        return bytes.toString('latin1', at, at + 16);
      }),
    );
  }
});

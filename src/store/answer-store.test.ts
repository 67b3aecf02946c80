import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Answering, AnswerStore, type KeptAnswer } from './answer-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-answers-'));
const file = join(folder, 'answers.sqlite');
const store = AnswerStore.open(file);
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const answer: KeptAnswer = { status: 200, headers: { 'Content-Type': 'x' }, body: 'PLANTED' };
const begin = (name: string, request = 'sent') => store.begin(name, request) as Answering;
const refusal = (code: string) => expect.objectContaining({ code });

describe('what was answered to a key', () => {
  it('is answered again, is nothing else, and cannot be read in the file', () => {
    begin('PLANTED name').keep(answer);
    expect(begin('PLANTED name')).toEqual(answer);
    expect(() => begin('PLANTED name', 'other')).toThrow(refusal('REQUEST_KEY_REUSED'));
    expect('keep' in begin('another name', 'other')).toBe(true);
    for (const each of [file, `${file}-wal`])
      expect(readFileSync(each, 'latin1')).not.toContain('PLANTED');
  });

  it('is waited for while it is answered, and answered anew when it was not', () => {
    const first = begin('under way');
    expect(() => begin('under way')).toThrow(refusal('REQUEST_UNDER_WAY'));
    first.forget();
    const second = begin('under way');
    expect('keep' in second).toBe(true);
    // The process of the second one ends.
    const database = new Database(file);
    database.exec(
      `UPDATE answers SET holder = json_set(holder, '$.pid', 99999999) WHERE answer IS NULL`,
    );
    database.close();
    begin('under way').keep(answer);
    expect(begin('under way')).toEqual(answer);
  });

  it('is kept for a day', () => {
    begin('old').keep(answer);
    vi.useFakeTimers({ now: Date.now() + 23 * 3_600_000 });
    expect(begin('old')).toEqual(answer);
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect('keep' in begin('old')).toBe(true);
    vi.useRealTimers();
  });
});

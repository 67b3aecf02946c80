import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('makes a folder with those above it, and leaves one that is there', () => {
  const deep = join(folder, 'a', 'b', 'c');
  makeFolder(deep);
  expect(existsSync(deep)).toBe(true);
  expect(() => makeFolder(deep)).not.toThrow();
});

it('ends where there can be none', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow('EEXIST');
  expect(() => makeFolder(join(file, 'below'))).toThrow('ENOTDIR');
});

it.skipIf(process.platform !== 'linux')('ends where the system makes none', () => {
  expect(() => makeFolder('/proc/none/below')).toThrow('ENOENT');
});

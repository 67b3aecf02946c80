import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ThumbnailFolder } from './thumbnail-folder.ts';

let home: string;
let folder: string;
let picture: Uint8Array;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'semblance-thumbnails-'));
  folder = join(home, 'thumbnails');
  const create = { width: 9, height: 9, channels: 3, background: 'red' } as const;
  picture = await sharp({ create }).webp().toBuffer();
});
afterEach(() => rmSync(home, { recursive: true }));

const key = (n: number) => ({
  contentHash: `${n}`.padStart(64, '0'),
  edge: 64,
  stamp: '1 2 3',
});

describe('kept thumbnails', () => {
  it('are read by another process, and not when the file was touched', async () => {
    await new ThumbnailFolder(folder).write(key(1), picture);
    const other = new ThumbnailFolder(folder);
    expect(await other.read(key(1))).toEqual(picture);
    expect(await other.read({ ...key(1), stamp: '1 2 4' })).toBeUndefined();
    expect(await other.read({ ...key(1), edge: 65 })).toBeUndefined();
    expect(await other.read(key(2))).toBeUndefined();
  });

  it('are closed to other users', async () => {
    await new ThumbnailFolder(folder).write(key(1), picture);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const names = readdirSync(folder);
    expect(names).toHaveLength(1);
    expect(statSync(join(folder, names[0] as string)).mode & 0o777).toBe(0o600);
  });

  it('are not given when a crash left a part of one', async () => {
    const kept = new ThumbnailFolder(folder);
    await kept.write(key(1), picture);
    truncateSync(join(folder, readdirSync(folder)[0] as string), picture.length - 1);
    expect(await kept.read(key(1))).toBeUndefined();
  });

  it('stay below the limit: those not asked for longest go', async () => {
    const kept = new ThumbnailFolder(folder, 4.5 * picture.length);
    for (let n = 1; n <= 4; n++) {
      await kept.write(key(n), picture);
      const name = readdirSync(folder).find((each) => each.startsWith(key(n).contentHash));
      utimesSync(join(folder, name as string), n, n);
    }
    await kept.read(key(1));
    // The time of use is noted beside the answer.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await kept.write(key(5), picture);
    expect(await kept.read(key(2))).toBeUndefined();
    expect(await kept.read(key(1))).toEqual(picture);
    expect(await kept.read(key(5))).toEqual(picture);
    expect(readdirSync(folder).length).toBe(4);
  });

  it('go with the contents that are removed', async () => {
    const kept = new ThumbnailFolder(folder);
    await kept.write(key(1), picture);
    await kept.write(key(2), picture);
    kept.forget(new Set([key(1).contentHash]));
    expect(await kept.read(key(1))).toBeUndefined();
    expect(await kept.read(key(2))).toEqual(picture);
    new ThumbnailFolder(join(home, 'none')).forget(new Set(['1']));
  });
});

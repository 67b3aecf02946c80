import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { randomFrom } from '../domain/random.ts';
import { zipFile } from '../testing/zip.ts';
import { diskPath, lacksMember, listArchive, memberOf, memberPath, readMember } from './archive.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-archive-'));
afterAll(() => rmSync(work, { recursive: true }));

const random = randomFrom(17);
const contents = new Map(
  Array.from({ length: 6 }, (_, i) => [
    `folder/${i}`,
    Uint8Array.from({ length: 300 + 40 * i }, (_, at) => (at % 7 === 0 ? random() * 256 : at)),
  ]),
);
const whole = zipFile(
  [...contents].map(([name, bytes], i) => ({ name, bytes, stored: i % 2 === 0 })),
);

describe('an archive', () => {
  it('gives its members, and the first bytes of them', async () => {
    const archive = join(work, 'whole.zip');
    writeFileSync(archive, whole);
    const { members, failure } = await listArchive(archive);
    expect(failure).toBeUndefined();
    expect(members.map(({ name, bytes }) => [name, bytes])).toEqual(
      [...contents].map(([name, { length }]) => [name, length]),
    );
    for (const [name, bytes] of contents) {
      expect(Buffer.from(await readMember(archive, name)).equals(bytes)).toBe(true);
      const head = await readMember(archive, name, 10);
      expect(Buffer.from(head).equals(bytes.subarray(0, 10))).toBe(true);
      expect(memberOf(memberPath(archive, name))).toEqual({ archive, name });
      expect(diskPath(memberPath(archive, name))).toBe(archive);
    }
    expect([lacksMember(archive, 'folder/1'), lacksMember(archive, 'other')]).toEqual([
      false,
      true,
    ]);
    expect(memberOf(archive)).toBeUndefined();
    expect(memberOf(join(work, 'absent.zip!/a'))).toBeUndefined();
    // Another archive has taken its place.
    writeFileSync(archive, zipFile([{ name: 'new', bytes: Buffer.from('new') }]));
    expect(lacksMember(archive, 'folder/1')).toBeUndefined();
    await expect(readMember(archive, 'folder/1')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    expect(Buffer.from(await readMember(archive, 'new')).toString()).toBe('new');
  });

  it('with altered bytes gives what was packed, or an error by code', async () => {
    let refused = 0;
    for (let copy = 0; copy < 400; copy++) {
      const bytes = Buffer.from(whole);
      for (let flips = 0; flips < 3; flips++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      const archive = join(work, `${copy}.zip`);
      writeFileSync(archive, copy % 10 === 0 ? bytes.subarray(0, random() * bytes.length) : bytes);
      const outcomes = await listArchive(archive).then(
        async ({ members, failure }) => {
          const read = await Promise.all(
            members.map(async ({ name, refused }) => {
              if (refused !== undefined) return refused;
              return readMember(archive, name).catch((error) => error);
            }),
          );
          // A name may be another one then; what it names is what was packed.
          for (const each of read) {
            if (each instanceof Error) continue;
            expect([...contents.values()].some((bytes) => Buffer.from(each).equals(bytes))).toBe(
              true,
            );
          }
          return [...read, failure];
        },
        (error) => [error],
      );
      const errors = outcomes.filter((each) => each instanceof Error);
      for (const error of errors) {
        expect(error).toBeInstanceOf(SemblanceError);
        expect((error as SemblanceError).code).toMatch(/^ARCHIVE_/);
      }
      refused += Number(errors.length > 0);
      rmSync(archive);
    }
    expect(refused).toBeGreaterThan(200);
  });

  it('gives the first bytes of many large members at a time', async () => {
    const archive = join(work, 'large.zip');
    const made = Array.from({ length: 12 }, (_, i) => ({
      name: `${i}`,
      bytes: randomBytes(1_000_000),
    }));
    writeFileSync(archive, zipFile(made));
    const heads = await Promise.all(made.map(({ name }) => readMember(archive, name, 10)));
    for (const [i, { bytes }] of made.entries()) {
      expect(bytes.subarray(0, 10).equals(heads[i] as Uint8Array)).toBe(true);
    }
    expect(made[3]?.bytes.equals(await readMember(archive, '3'))).toBe(true);
  });
});

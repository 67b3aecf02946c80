import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { diskPath, lacksMember, listArchive, memberOf, readMember } from '../files/archive.ts';
import { readImageFile } from '../images/read.ts';
import type { ObjectStore } from './object-store.ts';

/** Files, and members of archives (`memberOf`), which are read into memory. */
export const fileObjects: ObjectStore = {
  onDisk: true,

  async open(path) {
    const member = memberOf(path);
    return member === undefined
      ? { path }
      : { bytes: await readMember(member.archive, member.name) };
  },

  read: readImageFile,

  async stamp(path) {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(diskPath(path), { bigint: true });
      return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    } catch (error) {
      throw toSemblanceError(error, path);
    }
  },

  head: async () => undefined,

  async isGone(path) {
    const member = memberOf(path);
    if (member !== undefined) {
      // Of an archive that cannot be listed, nothing can be told.
      await listArchive(member.archive).catch(() => undefined);
      return lacksMember(member.archive, member.name) === true;
    }
    try {
      return statSync(path, { throwIfNoEntry: false }) === undefined;
    } catch (error) {
      return systemCode(error) === 'ENOTDIR';
    }
  },

  isSame(path, other) {
    if (path.normalize() !== other.normalize()) return false;
    const [one, two] = [path, other].map((each) =>
      statSync(each, { throwIfNoEntry: false, bigint: true }),
    );
    return one !== undefined && one.ino === two?.ino && one.dev === two.dev;
  },

  uids: () => undefined,
  listing: () => undefined,
  close: async () => undefined,
};

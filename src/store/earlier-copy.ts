import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'libsql';
import { readVersion, type Tell } from './layout-versions.ts';
import { makePrivate } from './protect.ts';

/** The name of the copy of a collection in an earlier layout. */
const NAME = /\.layout-\d+$/;

/**
 * Keeps a collection as it is, in one file beside it, before it is brought to the present layout: a program of its
 * time can still read it.
 * @throws what SQLite and the system say, for instance where the disk is full; the collection is as it was
 */
export function keepEarlier(
  db: Database.Database,
  file: string,
  version: number,
  tell: Tell,
): void {
  const { n } = db.prepare('SELECT count(*) AS n FROM images').get() as { n: number };
  if (n === 0) return;
  const copy = `${file}.layout-${version}`;
  const part = `${copy}.${process.pid}.part`;
  tell(
    `It is of an earlier version. A copy of it is kept first, as ${copy}, until images are removed from the collection.`,
  );
  try {
    rmSync(part, { force: true });
    makePrivate(part);
    db.prepare('VACUUM INTO ?').run([part]);
    // Another process may have brought it forward meanwhile, and has kept it then.
    if (versionOf(part) !== version) return;
    const descriptor = openSync(part, 'r+');
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(part, copy);
  } finally {
    rmSync(part, { force: true });
  }
}

function versionOf(file: string): number {
  const db = new Database(file);
  try {
    return readVersion(db);
  } finally {
    db.close();
  }
}

/** Removes the copies of a collection in earlier layouts: they have what was removed from it since. */
export function dropEarlier(file: string): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(file)}.`) && NAME.test(name))
      rmSync(join(folder, name), { force: true });
  }
}

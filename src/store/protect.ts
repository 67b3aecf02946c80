import { chmodSync, closeSync, lstatSync, openSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SemblanceError, systemCode } from '../domain/errors/error.ts';
import { KEY_FILE } from './identity-key.ts';

/** What Semblance keeps in its folder besides the files of collections. */
const FOLDERS = new Set([
  'encoders',
  'models',
  'checkpoints',
  'phantoms',
  'thumbnails',
  'received',
  'task-files',
]);
/** A collection, the tasks, who may do or did what, or the lock of changes; what SQLite has beside it, its indices, and what it was in an earlier layout. */
const FILE =
  /(\.db|^(tasks|access|answers|audit|change|watched|webhooks)\.sqlite)(-wal|-shm|-journal|\.\d+\.index.*|\.layout-\d+.*)?$/;

const EVERYBODY = 0o007;
const OTHERS = 0o077;
const STICKY = 0o1000;

/** Whether a folder or file was closed to others. */
function close(path: string): boolean {
  const { mode } = lstatSync(path);
  if ((mode & EVERYBODY) === 0) return false;
  try {
    chmodSync(path, mode & 0o7777 & ~OTHERS);
    return true;
  } catch (error) {
    // A disk that cannot be written to stays as it is.
    if (systemCode(error) === 'EROFS') return false;
    throw new SemblanceError(
      'DATA_NOT_PRIVATE',
      `Everybody on this machine may read it, and it is another user's. Its owner can run: chmod -R go-rwx '${path}'`,
      { subject: path, cause: error },
    );
  }
}

/**
 * Closes the data to everybody but their owner: patients' data. What is open to a group alone stays so,
 * because somebody meant it. The folder itself is left open when other things lie in it, too.
 * @returns what was closed
 * @throws SemblanceError DATA_NOT_PRIVATE when the data are another user's
 */
export function protectFolder(folder: string): string[] {
  if (process.platform === 'win32') return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && (FILE.test(entry.name) || entry.name === KEY_FILE),
  );
  const isOwn = entries.every(
    (entry) => files.includes(entry) || (entry.isDirectory() && FOLDERS.has(entry.name)),
  );
  const isShared = (lstatSync(folder).mode & STICKY) !== 0;
  const paths = files.map(({ name }) => join(folder, name));
  if (isOwn && !isShared) paths.unshift(folder);
  return paths.filter(close);
}

/** Makes an empty file, which others may not read; SQLite gives its further files the same mode. */
export function makePrivate(file: string): void {
  // A folder that is open to a group, and to nobody else, is meant to be shared with it.
  const { mode } = statSync(dirname(file));
  const shared = (mode & 0o007) === 0 ? mode & 0o060 : 0;
  closeSync(openSync(file, 'a', 0o600 | shared));
}

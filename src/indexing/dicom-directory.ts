import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { listedError, SemblanceError, toSemblanceError } from '../domain/errors/error.ts';

/** The name that the standard gives it (PS3.10, 8.6). */
const NAME = 'dicomdir';

/** Whether a file is a DICOMDIR by its name. */
export function isDirectoryFile(path: string): boolean {
  return basename(path).toLowerCase() === NAME;
}

/**
 * The files that a DICOMDIR refers to, and those that are not there. Names are found in any case: readers of old disks
 * write them in small letters, some with the number of a version.
 * @param path absolute
 * @throws SemblanceError of reading it, DICOM_NOT_AN_IMAGE when it is no DICOMDIR
 */
export async function filesOfDirectory(
  path: string,
): Promise<{ files: string[]; absent: SemblanceError[] }> {
  const { PreprocessPool } = await import('../encoding/preprocess/pool.ts');
  // What is wrong with it ends a process of its own.
  const pool = new PreprocessPool({ threads: 1 });
  const { files: named } = await pool.references({ path }).finally(() => pool.close());
  if (named === undefined) {
    throw new SemblanceError('DICOM_NOT_AN_IMAGE', 'It is no DICOMDIR.', { subject: path });
  }
  const folders = new Map<string, Promise<Map<string, string>>>();
  const files = new Set<string>();
  const absent: SemblanceError[] = [];
  for (const parts of named) {
    const place = parts.join('/');
    if (parts.some((part) => /^\.{0,2}$|[/\0]/.test(part))) {
      absent.push(listedError('DICOM_DAMAGED', 'It refers to no file of its folder.', path));
      continue;
    }
    let at: string | undefined = dirname(path);
    for (const part of parts) {
      if (at === undefined) break;
      const names: Promise<Map<string, string>> = folders.get(at) ?? namesIn(at);
      folders.set(at, names);
      const name: string | undefined = (await names).get(inAnyCase(part));
      at = name === undefined ? undefined : join(at, name);
    }
    if (at === undefined) {
      const why = 'DICOMDIR refers to it, and it is not there.';
      absent.push(listedError('PATH_NOT_FOUND', why, join(dirname(path), place)));
    } else files.add(at);
  }
  return { files: [...files], absent };
}

/** The files that a DICOMDIR misses, or why it cannot be read. */
export async function absentFiles(path: string): Promise<SemblanceError[]> {
  try {
    return (await filesOfDirectory(path)).absent;
  } catch (error) {
    const failure = toSemblanceError(error, path);
    // Another file may have the same name.
    return failure.code === 'DICOM_NOT_AN_IMAGE' ? [] : [failure];
  }
}

async function namesIn(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(() => []);
  return new Map(names.map((name) => [inAnyCase(name), name]));
}

function inAnyCase(name: string): string {
  return name.toLowerCase().replace(/\.?(;\d+)?$/, '');
}

import { existsSync, readdirSync } from 'node:fs';
import { join, parse, resolve, sep } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { schemeOf } from '../files/place-of.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { hiddenName } from '../store/hidden-paths.ts';
import { existingKey } from '../store/identity-key.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';

/**
 * Where a place leads in which pseudonyms stand for names: each of a path is looked for among what lies there; addresses are
 * known to the collections that have them.
 * @param directory whose key made the pseudonyms
 * @param shown as output of the program has it
 * @throws SemblanceError PATH_NOT_FOUND, and those of opening collections
 */
export function locatePlace(directory: DataDirectory, shown: string): string {
  return schemeOf(shown) === undefined
    ? locatePath(directory.folder, shown)
    : locateAddress(directory, shown);
}

function locateAddress(directory: DataDirectory, shown: string): string {
  for (const name of directory.collections()) {
    const store = directory.open(name);
    try {
      const found = store.sources.placeCalled(shown);
      if (found !== undefined) return found;
    } finally {
      store.close();
    }
  }
  throw nothing(shown);
}

function nothing(shown: string): SemblanceError {
  return new SemblanceError('PATH_NOT_FOUND', 'Nothing there is called so.', { subject: shown });
}

function locatePath(home: string, shown: string): string {
  const key = existingKey(home);
  const pseudonyms = key && new Pseudonyms(key);
  const path = resolve(shown);
  let found = parse(path).root;
  for (const name of path.slice(found.length).split(sep).filter(Boolean)) {
    const next = existsSync(join(found, name))
      ? name
      : pseudonyms && namesIn(found).find((each) => hiddenName(pseudonyms, each) === name);
    if (next === undefined) throw nothing(shown);
    found = join(found, next);
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

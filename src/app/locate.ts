import { existsSync, readdirSync } from 'node:fs';
import { join, parse, resolve, sep } from 'node:path';
import { SemblanceError } from '../domain/errors/error.ts';
import { hiddenName } from '../store/hidden-paths.ts';
import { existingKey } from '../store/identity-key.ts';
import { Pseudonyms } from '../store/pseudonyms.ts';

/**
 * Where a path leads in which pseudonyms stand for names of folders and files: each is looked for among what lies there.
 * @param home the data directory, whose key made the pseudonyms
 * @param shown as output of the program has it
 * @throws SemblanceError PATH_NOT_FOUND
 */
export function locatePath(home: string, shown: string): string {
  const key = existingKey(home);
  const pseudonyms = key && new Pseudonyms(key);
  const path = resolve(shown);
  let found = parse(path).root;
  for (const name of path.slice(found.length).split(sep).filter(Boolean)) {
    const next = existsSync(join(found, name))
      ? name
      : pseudonyms && namesIn(found).find((each) => hiddenName(pseudonyms, each) === name);
    if (next === undefined) {
      throw new SemblanceError('PATH_NOT_FOUND', 'Nothing there is called so.', { subject: shown });
    }
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

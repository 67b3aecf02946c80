import type { Command } from 'commander';
import { SemblanceError } from '../domain/errors/error.ts';
import { DEFAULT_COLLECTION, type GlobalOptions } from './options.ts';

/** Chooses the collection of a command that reads one and was not told which; see `onlyCollection`. */
export async function chooseCollection(command: Command): Promise<void> {
  const takesOne = command.options.some((option) => option.attributeName() === 'collection');
  if (!takesOne || command.getOptionValue('collection') !== undefined) return;
  const { Semblance } = await import('../app/semblance.ts');
  const semblance = await Semblance.open({ home: command.optsWithGlobals<GlobalOptions>().home });
  try {
    command.setOptionValue('collection', onlyCollection(semblance.collections.names()));
  } finally {
    await semblance.close();
  }
}

/**
 * The collection that is meant where none is named: `default`, or the only one there is, which is said.
 * @throws SemblanceError COLLECTION_NOT_FOUND when there are several
 */
export function onlyCollection(names: readonly string[]): string {
  const [first = DEFAULT_COLLECTION, ...others] = names;
  if (names.includes(DEFAULT_COLLECTION) || names.length === 0) return DEFAULT_COLLECTION;
  if (others.length > 0) {
    throw new SemblanceError(
      'COLLECTION_NOT_FOUND',
      `None is named "${DEFAULT_COLLECTION}"; there are ${names.join(', ')}: name one.`,
    );
  }
  process.stderr.write(`Collection "${first}", the only one.\n`);
  return first;
}

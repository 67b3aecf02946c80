import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { answer } from '../answer.ts';
import { table } from '../output.ts';

/** `semblance collections`: what there is; made, copied, renamed, removed. */
export function addCollectionsCommand(collections: Command): void {
  collections
    .command('list', { isDefault: true })
    .description('List the collections')
    .action((_, command) =>
      answer(
        command,
        ({ collections }) => collections.inventory(),
        ({ collections }) =>
          collections.length === 0
            ? 'No collection yet: make one with `semblance index <folder>`.'
            : table(
                ['collection', 'images', 'encoders'],
                collections.map((row) =>
                  'error' in row
                    ? [row.name, '-', row.error.title]
                    : [row.name, row.images, row.encoders.map(({ name }) => name).join(', ')],
                ),
              ),
      ),
    );
  collections
    .command('create <name>')
    .description('Make an empty collection')
    .action((collection: string, _, command) =>
      answer(
        command,
        ({ collections }) => collections.create({ collection }),
        ({ name }) => `Collection "${name}" is made.`,
      ),
    );
  collections
    .command('copy <name> <to>')
    .description('Copy a collection as it is now, also while it is used')
    .action((collection: string, to: string, _, command) =>
      answer(
        command,
        ({ collections }, call) => collections.copy(call, { collection, to }),
        ({ images }) => `Collection "${to}" has the ${images} images of "${collection}".`,
      ),
    );
  collections
    .command('rename <name> <to>')
    .description('Give a collection another name, with roles in it and what was received for it')
    .action((collection: string, to: string, _, command) =>
      answer(
        command,
        ({ collections }, call) => collections.rename(call, { collection, to }),
        () => `Collection "${collection}" is "${to}" now.`,
      ),
    );
  collections
    .command('delete <name>')
    .description(
      'Remove a collection with what was received for it, and roles in it; other files stay',
    )
    .option('--yes', 'do not ask for its name once more')
    .action(async (collection: string, { yes = false }: { yes?: boolean }, command) => {
      const confirm = yes ? collection : await askName(collection);
      await answer(
        command,
        ({ collections }) => collections.delete({ collection, confirm }),
        ({ images }) => `Collection "${collection}" is removed: ${images ?? 'unknown'} images.`,
      );
    });
}

/** @throws SemblanceError USAGE where nobody can answer */
async function askName(collection: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new SemblanceError('USAGE', `This removes "${collection}". Give --yes if it is meant.`);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(`This removes "${collection}". Its name once more: `);
  } finally {
    lines.close();
  }
}

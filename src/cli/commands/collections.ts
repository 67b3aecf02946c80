import type { Command } from 'commander';
import { SemblanceError } from '../../errors/error.ts';
import { Home } from '../../store/home.ts';
import type { GlobalOptions } from '../options.ts';
import { errorData, print, table } from '../output.ts';

/** `semblance collections` and `info`: what there is. */
export function addListCommands(program: Command): void {
  program
    .command('collections')
    .description('List the collections')
    .action((_: unknown, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const home = new Home(folder);
      const rows = home.collections().map((name) => summary(home, name));
      print(json, { home: home.folder, collections: rows }, () =>
        rows.length === 0
          ? 'No collection yet: make one with `semblance index <folder>`.'
          : table(
              ['collection', 'images', 'encoders'],
              rows.map((row) =>
                'error' in row
                  ? [row.name, '-', row.error.title]
                  : [row.name, row.images, row.encoders.map(({ name }) => name).join(', ')],
              ),
            ),
      );
    });

  program
    .command('info')
    .description('Show what a collection holds')
    .argument('[collection]', 'its name', 'default')
    .action((name: string, _: unknown, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const store = new Home(folder).open(name);
      try {
        const images = store.images.count();
        const preferred = store.encoders.default();
        const encoders = store.encoders
          .list()
          .map(({ id, name, dimension, embeddings, fingerprint }) => ({
            name,
            dimension,
            embeddings,
            fingerprint,
            isDefault: id === preferred?.id,
          }));
        const fields = store.fields.facets([], 20).filter(({ field }) => field !== 'patient');
        print(json, { name, file: store.file, images, encoders, fields }, () =>
          [
            `${name}: ${images} images in ${store.file}`,
            table(
              ['encoder', 'dimension', 'embeddings', 'default'],
              encoders.map((e) => [e.name, e.dimension, e.embeddings, e.isDefault ? 'yes' : '']),
            ),
            table(
              ['field', 'value', 'images'],
              fields.flatMap(({ field, values }) =>
                values.map(({ value, count }) => [field, value, count]),
              ),
            ),
          ].join('\n'),
        );
      } finally {
        store.close();
      }
    });
}

function summary(home: Home, name: string) {
  try {
    const store = home.open(name);
    try {
      return { name, images: store.images.count(), encoders: store.encoders.list() };
    } finally {
      store.close();
    }
  } catch (error) {
    // A collection that cannot be opened must not hide the others.
    if (error instanceof SemblanceError) return { name, error: errorData(error) };
    throw error;
  }
}

import type { Command } from 'commander';
import { DataDirectory } from '../../store/data-directory.ts';
import { onlyCollection } from '../collection.ts';
import type { GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';

/** `semblance info`: what a collection holds. */
export function addInfoCommand(command: Command): void {
  command
    .argument('[collection]', 'its name')
    .action((named: string | undefined, _: unknown, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const home = new DataDirectory(folder);
      const name = named ?? onlyCollection(home.collections());
      const store = home.open(name);
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

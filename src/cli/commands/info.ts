import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { onlyCollection } from '../collection.ts';
import type { GlobalOptions } from '../options.ts';
import { print, table, wholeNumber } from '../output.ts';

/** `semblance info`: what a collection holds. */
export function addInfoCommand(command: Command): void {
  command
    .argument('[collection]', 'its name')
    .option('-i, --image <number>', 'one image, and how encoders saw it', wholeNumber)
    .action(async (named: string | undefined, options: { image?: number }, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home });
      try {
        const collection = named ?? onlyCollection(semblance.collections.names());
        if (options.image !== undefined) {
          const image = semblance.collections.imageDetails({ collection, id: options.image });
          print(json, image, () => JSON.stringify(image, null, 2));
          return;
        }
        const info = semblance.collections.info({ collection });
        const { name, file, images, encoders, fields } = info;
        print(json, info, () =>
          [
            `${name}: ${images} images in ${file}`,
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
        await semblance.close();
      }
    });
}

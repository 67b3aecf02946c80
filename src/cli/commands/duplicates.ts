import type { Command } from 'commander';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { findDuplicates } from '../../search/duplicates.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { COLLECTION_OPTION, type GlobalOptions, WHERE_OPTION } from '../options.ts';
import { print, table } from '../output.ts';

interface DuplicatesOptions {
  collection: string;
  encoder?: string;
  where?: string;
}

/** `semblance duplicates`: images of a collection that show the same. */
export function addDuplicatesCommand(command: Command): void {
  command
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder; by default that of the collection')
    .option(...WHERE_OPTION)
    .action((options: DuplicatesOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const store = new DataDirectory(home).open(options.collection);
      try {
        const encoder = chooseEncoder(store, options.encoder);
        const images = store.images.hashes(store.fields.where(options.where ?? ''));
        const clusters = findDuplicates(images, (id) => store.embeddings.get(encoder.id, id)).map(
          ({ kind, images: ids }) => ({ kind, images: ids.map((id) => store.images.get(id)) }),
        );
        const unhashed = images.filter(({ hash }) => hash === null).length;
        const result = { collection: options.collection, encoder: encoder.name };
        print(json, { ...result, compared: images.length, unhashed, clusters }, () =>
          [
            clusters.length === 0
              ? `No duplicates among ${images.length} images.`
              : table(
                  ['cluster', 'kind', 'image', 'patient', 'label', 'path'],
                  clusters.flatMap(({ kind, images: members }, i) =>
                    members.map(({ id, patient, labels, path }) => [
                      i + 1,
                      kind,
                      id,
                      patient ?? '',
                      labels.join(', '),
                      path,
                    ]),
                  ),
                ),
            ...(unhashed > 0
              ? [
                  `${unhashed} images were indexed before there were perceptual hashes: only equal ` +
                    'files are found among them. Run `semblance index` again to add the hashes.',
                ]
              : []),
          ].join('\n'),
        );
      } finally {
        store.close();
      }
    });
}

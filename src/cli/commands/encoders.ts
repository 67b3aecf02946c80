import { rmSync } from 'node:fs';
import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { listEncoders } from '../../encoding/encoders/registry.ts';
import { indexFile } from '../../index/memory/open-index.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { inForce } from '../../store/activations.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { COLLECTION_OPTION, type GlobalOptions } from '../options.ts';
import { errorData, errorText, print, table } from '../output.ts';

interface OfCollection {
  collection: string;
}

/** `semblance encoders`: those that can be used, and the default of a collection. */
export function addEncodersCommand(encoders: Command): void {
  encoders.action(async (_: unknown, command: Command) => {
    const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
    const { definitions, failures } = await listEncoders(new DataDirectory(folder).encodersFolder);
    print(json, { encoders: definitions, failures: failures.map(errorData) }, () =>
      [
        table(
          ['encoder', 'dimension', 'text', 'licence', 'title'],
          definitions.map((d) => [d.name, d.dimension, d.text ? 'yes' : '', d.licence, d.title]),
        ),
        ...failures.map(errorText),
      ].join('\n'),
    );
  });
  encoders
    .command('use')
    .description('Make an encoder the default of a collection, at once for every process')
    .argument('[name]', 'encoder with embeddings in the collection')
    .option(...COLLECTION_OPTION)
    .option('--incomplete', 'also when images have no embedding of it: they are not found')
    .option('--rollback', 'go back to the default before the present one')
    .action((name: string | undefined, options: UseOptions, command: Command) => {
      const rollback = options.rollback ?? false;
      if ((name === undefined) !== rollback) {
        throw new SemblanceError('USAGE', 'Name an encoder, or give --rollback.');
      }
      withStore(options, command, (store, json) => {
        if (rollback) store.encoders.rollBack();
        else store.encoders.activate(chooseEncoder(store, name), options.incomplete);
        const chosen = chooseEncoder(store);
        const missingEmbeddings = store.encoders.countMissing(chosen.id);
        print(
          json,
          { collection: options.collection, encoder: chosen.name, missingEmbeddings },
          () =>
            [
              `"${chosen.name}" is now the default of collection "${options.collection}".`,
              ...(missingEmbeddings > 0
                ? [`${missingEmbeddings} images have no embedding of it and are not found.`]
                : []),
            ].join('\n'),
        );
      });
    });

  encoders
    .command('history')
    .description('Show which encoders were the default of a collection, and when')
    .option(...COLLECTION_OPTION)
    .action((options: OfCollection, command: Command) =>
      withStore(options, command, (store, json) => {
        const history = store.encoders.activations();
        print(json, { collection: options.collection, history }, () =>
          history.length === 0
            ? 'None was chosen: the encoder with the most embeddings is the default.'
            : table(
                ['default since', 'encoder', 'embeddings', 'images', 'rolled back'],
                history.map((entry) => [
                  entry.at,
                  entry.name,
                  entry.embeddings,
                  entry.images,
                  entry.rolledBack ?? (entry === inForce(history) ? 'in force' : ''),
                ]),
              ),
        );
      }),
    );

  encoders
    .command('missing')
    .description('List the images without an embedding of an encoder; of several, of any of them')
    .argument('<names>', 'encoder, or several as in A,B')
    .option(...COLLECTION_OPTION)
    .action((names: string, options: OfCollection, command: Command) =>
      withStore(options, command, (store, json) => {
        const chosen = names.split(',').map((name) => chooseEncoder(store, name));
        const missing = store.images
          .withoutEmbedding(chosen.map(({ id }) => id))
          .map(({ id, path }) => ({ id, path }));
        print(json, { collection: options.collection, images: missing }, () =>
          missing.length === 0
            ? 'Every image has its embeddings.'
            : missing.map(({ id, path }) => `${id}\t${path}`).join('\n'),
        );
      }),
    );

  encoders
    .command('drop')
    .description('Remove all embeddings of an encoder from a collection; the images stay')
    .argument('<name>', 'encoder with embeddings in the collection')
    .option(...COLLECTION_OPTION)
    .option('--yes', 'really remove them')
    .action((name: string, options: OfCollection & { yes?: boolean }, command: Command) =>
      withStore(options, command, (store, json) => {
        const forms = store.encoders.list().filter((encoder) => encoder.name === name);
        const present = chooseEncoder(store);
        const embeddings = forms.reduce((sum, form) => sum + form.embeddings, 0);
        if (forms.length === 0) {
          throw new SemblanceError('ENCODER_NOT_FOUND', 'The collection has no embeddings of it.', {
            subject: name,
          });
        }
        if (forms.some(({ id }) => id === present.id)) {
          throw new SemblanceError(
            'USAGE',
            `"${name}" is the default of the collection: make another one the default first.`,
          );
        }
        if (!options.yes) {
          throw new SemblanceError(
            'USAGE',
            `This removes ${embeddings} embeddings of "${name}". Give --yes if it is meant.`,
          );
        }
        for (const { id } of forms) {
          store.encoders.drop(id);
          rmSync(indexFile(store, id), { force: true });
        }
        print(
          json,
          { collection: options.collection, dropped: name, embeddings },
          () =>
            `${embeddings} embeddings of "${name}" are removed from collection "${options.collection}".`,
        );
      }),
    );
}

interface UseOptions extends OfCollection {
  incomplete?: boolean;
  rollback?: boolean;
}

function withStore(
  { collection }: OfCollection,
  command: Command,
  work: (store: CollectionStore, json: boolean) => void,
): void {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const store = new DataDirectory(home).open(collection);
  try {
    work(store, json);
  } finally {
    store.close();
  }
}

import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { COLLECTION_OPTION, type GlobalOptions } from '../options.ts';
import { errorText, print, table } from '../output.ts';

interface OfCollection {
  collection: string;
}

/** `semblance encoders`: those that can be used, and the default of a collection. */
export function addEncodersCommand(encoders: Command): void {
  encoders.action((_: unknown, command: Command) =>
    withEncoders(command, async (service, json) => {
      const list = await service.list();
      print(json, list, () =>
        [
          table(
            ['encoder', 'dimension', 'text', 'licence', 'title'],
            list.encoders.map((e) => [
              e.name,
              e.dimension,
              e.text ? 'yes' : '',
              e.licence,
              e.title,
            ]),
          ),
          ...list.failures.map(errorText),
        ].join('\n'),
      );
    }),
  );
  encoders
    .command('use')
    .description('Make an encoder the default of a collection, at once for every process')
    .argument('[name]', 'encoder with embeddings in the collection')
    .option(...COLLECTION_OPTION)
    .option('--incomplete', 'also when images have no embedding of it: they are not found')
    .option('--rollback', 'go back to the default before the present one')
    .action((encoder: string | undefined, options: UseOptions, command: Command) => {
      const { collection, incomplete, rollback = false } = options;
      if ((encoder === undefined) !== rollback) {
        throw new SemblanceError('USAGE', 'Name an encoder, or give --rollback.');
      }
      return withEncoders(command, (service, json) => {
        const chosen =
          encoder === undefined
            ? service.rollBack({ collection })
            : service.use({ collection, encoder, incomplete });
        print(json, chosen, () =>
          [
            `"${chosen.encoder}" is now the default of collection "${collection}".`,
            ...(chosen.missingEmbeddings > 0
              ? [`${chosen.missingEmbeddings} images have no embedding of it and are not found.`]
              : []),
          ].join('\n'),
        );
      });
    });

  encoders
    .command('history')
    .description('Show which encoders were the default of a collection, and when')
    .option(...COLLECTION_OPTION)
    .action(({ collection }: OfCollection, command: Command) =>
      withEncoders(command, (service, json) => {
        const found = service.history({ collection });
        const { history } = found;
        const inForce = history.findLast(({ rolledBack }) => rolledBack === null);
        print(json, found, () =>
          history.length === 0
            ? 'None was chosen: the encoder with the most embeddings is the default.'
            : table(
                ['default since', 'encoder', 'embeddings', 'images', 'rolled back'],
                history.map((entry) => [
                  entry.at,
                  entry.name,
                  entry.embeddings,
                  entry.images,
                  entry.rolledBack ?? (entry === inForce ? 'in force' : ''),
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
    .action((names: string, { collection }: OfCollection, command: Command) =>
      withEncoders(command, (service, json) => {
        const missing = service.missing({ collection, encoders: names.split(',') });
        print(json, missing, () =>
          missing.images.length === 0
            ? 'Every image has its embeddings.'
            : missing.images.map(({ id, path }) => `${id}\t${path}`).join('\n'),
        );
      }),
    );

  encoders
    .command('drop')
    .description('Remove all embeddings of an encoder from a collection; the images stay')
    .argument('<name>', 'encoder with embeddings in the collection')
    .option(...COLLECTION_OPTION)
    .option('--yes', 'really remove them')
    .action((encoder: string, options: OfCollection & { yes?: boolean }, command: Command) =>
      withEncoders(command, (service, json) => {
        const { collection, yes = false } = options;
        const dropped = service.drop({ collection, encoder, dryRun: !yes });
        const { embeddings } = dropped;
        if (!yes) {
          throw new SemblanceError(
            'USAGE',
            `This removes ${embeddings} embeddings of "${encoder}". Give --yes if it is meant.`,
          );
        }
        print(
          json,
          dropped,
          () =>
            `${embeddings} embeddings of "${encoder}" are removed from collection "${collection}".`,
        );
      }),
    );
}

interface UseOptions extends OfCollection {
  incomplete?: boolean;
  rollback?: boolean;
}

async function withEncoders(
  command: Command,
  work: (service: Semblance['encoders'], json: boolean) => void | Promise<void>,
): Promise<void> {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home });
  try {
    await work(semblance.encoders, json);
  } finally {
    await semblance.close();
  }
}

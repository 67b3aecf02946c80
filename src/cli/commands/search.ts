import type { Command } from 'commander';
import { toSemblanceError } from '../../errors/error.ts';
import { DEFAULT_LIMITS } from '../../images/decode.ts';
import { readImageFile } from '../../images/read.ts';
import { chooseEncoder, Searcher } from '../../search/searcher.ts';
import { parseFilter } from '../../store/filter.ts';
import { Home } from '../../store/home.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import { collect, print, table, wholeNumber } from '../output.ts';

interface SearchCommandOptions {
  collection: string;
  encoder?: string;
  k: number;
  filter: string[];
  excludePatient?: boolean;
}

/** `semblance search`: the most similar images of a collection. */
export function addSearchCommand(program: Command): void {
  program
    .command('search')
    .description('Find the images that look most like a picture')
    .argument('<image>', 'the picture to search with')
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('-e, --encoder <name>', 'encoder; by default the one with the most embeddings')
    .option('-k, --k <n>', 'how many', wholeNumber, 10)
    .option(
      '-f, --filter <field=value>',
      'only images with this value; repeat a field for "or", another field for "and"',
      collect,
      [],
    )
    .option('--exclude-patient', 'leave out images of the same patient, when the picture is known')
    .action(async (path: string, options: SearchCommandOptions, command: Command) => {
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const filter = parseFilter(options.filter);
      const bytes = await readImageFile(path);
      const store = new Home(folder).open(options.collection);
      const encoder = chooseEncoder(store, options.encoder);
      const searcher = new Searcher(store, encoder, DEFAULT_LIMITS);
      try {
        const answer = await searcher
          .byPicture(bytes, {
            k: options.k,
            filter,
            excludePatient: options.excludePatient ?? false,
          })
          .catch((error) => {
            throw toSemblanceError(error, path);
          });
        print(json, { collection: options.collection, encoder: encoder.name, ...answer }, () =>
          table(
            ['rank', 'similarity', 'label', 'path'],
            answer.neighbours.map(({ rank, similarity, image }) => [
              rank,
              similarity.toFixed(4),
              image.labels.join(', '),
              image.path,
            ]),
          ),
        );
      } finally {
        store.close();
        await searcher.release();
      }
    });
}

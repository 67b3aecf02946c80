import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { tellImages } from '../audited.ts';
import { COLLECTION_OPTION, type GlobalOptions, WHERE_OPTION } from '../options.ts';
import { collect, print } from '../output.ts';

/** Paths shown to people; `--json` has them all. */
const SHOWN = 10;

interface RemoveOptions {
  collection: string;
  filter: string[];
  where?: string;
  missing?: boolean;
  dryRun?: boolean;
}

/** `semblance remove`: takes images out of a collection; their files stay. */
export function addRemoveCommand(command: Command): void {
  command
    .argument('[paths...]', 'files or folders, also as the collection lists them')
    .option(...COLLECTION_OPTION)
    .option('-f, --filter <field=value>', 'only images with this value', collect, [])
    .option(...WHERE_OPTION)
    .option('--missing', 'only images whose files are gone')
    .option('-n, --dry-run', 'show what would be removed, and remove nothing')
    .action(async (paths: string[], options: RemoveOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { collection, filter, where, missing = false, dryRun = false } = options;
      if (paths.length === 0 && filter.length === 0 && !where && !missing) {
        throw new SemblanceError('USAGE', 'Name paths, or give --filter, --where or --missing.');
      }
      const semblance = await Semblance.open({ home });
      try {
        const removal = await semblance.collections.remove({
          collection,
          paths,
          filter,
          where,
          missing,
          dryRun,
        });
        const { removed, unclear } = removal;
        if (!dryRun) {
          tellImages(
            collection,
            removed.map(({ id }) => id),
          );
        }
        print(json, removal, () =>
          [
            `${removed.length} images ${dryRun ? 'would be' : 'were'} removed from collection "${collection}".`,
            ...removed.slice(0, SHOWN).map(({ id, path }) => `  ${id}  ${path}`),
            ...(removed.length > SHOWN
              ? [`  ... and ${removed.length - SHOWN} more (--json lists them all).`]
              : []),
            ...(unclear > 0
              ? [`${unclear} images stay: their folders are unreachable or empty (a disk?).`]
              : []),
          ].join('\n'),
        );
      } finally {
        await semblance.close();
      }
    });
}

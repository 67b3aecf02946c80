import { resolve } from 'node:path';
import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { findMissing } from '../../indexing/missing.ts';
import type { CollectionStore } from '../../store/collection-store.ts';
import { DataDirectory } from '../../store/data-directory.ts';
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
    .action((paths: string[], options: RemoveOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { missing = false, dryRun = false } = options;
      if (paths.length === 0 && options.filter.length === 0 && !options.where && !missing) {
        throw new SemblanceError('USAGE', 'Name paths, or give --filter, --where or --missing.');
      }
      const store = new DataDirectory(home).open(options.collection);
      try {
        const filter = store.fields.filter(options.filter, options.where);
        const lost = missing ? missingIn(store) : undefined;
        const named = paths.length > 0 ? idsOfPaths(store, paths) : undefined;
        const removed = store.images
          .page({ filter })
          .filter(({ id }) => (lost?.gone.has(id) ?? true) && (named?.has(id) ?? true))
          .map(({ id, path }) => ({ id, path }));
        if (!dryRun) store.writer.remove(removed);
        const unclear = lost?.unclear ?? 0;
        print(json, { collection: options.collection, dryRun, unclear, removed }, () =>
          [
            `${removed.length} images ${dryRun ? 'would be' : 'were'} removed from collection "${options.collection}".`,
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
        store.close();
      }
    });
}

/** The images of all sources whose files are gone, and how many may be. */
function missingIn(store: CollectionStore): { gone: ReadonlySet<number>; unclear: number } {
  const found = store.sources.list().map(({ id, root }) => findMissing(store, id, root));
  return {
    gone: new Set(found.flatMap(({ gone }) => gone.map(({ id }) => id))),
    unclear: found.reduce((sum, { unclear }) => sum + unclear.length, 0),
  };
}

/**
 * The images of files, and those in folders.
 * @throws SemblanceError IMAGE_NOT_FOUND when one names none
 */
function idsOfPaths(store: CollectionStore, paths: readonly string[]): Set<number> {
  const ids = new Set<number>();
  for (const path of paths) {
    const found = store.sources.idsOfPath(resolve(path), path);
    if (found.length === 0) {
      throw new SemblanceError('IMAGE_NOT_FOUND', 'The collection has no image there.', {
        subject: path,
      });
    }
    for (const id of found) ids.add(id);
  }
  return ids;
}

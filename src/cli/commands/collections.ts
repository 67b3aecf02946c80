import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import type { GlobalOptions } from '../options.ts';
import { errorData, print, table } from '../output.ts';

/** `semblance collections`: what there is. */
export function addCollectionsCommand(command: Command): void {
  command.action((_: unknown, command: Command) => {
    const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
    const home = new DataDirectory(folder);
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
}

function summary(home: DataDirectory, name: string) {
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

import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';

/** `semblance collections`: what there is. */
export function addCollectionsCommand(command: Command): void {
  command.action(async (_: unknown, command: Command) => {
    const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
    const semblance = await Semblance.open({ home });
    try {
      const inventory = semblance.collections.inventory();
      const { collections } = inventory;
      print(json, inventory, () =>
        collections.length === 0
          ? 'No collection yet: make one with `semblance index <folder>`.'
          : table(
              ['collection', 'images', 'encoders'],
              collections.map((row) =>
                'error' in row
                  ? [row.name, '-', row.error.title]
                  : [row.name, row.images, row.encoders.map(({ name }) => name).join(', ')],
              ),
            ),
      );
    } finally {
      await semblance.close();
    }
  });
}

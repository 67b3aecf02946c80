import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { GlobalOptions } from '../options.ts';
import { print } from '../output.ts';

/** `semblance locate`: names of folders and files that output does not show. */
export function addLocateCommand(command: Command): void {
  command
    .argument('<path>', 'as it was shown, from the folder on that one is in')
    .action(async (path: string, _: unknown, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home });
      try {
        const found = semblance.dicom.locate({ path });
        print(json, { path: found }, () => found);
      } finally {
        await semblance.close();
      }
    });
}

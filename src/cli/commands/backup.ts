import type { Command } from 'commander';
import type { BackupReport } from '../../contract/backup.ts';
import { answer } from '../answer.ts';
import { collect } from '../output.ts';

/** `semblance backup`: copies of the data directory, made while it is used, checked, put back. */
export function addBackupCommand(backup: Command): void {
  backup
    .command('make <folder>')
    .description('Copy collections, users, tasks, keys and encoders into a new folder')
    .option('-c, --collection <name>', 'can be repeated; by default all', collect, [])
    .action((folder: string, { collection }: { collection: string[] }, command) =>
      answer(
        command,
        ({ backup }, call) =>
          backup.make(call, { folder, ...(collection.length > 0 && { collections: collection }) }),
        (made) => ['Copied.', ...lines(made)].join('\n'),
      ),
    );
  backup
    .command('verify <folder>')
    .description('Read a backup to its end: whether every file is as it was written')
    .action((folder: string, _, command) =>
      answer(
        command,
        ({ backup }, call) => backup.verify(call, { folder }),
        (found) => ['Whole.', ...lines(found)].join('\n'),
      ),
    );
  backup
    .command('restore <folder>')
    .description('Make a data directory (--home) of a backup')
    .option('--replace', 'put the data directory that is there aside')
    .action((folder: string, { replace }: { replace?: boolean }, command) =>
      answer(
        command,
        ({ backup }, call) => backup.restore(call, { folder, replace }),
        (restored) =>
          [
            `Restored to ${restored.home}.`,
            ...(restored.putAside === null ? [] : [`  What was there: ${restored.putAside}`]),
            ...lines(restored),
          ].join('\n'),
      ),
    );
}

function lines({ made, files, bytes, collections, leftOut }: BackupReport): string[] {
  return [
    `  of ${made}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB`,
    ...collections.map(({ name, images, encoders }) => {
      const used = encoders.map((each) => `${each.name} ${each.fingerprint.slice(0, 8)}`);
      return `  ${name}: ${images} images; ${used.join(', ') || 'no encoder'}`;
    }),
    ...leftOut.map(
      ({ why, count, examples }) => `  left out: ${count} ${why} (${examples.join(', ')})`,
    ),
  ];
}

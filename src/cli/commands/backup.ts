import type { Command } from 'commander';
import type { Call } from '../../app/call.ts';
import { Semblance } from '../../app/semblance.ts';
import type { BackupReport } from '../../contract/backup.ts';
import { interruptible } from '../interruption.ts';
import type { GlobalOptions } from '../options.ts';
import { collect, print } from '../output.ts';
import { CallProgress } from '../progress.ts';

/** `semblance backup`: copies of the data directory, made while it is used, checked, put back. */
export function addBackupCommand(backup: Command): void {
  backup
    .command('make <folder>')
    .description('Copy collections, users, tasks, keys and encoders into a new folder')
    .option('-c, --collection <name>', 'can be repeated; by default all', collect, [])
    .action((folder: string, { collection }: { collection: string[] }, command) =>
      report(
        command,
        ({ backup }, call) =>
          backup.make(call, { folder, ...(collection.length > 0 && { collections: collection }) }),
        (made) => ['Copied.', ...lines(made)],
      ),
    );
  backup
    .command('verify <folder>')
    .description('Read a backup to its end: whether every file is as it was written')
    .action((folder: string, _, command) =>
      report(
        command,
        ({ backup }, call) => backup.verify(call, { folder }),
        (found) => ['Whole.', ...lines(found)],
      ),
    );
  backup
    .command('restore <folder>')
    .description('Make a data directory (--home) of a backup')
    .option('--replace', 'put the data directory that is there aside')
    .action((folder: string, { replace }: { replace?: boolean }, command) =>
      report(
        command,
        ({ backup }, call) => backup.restore(call, { folder, replace }),
        (restored) => [
          `Restored to ${restored.home}.`,
          ...(restored.putAside === null ? [] : [`  What was there: ${restored.putAside}`]),
          ...lines(restored),
        ],
      ),
    );
}

async function report<T>(
  command: Command,
  ask: (semblance: Semblance, call: Call) => Promise<T>,
  text: (answer: T) => string[],
): Promise<void> {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home });
  const line = new CallProgress();
  const { signal, end } = interruptible();
  try {
    const answer = await ask(semblance, { signal, progress: line.show });
    line.end();
    print(json, answer, () => text(answer).join('\n'));
  } finally {
    end();
    line.end();
    await semblance.close();
  }
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

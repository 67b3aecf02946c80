import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { Duplicates } from '../../contract/collections.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, type GlobalOptions, WHERE_OPTION } from '../options.ts';
import { print, table } from '../output.ts';
import { WholeProgress } from '../whole-progress.ts';

interface DuplicatesOptions {
  collection: string;
  encoder?: string;
  where?: string;
}

/** `semblance duplicates`: images of a collection that show the same. */
export function addDuplicatesCommand(command: Command): void {
  command
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder; by default that of the collection')
    .option(...WHERE_OPTION)
    .action(async ({ collection, encoder, where }: DuplicatesOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home });
      const line = new WholeProgress();
      const interruption = interruptible();
      try {
        const call = { signal: interruption.signal, progress: line.show };
        const request = { collection, encoder, where };
        const found = await semblance.collections.duplicates(call, request).catch((error) => {
          if (!interruption.signal.aborted) throw error;
        });
        line.end();
        if (found === undefined) process.exitCode = 130;
        else print(json, found, () => text(found));
      } finally {
        interruption.end();
        line.end();
        await semblance.close();
      }
    });
}

function text({ compared, unhashed, unread, clusters }: Duplicates): string {
  return [
    clusters.length === 0
      ? `No duplicates among ${compared} images.`
      : table(
          ['cluster', 'kind', 'image', 'patient', 'label', 'path'],
          clusters.flatMap(({ kind, images }, i) =>
            images.map(({ id, patient, labels, path }) => [
              i + 1,
              kind,
              id,
              patient ?? '',
              labels.join(', '),
              path,
            ]),
          ),
        ),
    ...(unread > 0
      ? [
          `${unread} images are not compared: only their embeddings were imported. Run \`semblance index\` on ` +
            'the same data set to read their files.',
        ]
      : []),
    ...(unhashed > 0
      ? [
          `${unhashed} images were indexed before there were perceptual hashes: only equal ` +
            'files are found among them. Run `semblance index` again to add the hashes.',
        ]
      : []),
  ].join('\n');
}

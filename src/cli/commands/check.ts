import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { CollectionCheck } from '../../contract/collections.ts';
import type { GlobalOptions } from '../options.ts';
import { print } from '../output.ts';
import { CallProgress } from '../progress.ts';

/** `semblance check`: whether collections are whole. */
export function addCheckCommand(command: Command): void {
  command
    .argument('[collections...]', 'their names; all by default')
    .option('--files', "also read every image's file and compare it with what was indexed")
    .action(async (names: string[], { files }: { files?: boolean }, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home });
      const line = new CallProgress(({ unit, of }) => (unit === 'images' ? `, ${of}` : ''));
      try {
        const found = await semblance.collections.check(
          { progress: line.show },
          { ...(names.length > 0 && { collections: names }), ...(files && { files }) },
        );
        line.end();
        print(
          json,
          found,
          () => found.collections.flatMap(text).join('\n') || 'No collection yet.',
        );
        if (!found.collections.every(isWhole)) process.exitCode = 1;
      } finally {
        line.end();
        await semblance.close();
      }
    });
}

function isWhole({ faults, files }: CollectionCheck): boolean {
  return (
    faults.length === 0 && (files?.changed.length ?? 0) + (files?.unreadable.length ?? 0) === 0
  );
}

function text({ collection, faults, more, unproved, images, files }: CollectionCheck): string[] {
  const listed = (names: string[], what: string) =>
    names.length === 0
      ? []
      : [`  ${names.length} files ${what}, for instance ${names.slice(0, 3).join(', ')}`];
  return [
    faults.length === 0
      ? `${collection}: ${images} images, whole.`
      : `${collection}: DAMAGED. Restore it from a backup, or index its images again.`,
    ...faults.map((fault) => `  ${fault}`),
    ...(more > 0 ? [`  ... and ${more} more`] : []),
    ...(unproved.length > 0
      ? [
          `  The embeddings of ${unproved.join(', ')} were written before sums of them were kept: ` +
            'what they were like then is not known; from now on it is.',
        ]
      : []),
    ...(files === null
      ? []
      : [
          ...listed(files.changed, 'are not as they were indexed'),
          ...listed(files.unreadable, 'cannot be read'),
        ]),
  ];
}

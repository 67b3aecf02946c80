import type { Command } from 'commander';
import type { CollectionMap } from '../../contract/map.ts';
import { answer } from '../answer.ts';
import { COLLECTION_OPTION } from '../options.ts';
import { table, wholeNumber } from '../output.ts';

interface MapCommandOptions {
  collection: string;
  encoder?: string;
  points?: number;
  field?: string;
  show?: boolean;
}

/** `semblance map`: the images of a collection in the plane. */
export function addMapCommand(command: Command): void {
  command
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder; by default that of the collection')
    .option('--points <n>', 'images at the most; of more, a sample (default: 10000)', wholeNumber)
    .option('--show', 'show the kept map instead')
    .option('--field <name>', 'with --show: what images are grouped by (default: the labels)')
    .action(({ points, field, show, ...of }: MapCommandOptions, command: Command) =>
      answer(
        command,
        ({ maps }, call) =>
          show ? maps.stored(call, { ...of, field }) : maps.make(call, { ...of, points }),
        text,
      ),
    );
}

function text(map: CollectionMap): string {
  const { encoder, points, of, embeddings, gone, stale, made, explained, field, values } = map;
  const sample = points + gone < of ? `a sample of ${points} of ${of}` : `${points}`;
  const shares = explained.map((share) => `${(100 * share).toFixed(0)} %`).join(' and ');
  return [
    `${encoder}: ${sample} images in the plane, made ${made}`,
    `PCA explains ${shares} of the variance. Coordinates: --json, or the page.`,
    ...(stale
      ? [
          `Stale: ${gone} of them are gone, the encoder has seen ${embeddings} images by now. Make it again.`,
        ]
      : []),
    table(
      [field, 'images'],
      values.map(({ value, count }) => [value, count]),
    ),
  ].join('\n');
}

import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { Adaptation, AdaptedComparison } from '../../contract/calibration.ts';
import type { Estimate } from '../../domain/statistics/bootstrap.ts';
import { COLLECTION_OPTION, type GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';
import { CallProgress } from '../progress.ts';

interface AdaptCommandOptions {
  collection: string;
  encoder?: string;
  name: string;
  field: string;
  force?: boolean;
}

/** `semblance adapt`: a space in which images of one label lie nearer together. */
export function addAdaptCommand(command: Command): void {
  command
    .requiredOption('--name <name>', 'name of the adapted encoder')
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder to adapt; by default the one that answers')
    .option('--field <name>', 'what images should share: a metadata field', 'label')
    .option('--force', 'save it and use it also when it is not better')
    .action(async (options: AdaptCommandOptions, command: Command) => {
      const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
      const { collection, encoder, name, field, force } = options;
      const semblance = await Semblance.open({ home, provider });
      const line = new CallProgress();
      try {
        const adaptation = await semblance.calibration.adapt(
          { progress: line.show },
          { collection, encoder, name, field, force },
        );
        line.end();
        print(json, adaptation, () =>
          [
            ...figuresText(adaptation),
            outcomeText(adaptation, semblance.encoders.default({ collection }).encoder),
          ].join('\n'),
        );
      } finally {
        line.end();
        await semblance.close();
      }
    });
}

function figuresText(adaptation: Adaptation): string[] {
  const { encoder, field, images, classes, settings, seconds } = adaptation;
  const { crossValidation, parts, better } = adaptation;
  return [
    `${encoder} adapted to ${classes} values of "${field}" of ${images} images: ` +
      `settings chosen in ${seconds.choose.toFixed(1)} s, fitted in ${seconds.fit.toFixed(1)} s.`,
    settingsText(settings),
    ...[crossValidation, ...parts].flatMap(text),
    better
      ? 'Adapted is better: its precision rises beyond the interval of the difference.'
      : 'Adapted is not better beyond the interval of the difference.',
  ];
}

function outcomeText({ name, saved, used }: Adaptation, answering: string): string {
  if (!saved) return 'Nothing was saved; --force does it anyway.';
  return used
    ? `"${name}" now answers; semblance encoders use --rollback goes back.`
    : `"${name}" is saved; "${answering}" still answers: semblance encoders use ${name}`;
}

function settingsText({ root, shrinkage, weights }: Adaptation['settings']): string {
  const parts = Object.entries(weights).map(([part, weight]) => `${part} ${weight}`);
  return `Shrinkage ${shrinkage}; weights: ${parts.join(', ')}${root ? '; of square roots' : ''}.`;
}

function text({ on, queries, patients, precision }: AdaptedComparison): string[] {
  const estimate = ({ value, interval }: Estimate) =>
    value.toFixed(3) +
    (interval ? ` (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})` : '');
  const where = on === 'cross-validation' ? 'Cross-validation by patient' : `Part ${on}`;
  return [
    `${where}: ${queries} queries of ${patients} patients, 95 % intervals by bootstrap over patients`,
    table(
      ['precision at', 'plain', 'adapted', 'difference', 'p'],
      precision.map(({ k, plain, adapted, difference }) => [
        k ?? 'mean',
        estimate(plain),
        estimate(adapted),
        estimate(difference.difference),
        difference.p.toFixed(4),
      ]),
    ),
  ];
}

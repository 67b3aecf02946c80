import type { Command } from 'commander';
import type { Estimate } from '../../domain/statistics/bootstrap.ts';
import { type AdaptedComparison, compareOnParts, fitAdaptation } from '../../search/adapt/adapt.ts';
import type { ProjectionSettings } from '../../search/adapt/projection.ts';
import { checkTarget, saveAdaptation } from '../../search/adapt/save.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { COLLECTION_OPTION, type GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';
import { ProgressLine } from '../progress.ts';

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
      const { home: folder, json = false } = command.optsWithGlobals<GlobalOptions>();
      const { collection, name, field, force = false } = options;
      const home = new DataDirectory(folder);
      const store = home.open(collection);
      try {
        const answering = chooseEncoder(store);
        const base = chooseEncoder(store, options.encoder);
        const target = { store, base, name, folder: home.encodersFolder };
        await checkTarget(target);
        const fits = new ProgressLine('fits');
        const adaptation = await fitAdaptation(store, base, field, (done, total) =>
          fits.update(done, total),
        );
        fits.end();
        const { projection: graph, ...figures } = adaptation;
        const parts = await compareOnParts(store, base, adaptation);
        const saved = adaptation.better || force;
        if (saved) {
          const line = new ProgressLine('embeddings');
          const encoder = await saveAdaptation(target, adaptation, (done, total) =>
            line.update(done, total),
          );
          line.end();
          // Another encoder that answers was chosen by somebody: it stays.
          if (answering.id === base.id) store.encoders.activate(encoder, true);
        }
        const used = saved && answering.id === base.id;
        const { images, classes, settings, seconds, crossValidation, better } = adaptation;
        print(
          json,
          {
            collection,
            encoder: base.name,
            name,
            ...figures,
            bytes: graph.length,
            parts,
            saved,
            used,
          },
          () =>
            [
              `${base.name} adapted to ${classes} values of "${field}" of ${images} images: ` +
                `settings chosen in ${seconds.choose.toFixed(1)} s, fitted in ${seconds.fit.toFixed(1)} s.`,
              settingsText(settings),
              ...[crossValidation, ...parts].flatMap(text),
              better
                ? 'Adapted is better: its precision rises beyond the interval of the difference.'
                : 'Adapted is not better beyond the interval of the difference.',
              ...(saved
                ? [
                    used
                      ? `"${name}" now answers; semblance encoders use --rollback goes back.`
                      : `"${name}" is saved; "${answering.name}" still answers: semblance encoders use ${name}`,
                  ]
                : ['Nothing was saved; --force does it anyway.']),
            ].join('\n'),
        );
      } finally {
        store.close();
      }
    });
}

function settingsText({ root, shrinkage, weights }: ProjectionSettings): string {
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

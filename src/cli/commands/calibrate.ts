import type { Command } from 'commander';
import { SemblanceError } from '../../domain/errors/error.ts';
import { calibrate } from '../../search/calibration/calibrate.ts';
import {
  type Calibration,
  type Figures,
  NEIGHBOURS,
  STALE,
} from '../../search/calibration/calibration.ts';
import { drift } from '../../search/calibration/drift.ts';
import { readCalibration } from '../../search/calibration/stored-calibration.ts';
import { chooseEncoder } from '../../search/choose-encoder.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import { COLLECTION_OPTION, type GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';
import { ProgressLine } from '../progress.ts';

interface CalibrateCommandOptions {
  collection: string;
  encoder?: string;
  error?: number;
  field?: string;
  show?: boolean;
}

/** `semblance calibrate`: probabilities for similarities, and when there is no good match. */
export function addCalibrateCommand(command: Command): void {
  command
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder; by default that of the collection')
    .option('--error <rate>', 'errors among good matches at the most (default: 0.1)', rate)
    .option('--field <name>', 'what is shared: a metadata field (default: the labels)')
    .option('--show', 'show the stored calibration instead')
    .action(async (options: CalibrateCommandOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const store = new DataDirectory(home).open(options.collection);
      try {
        const encoder = chooseEncoder(store, options.encoder);
        let calibration: Calibration | undefined;
        if (options.show) calibration = readCalibration(store, encoder);
        else {
          const line = new ProgressLine('queries');
          calibration = await calibrate(store, encoder, {
            ...options,
            onProgress: (done, total) => line.update(done, total),
          });
          line.end();
          store.encoders.saveCalibration(encoder.fingerprint, JSON.stringify(calibration));
        }
        if (calibration === undefined) {
          throw new SemblanceError('CALIBRATION_NOT_FOUND', 'There is nothing to show.', {
            subject: encoder.name,
          });
        }
        const found = calibration;
        const { sample: _, ...shown } = found;
        const changed = drift(store, found);
        const stale = changed > STALE;
        print(json, { collection: options.collection, ...shown, changed, stale }, () =>
          [...text(found), ...(stale ? [staleText(changed)] : [])].join('\n'),
        );
      } finally {
        store.close();
      }
    });
}

/** What to say of a calibration that the collection has outgrown. */
export function staleText(changed: number): string {
  return `${(changed * 100).toFixed(0)} % of the images have changed since: calibrate again.`;
}

function text(calibration: Calibration): string[] {
  const { encoder, field, index, fitted, roles, figures, levels, error, confidence } = calibration;
  const groups: [string | null, Figures | null][] = [
    [roles.choose, figures.choose],
    [roles.measure, figures.measure],
  ];
  const shared = field === 'label' ? 'a label' : field;
  const percent = (share: number | null | undefined) =>
    share === null || share === undefined ? '' : `${(share * 100).toFixed(1)} %`;
  return [
    `${encoder}: probability that a neighbour shares ${shared} with the query`,
    `Fitted on ${roles.fit}: ${fitted.queries} queries of ${fitted.patients} patients in ${index} images of other patients`,
    table(
      ['measured on', 'queries', 'patients', 'neighbours', 'calibration error', 'Brier score'],
      groups.flatMap(([name, figure]) =>
        name === null || figure === null
          ? []
          : (
              [
                ['nearest', figure.nearest],
                [`nearest ${NEIGHBOURS}`, figure.neighbours],
                ['by similarity alone', figure.bySimilarity],
              ] as const
            ).map(([what, { expectedCalibrationError, brier }]) => [
              name,
              figure.queries,
              figure.patients,
              what,
              expectedCalibrationError.toFixed(3),
              brier.toFixed(3),
            ]),
      ),
    ),
    `Good matches by wanted rate of errors, kept with a chance of ${percent(confidence)} or more (chosen on ${roles.choose})`,
    table(
      ['errors at most', 'threshold', 'coverage', 'errors', 'measured coverage', 'measured errors'],
      levels.map((level) => [
        percent(level.error) + (level.error === error ? ' (used)' : ''),
        level.threshold?.toFixed(3) ?? 'cannot be guaranteed',
        percent(level.chosenOn.coverage),
        percent(level.chosenOn.error),
        percent(level.measured?.coverage),
        percent(level.measured?.error),
      ]),
    ),
  ];
}

function rate(value: string): number {
  const number = Number(value);
  if (number > 0 && number < 1) return number;
  throw new SemblanceError('USAGE', `"${value}" is not a rate between 0 and 1.`);
}

import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { CalibrationFigures, StoredCalibration } from '../../contract/calibration.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { NEIGHBOURS } from '../../domain/probability.ts';
import { COLLECTION_OPTION, type GlobalOptions } from '../options.ts';
import { print, table } from '../output.ts';
import { CallProgress } from '../progress.ts';

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
      const { collection, encoder, error, field, show } = options;
      const semblance = await Semblance.open({ home });
      const line = new CallProgress();
      try {
        const { calibration } = semblance;
        const found = show
          ? calibration.stored({ collection, encoder })
          : await calibration.calibrate(
              { progress: line.show },
              { collection, encoder, error, field },
            );
        line.end();
        print(json, found, () =>
          [...text(found), ...(found.stale ? [staleText(found.changed)] : [])].join('\n'),
        );
      } finally {
        line.end();
        await semblance.close();
      }
    });
}

/** What to say of a calibration that the collection has outgrown. */
export function staleText(changed: number): string {
  return `${(changed * 100).toFixed(0)} % of the images have changed since: calibrate again.`;
}

function text(calibration: StoredCalibration): string[] {
  const { encoder, field, index, fitted, roles, figures, levels, error, confidence } = calibration;
  const groups: [string | null, CalibrationFigures | null][] = [
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
              expectedCalibrationError?.toFixed(3) ?? '',
              brier?.toFixed(3) ?? '',
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

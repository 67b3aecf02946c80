import { type Command, Option } from 'commander';
import type { Call } from '../../app/call.ts';
import type { DicomExportRequest } from '../../app/deidentification.ts';
import { Semblance } from '../../app/semblance.ts';
import type { ExportedImages } from '../../contract/exchange.ts';
import { BURNED_IN_POLICIES, EXPORTED_DATES } from '../../domain/identity.ts';
import { leftOutText } from '../../domain/left-out.ts';
import { tellImages } from '../audited.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, type GlobalOptions, WHERE_OPTION } from '../options.ts';
import { collect, errorText, firstOf, print, wholeNumber } from '../output.ts';
import { CallProgress } from '../progress.ts';

type ExportOptions = Omit<DicomExportRequest, 'folder' | 'ids'>;
type Exporting = (
  semblance: Semblance,
  call: Call,
  request: DicomExportRequest,
) => Promise<ExportedImages>;

/** `semblance export`: images for others, without what tells whom they are of. */
export function addExportCommand(command: Command): void {
  withSelection(
    command
      .command('dicom')
      .description('Write DICOM by the Basic Application Level Confidentiality Profile'),
    (semblance, call, request) => semblance.deidentification.dicom(call, request),
  ).addOption(
    new Option(
      '--dates <what>',
      'dates and times are removed, or moved by as much for all of a patient',
    )
      .choices([...EXPORTED_DATES])
      .default('removed'),
  );
  withSelection(
    command.command('pictures').description('Write 8-bit PNGs, named by the numbers of the images'),
    (semblance, call, request) => semblance.deidentification.pictures(call, request),
  );
}

function withSelection(command: Command, exporting: Exporting): Command {
  return command
    .argument('<folder>', 'where to; it is made when it is absent')
    .argument('[images...]', 'numbers of images; by default all that the filters allow')
    .option(...COLLECTION_OPTION)
    .option('-f, --filter <field=value>', 'only images with this value', collect, [])
    .option(...WHERE_OPTION)
    .addOption(
      new Option(
        '--burned-in <policy>',
        'pictures that names are drawn into, or may be: leave them out, or write and count them',
      )
        .choices([...BURNED_IN_POLICIES])
        .default('refuse'),
    )
    .action(async (folder: string, images: string[], options: ExportOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home });
      const lines = new CallProgress();
      const interruption = interruptible();
      try {
        const call = { signal: interruption.signal, progress: lines.show, gave: tellImages };
        const ids = images.map(wholeNumber);
        const result = await exporting(semblance, call, { ...options, folder, ids });
        lines.end();
        print(json, result, () => text(result));
        if (!result.complete) process.exitCode = 130;
        else if (result.files === 0 || result.failures.length > 0) process.exitCode = 1;
      } finally {
        lines.end();
        interruption.end();
        await semblance.close();
      }
    });
}

function text({ files, images, folder, leftOut, warnings, failures, complete }: ExportedImages) {
  return [
    `${files} files of ${images} images in ${folder}.`,
    ...leftOut.map((each) => `Left out: ${leftOutText(each)}`),
    ...warnings.map(errorText),
    ...firstOf(failures.map(errorText)),
    ...(complete ? [] : ['Interrupted: what was written stays.']),
  ].join('\n');
}

import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { Inspection } from '../../contract/dicom.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import type { GlobalOptions } from '../options.ts';
import { fail, firstOf, print } from '../output.ts';

/** `semblance inspect`: what would be indexed of a DICOM file. */
export function addInspectCommand(command: Command): void {
  withLimitOptions(command)
    .argument('<file>', 'DICOM file')
    .option(
      '--window <window>',
      'grey values to show: 40/400, lung, bone, brain, soft-tissue, file, file:2, or three with commas',
    )
    .action(
      async (
        file: string,
        options: Required<DecodeLimits> & { window?: string },
        command: Command,
      ) => {
        const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
        const semblance = await Semblance.open({ home, limits: limitsOf(options) });
        try {
          const found = await semblance.dicom.inspect({}, { file, window: options.window });
          print(json, found, () => text(found));
          if (found.error === undefined) return;
          const { code, detail } = found.error;
          fail(new SemblanceError(code, detail, { subject: file }), json);
        } finally {
          await semblance.close();
        }
      },
    );
}

function text({
  kind,
  indexed,
  transferSyntax,
  modality,
  identity,
  frames,
  pixels,
}: Inspection): string {
  const said = [kind, modality, transferSyntax?.name].filter((part) => part !== undefined);
  return [
    `${said.join(', ')}: ${indexed ? 'is' : 'is not'} indexed`,
    ...(identity.length === 0 ? [] : [`hidden here: ${identity.join(', ')}`]),
    ...(pixels === undefined
      ? []
      : [
          `${pixels.frames} ${pixels.frames === 1 ? 'frame' : 'frames'}, ${pixels.shape.join(' x ')} ${pixels.dtype}, ` +
            `${pixels.min} to ${pixels.max}, mean ${pixels.mean.toFixed(3)}`,
          `sha256 ${pixels.sha256}`,
        ]),
    ...firstOf(frames.map(frameText)),
  ].join('\n');
}

function regionText({
  left,
  top,
  right,
  bottom,
  deltaX,
  deltaY,
  unitX,
  unitY,
}: Inspection['frames'][number]['regions'][number]): string {
  const isCalibrated = unitX === CM && unitY === CM && deltaX !== undefined && deltaY !== undefined;
  const size = isCalibrated ? `, pixels of ${deltaX} x ${deltaY} cm` : '';
  return `ultrasound region ${left},${top} to ${right},${bottom}${size}`;
}

/** The unit of a region (PS3.3, C.8.5.5.1.15). */
const CM = 3;

function frameText(shown: Inspection['frames'][number]): string {
  const { frame, codec, photometric, width, height, windows, padding, shuttered, aspect } = shown;
  const done = [
    `${width} x ${height}`,
    photometric,
    codec === 'none' ? 'uncompressed' : codec,
    ...windows.map(
      (window) =>
        `window ${window.center}/${window.width} ${window.function} (${window.preset ?? window.source}), ` +
        `${window.below} below, ${window.above} above`,
    ),
    ...(shown.windowReplaced ? ['in place of the window that was asked for'] : []),
    ...(shown.slope === undefined ? [] : [`rescale ${shown.slope}, ${shown.intercept}`]),
    ...(shown.rescaleTable ? ['rescaled by a table'] : []),
    ...(shown.inverted ? ['inverted'] : []),
    ...(padding > 0 ? [`${padding} pixels of padding`] : []),
    ...(shuttered > 0 ? [`${shuttered} pixels behind a shutter`] : []),
    ...(aspect === 1 ? [] : [`pixels ${aspect} times as high as wide`]),
    ...shown.regions.map(regionText),
  ];
  return `frame ${frame}: ${done.join('; ')}`;
}

import { type Command, Option } from 'commander';
import { BURNED_IN, type BurnedInPolicy } from '../domain/burned-in.ts';
import { DEFAULT_ENCODER } from '../domain/encoders.ts';
import { DATES, type DatesPolicy, IDENTITIES, type IdentityPolicy } from '../domain/identity.ts';

/** How images are indexed. */
export interface IndexingOptions {
  encoder: string;
  frames?: string;
  window?: string;
  identity?: IdentityPolicy;
  dates?: DatesPolicy;
  burnedIn?: BurnedInPolicy;
}

/** Adds the options that say how images are indexed. */
export function withIndexingOptions(command: Command): Command {
  return command
    .option('-e, --encoder <name|file.json>', 'encoder to use', DEFAULT_ENCODER)
    .option(
      '--frames <choice>',
      'of DICOM objects, from now on: all, middle, every:10, numbers like 1,5-9, or key (those that Key Object Selections refer to)',
    )
    .option(
      '--window <window>',
      'for DICOM: 40/400, lung, bone, brain, soft-tissue, file, or three with commas as red, green, blue',
    )
    .addOption(
      new Option(
        '--identity <policy>',
        'what is kept of whom DICOM objects are of, from now on: keyed hashes, originals encrypted, or originals',
      ).choices([...IDENTITIES]),
    )
    .addOption(
      new Option(
        '--dates <policy>',
        'what is kept of when DICOM objects were made, from now on: the year, or the day, moved by as much for all of a patient',
      ).choices([...DATES]),
    )
    .addOption(
      new Option(
        '--burned-in <policy>',
        'text in the pixels, from now on: warn, mask (black wherever they are shown), skip, off; ' +
          'auto, by default, warns of DICOM of kinds that often have text',
      ).choices([...BURNED_IN]),
    );
}

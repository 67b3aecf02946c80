import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { PacsPreview, PacsTest } from '../../contract/pacs.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import { print, table, wholeNumber } from '../output.ts';
import { CallProgress } from '../progress.ts';

interface PreviewOptions {
  collection: string;
  maxStudies?: number;
  maxSeconds?: number;
}

const ADDRESS = [
  '<address>',
  'dicomweb+https://host/path or dimse://TITLE@host:port, with what limits it to some studies behind a question mark',
] as const;

/** `semblance pacs`: what a PACS answers, before it is indexed. */
export function addPacsCommand(pacs: Command): void {
  pacs
    .command('test')
    .description('Find out whether a PACS answers and lets one in, and else why not')
    .argument(...ADDRESS)
    .action((address: string, _: unknown, command: Command) =>
      withPacs(command, async (semblance, signal, json) => {
        const answer = await semblance.pacs.test({ signal }, { address });
        print(json, answer, () => testText(answer));
      }),
    );
  pacs
    .command('preview')
    .description('Count what indexing would take: studies, series, instances, and what is known')
    .argument(...ADDRESS)
    .option(...COLLECTION_OPTION, DEFAULT_COLLECTION)
    .option('--max-studies <n>', 'count no further', wholeNumber)
    .option('--max-seconds <n>', 'count no longer', wholeNumber)
    .action((address: string, options: PreviewOptions, command: Command) =>
      withPacs(command, async (semblance, signal, json) => {
        const line = new CallProgress();
        try {
          const call = { signal, progress: line.show };
          const counted = await semblance.pacs.preview(call, { address, ...options });
          line.end();
          print(json, counted, () => previewText(counted, options.collection));
        } finally {
          line.end();
        }
      }),
    );
}

async function withPacs(
  command: Command,
  work: (semblance: Semblance, signal: AbortSignal, json: boolean) => Promise<void>,
): Promise<void> {
  const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home });
  const { signal, end } = interruptible();
  try {
    await work(semblance, signal, json);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    end();
    await semblance.close();
  }
}

function testText({ pacs, kind, milliseconds, hasStudies, encrypted }: PacsTest): string {
  const protocol = { dicomweb: 'DICOMweb', dimse: 'DIMSE' }[kind];
  return [
    `${pacs} speaks ${protocol} and lets you in; it answered in ${milliseconds} ms.`,
    ...(hasStudies === true ? ['It has studies to index.'] : []),
    ...(hasStudies === false ? ['It has no study of those that the address means.'] : []),
    ...(encrypted ? [] : ['The connection is not encrypted: others on the way can read along.']),
  ].join('\n');
}

const WHY = {
  studies: 'There are more: it was counted no further (--max-studies).',
  time: 'There may be more: it was counted no longer (--max-seconds).',
} as const;

function previewText(counted: PacsPreview, collection: string): string {
  const { studies, series, instances, untold, dates, undated, known, stopped } = counted;
  const lacking = (count: number) => (count > 0 ? ` (${count} studies do not say)` : '');
  const days = dates === null ? 'Days of the studies are not told.' : daysText(dates, undated);
  return [
    `${studies} studies, ${series} series${lacking(untold.series)}, ` +
      `${instances} instances${lacking(untold.instances)}.`,
    ...(stopped === null ? [] : [WHY[stopped]]),
    ...(studies === 0 ? [] : [days]),
    ...counted.modalities.map((each) => `${each.modality}: ${each.studies} studies`),
    `Collection "${collection}" has ${known.images} images of ${known.studies} of these studies.`,
    ...(counted.examples.length === 0 ? [] : [examplesText(counted.examples)]),
  ].join('\n');
}

function daysText({ first, last }: { first: string; last: string }, undated: number): string {
  return `From ${first} to ${last}${undated > 0 ? `; ${undated} without a day` : ''}.`;
}

function examplesText(examples: PacsPreview['examples']): string {
  return table(
    ['patient', 'study', 'year', 'modalities', 'instances', 'known'],
    examples.map((each) => [
      each.patient ?? '',
      each.study,
      each.year ?? '',
      each.modalities.join(', '),
      each.instances ?? '',
      each.known,
    ]),
  );
}

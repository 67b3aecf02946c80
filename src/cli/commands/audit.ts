import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { type AuditSelection, actorText } from '../../app/audit.ts';
import { auditMessage } from '../../app/audit-message.ts';
import { Semblance } from '../../app/semblance.ts';
import { AUDIT_EVENTS, type AuditEntry, type AuditHead } from '../../contract/audit.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { answer } from '../answer.ts';
import { userName } from '../audited.ts';
import { table, wholeNumber } from '../output.ts';

/** Entries that are shown unless another number is asked for. */
const SHOWN = 50;
const DAY = 86_400_000;
const HEAD = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

interface SelectionOptions extends Omit<AuditSelection, 'collection'> {
  in?: string;
}

const selectionOf = ({ in: collection, ...rest }: SelectionOptions) => ({ ...rest, collection });

/** Adds the options that say which entries are meant. */
function withSelection(command: Command): Command {
  return command
    .addOption(new Option('--event <event>', 'of this kind alone').choices(AUDIT_EVENTS))
    .option('--actor <name>', 'of this user, or of the key of this number')
    .option('--in <collection>', 'about this collection')
    .option('--image <n>', 'that tell or show the image of this number', wholeNumber)
    .option('--since <time>', 'not before: 2026-01-31, or 2026-01-31T09:30:00Z', time)
    .option('--until <time>', 'before', time)
    .option('--after <n>', 'behind the entry of this number', wholeNumber);
}

/** `semblance audit`: who did what. */
export function addAuditCommand(audit: Command): void {
  withSelection(audit.command('show'))
    .description('Show the last entries, the newest at the end')
    .option('--last <n>', 'how many', wholeNumber, SHOWN)
    .action((options: SelectionOptions & { last: number }, command) =>
      answer(
        command,
        ({ audit }) => ({ entries: audit.last(options.last, selectionOf(options)) }),
        ({ entries }) =>
          entries.length === 0
            ? 'There is no such entry.'
            : table(
                ['', 'time', 'who', 'from', 'what', 'images', 'outcome'],
                entries.map((each) => [
                  ...[
                    each.number,
                    each.time,
                    actorText(each.actor),
                    each.client ?? '',
                    whatText(each),
                  ],
                  ...[imagesText(each), outcomeText(each)],
                ]),
              ),
      ),
    );
  withSelection(audit.command('export'))
    .description('Write entries to standard output, the oldest first')
    .addOption(
      new Option('--format <format>', 'a line each: JSON, or an audit message of DICOM in XML')
        .choices(['jsonl', 'atna'])
        .default('jsonl'),
    )
    .action(async (options: SelectionOptions & { format: 'jsonl' | 'atna' }, command) => {
      const { home } = command.optsWithGlobals();
      const semblance = await Semblance.open({ home });
      try {
        for (const { entry, text } of semblance.audit.entries(selectionOf(options))) {
          const { number, hash } = entry;
          const line =
            options.format === 'atna'
              ? `${auditMessage(entry)}\n`
              : // The text that was hashed, as it is.
                `{"number":${number},"hash":"${hash}","entry":${text}}\n`;
          if (!process.stdout.write(line)) await once(process.stdout, 'drain');
        }
      } finally {
        await semblance.close();
      }
    });
  audit
    .command('prune')
    .description('Remove the oldest entries for good; export them before, if they are to be kept')
    .option('--before <time>', 'those older than 2026-01-31, or 2026-01-31T09:30:00Z', time)
    .option('--days <n>', 'those older than so many days', wholeNumber)
    .option('-n, --dry-run', 'show what would be removed, and remove nothing')
    .action((options: { before?: Date; days?: number; dryRun?: boolean }, command) => {
      const { days, dryRun, before = days && new Date(Date.now() - days * DAY) } = options;
      if (!before || (days !== undefined && options.before !== undefined)) {
        throw new SemblanceError('USAGE', 'Give --before or --days.');
      }
      const by = { actor: { kind: 'local', name: userName() } } as const;
      return answer(
        command,
        ({ audit }) => audit.prune({ before, dryRun, by }),
        ({ removed, base }) =>
          removed === 0
            ? 'There is no entry that is older.'
            : `${removed} entries ${dryRun ? 'would be' : 'were'} removed. The log goes on from ${base.number}:${base.hash}`,
      );
    });
  audit
    .command('verify')
    .description('Read the log to its end: whether an entry was changed, removed, moved or added')
    .option(
      '--head <number:hash>',
      'where it ended when it was verified earlier, so that entries taken off its end are missed; can be repeated',
      (text: string, before: AuditHead[]) => [...before, head(text)],
      [],
    )
    .action(({ head: heads }: { head: AuditHead[] }, command) =>
      answer(
        command,
        ({ audit }) => audit.verify(heads),
        ({ entries, pruned, from, to, head: { number, hash } }) =>
          entries === 0
            ? 'There is no entry yet.'
            : [
                `Whole: ${entries} entries from ${from} to ${to}.`,
                ...(pruned > 0 ? [`The ${pruned} before them were pruned.`] : []),
                `Its head is ${number}:${hash}`,
                'Keep it elsewhere: `semblance audit verify --head` then finds whether the end was taken off.',
              ].join('\n'),
      ),
    );
}

function time(text: string): Date {
  const read = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(read.getTime())) return read;
  throw new SemblanceError('USAGE', `"${text}" is no time, such as 2026-01-31T09:30:00Z.`);
}

function head(text: string): AuditHead {
  const [, number, hash] = HEAD.exec(text) ?? [];
  if (number !== undefined && hash !== undefined) return { number: Number(number), hash };
  throw new SemblanceError('USAGE', 'A head is a number, a colon and 64 hexadecimal digits.', {
    subject: text,
  });
}

function whatText({ event, operation, collection, about }: AuditEntry): string {
  const of = [collection, about].filter((each) => each !== null).join(' ');
  return `${event} (${operation})${of === '' ? '' : ` ${of}`}`;
}

function imagesText({ images }: AuditEntry): string {
  return Object.entries(images)
    .filter(([, ids]) => ids.length > 0)
    .map(([name, ids]) => `${name}: ${ids.length > 3 ? `${ids.length} images` : ids.join(', ')}`)
    .join('; ');
}

function outcomeText({ outcome, code }: AuditEntry): string {
  return code === null ? outcome : `${outcome}: ${code}`;
}

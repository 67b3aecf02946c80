import type { Command } from 'commander';
import type { Call } from '../../app/call.ts';
import type { DuplicateImage } from '../../app/collections.ts';
import { Semblance } from '../../app/semblance.ts';
import type { Duplicates } from '../../contract/collections.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, type GlobalOptions, WHERE_OPTION } from '../options.ts';
import { INDENT, print, printableJson, table } from '../output.ts';
import { WholeProgress } from '../whole-progress.ts';

interface DuplicatesOptions {
  collection: string;
  encoder?: string;
  where?: string;
}

/** `semblance duplicates`: images of a collection that show the same. */
export function addDuplicatesCommand(command: Command): void {
  command
    .option(...COLLECTION_OPTION)
    .option('-e, --encoder <name>', 'encoder; by default that of the collection')
    .option(...WHERE_OPTION)
    .action(async ({ collection, encoder, where }: DuplicatesOptions, command: Command) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      const semblance = await Semblance.open({ home });
      const line = new WholeProgress();
      const interruption = interruptible();
      try {
        let isShown = true;
        const call: Call = {
          signal: interruption.signal,
          progress: (...step) => isShown && line.show(...step),
        };
        const request = { collection, encoder, where };
        let printer: Printer | undefined;
        const summary = await semblance.collections
          .eachDuplicate(call, request, (known) => {
            // What is printed on the same terminal is progress enough.
            isShown = !process.stdout.isTTY;
            if (!isShown) line.end();
            printer = json ? new JsonPrinter(known) : new TablePrinter();
            return printer.take;
          })
          .catch((error) => {
            if (!interruption.signal.aborted) throw error;
          });
        line.end();
        if (summary === undefined) process.exitCode = 130;
        else printer?.end(summary);
      } finally {
        interruption.end();
        line.end();
        await semblance.close();
      }
    });
}

type Summary = Omit<Duplicates, 'clusters'>;

/** Prints images of clusters as they come: of large collections there may be more than fit into memory. */
interface Printer {
  readonly take: (found: DuplicateImage) => void;
  end(summary: Summary): void;
}

/** One JSON document, as `print` would print it. */
class JsonPrinter implements Printer {
  private clusters = 0;

  constructor(summary: Summary) {
    const text = printableJson(summary, INDENT).slice(0, -'\n}'.length);
    process.stdout.write(`${text},\n  "clusters": [`);
  }

  readonly take = ({ kind, image, isFirst }: DuplicateImage) => {
    if (isFirst) {
      const ended = this.clusters > 0 ? '\n      ]\n    },' : '';
      this.clusters += 1;
      process.stdout.write(`${ended}\n    {\n      "kind": "${kind}",\n      "images": [\n`);
    } else process.stdout.write(',\n');
    process.stdout.write(printableJson(image, INDENT).replace(/^/gm, ' '.repeat(4 * INDENT)));
  };

  end(): void {
    process.stdout.write(this.clusters > 0 ? '\n      ]\n    }\n  ]\n}\n' : ']\n}\n');
  }
}

/** Images in a table of their own. */
const TABLE = 1000;

/** Tables for people. */
class TablePrinter implements Printer {
  private clusters = 0;
  private rows: (string | number)[][] = [];

  readonly take = ({ kind, image: { id, patient, labels, path }, isFirst }: DuplicateImage) => {
    if (this.rows.length === TABLE) this.print();
    if (isFirst) this.clusters += 1;
    this.rows.push([this.clusters, kind, id, patient ?? '', labels.join(', '), path]);
  };

  end({ compared, unhashed, unread }: Summary): void {
    if (this.clusters > 0) this.print();
    const lines = notes(this.clusters, compared, unhashed, unread);
    if (lines.length > 0) print(false, undefined, () => lines.join('\n'));
  }

  private print(): void {
    const head = ['cluster', 'kind', 'image', 'patient', 'label', 'path'];
    print(false, undefined, () => table(head, this.rows));
    this.rows = [];
  }
}

function notes(clusters: number, compared: number, unhashed: number, unread: number): string[] {
  return [
    ...(clusters === 0 ? [`No duplicates among ${compared} images.`] : []),
    ...(unread > 0
      ? [
          `${unread} images are not compared: only their embeddings were imported. Run \`semblance index\` on ` +
            'the same data set to read their files.',
        ]
      : []),
    ...(unhashed > 0
      ? [
          `${unhashed} images were indexed before there were perceptual hashes: only equal ` +
            'files are found among them. Run `semblance index` again to add the hashes.',
        ]
      : []),
  ];
}

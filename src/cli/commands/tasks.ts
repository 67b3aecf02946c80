import { setTimeout as later } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { Semblance } from '../../app/semblance.ts';
import { filesOf } from '../../app/tasks.ts';
import { issuesText } from '../../contract/issues.ts';
import {
  TASK_STATES,
  type Task,
  type TaskPreview,
  type TaskRequest,
  TaskRequestSchema,
  type TaskState,
} from '../../contract/tasks.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { answer } from '../answer.ts';
import { interruptible } from '../interruption.ts';
import { COLLECTION_OPTION, DEFAULT_COLLECTION, type GlobalOptions } from '../options.ts';
import {
  collect,
  errorText,
  firstOf,
  printable,
  printLine,
  section,
  table,
  wholeNumber,
} from '../output.ts';
import { CallProgress, clock } from '../progress.ts';

/** How often it is looked how far tasks are, in milliseconds. */
const LOOK = 200;

/** What is asked for by `tasks add index-pacs`, beside the kinds that have a schema. */
const PACS_KIND = 'index-pacs';

/** `semblance tasks`: what is done in the background of a data directory, by a server or `tasks run`. */
export function addTasksCommand(tasks: Command): void {
  tasks
    .command('list')
    .description('List what waits, is being done, or has ended, the last one first')
    .addOption(new Option('--state <state>', 'only those that stand so').choices(TASK_STATES))
    .action(({ state }: { state?: TaskState }, command: Command) =>
      answer(
        command,
        (semblance) => ({
          tasks: semblance.tasks
            .list()
            .filter((task) => state === undefined || task.state === state),
        }),
        (told) =>
          told.tasks.length === 0
            ? 'No task: begin one with `semblance tasks add`.'
            : table(
                ['task', 'kind', 'collection', 'about', 'state', 'progress'],
                told.tasks.map((task) => [
                  ...[task.id, task.kind, task.collection ?? '', task.about ?? ''],
                  ...[task.state, progressText(task)],
                ]),
              ),
      ),
    );
  const number = (command: Command) => command.argument('<task>', 'its number', wholeNumber);
  number(tasks.command('show'))
    .description('Show how far a task is, what came of it, and where its files are')
    .action((id: number, _: unknown, command: Command) =>
      answer(
        command,
        (semblance) => {
          const task = semblance.tasks.get({ id });
          const files = filesOf(task).map(({ name }) => semblance.tasks.file({ id, name }));
          return { ...task, files };
        },
        (task) => [...taskText(task), ...task.files.map(({ path }) => `  ${path}`)].join('\n'),
      ),
    );
  for (const [name, description] of [
    ['pause', 'End a task for now, after what it has in hand'],
    ['cancel', 'End a task after what it has in hand; what is written stays'],
    ['resume', 'Go on with a task that ended before its end, or has failed'],
  ] as const) {
    number(tasks.command(name))
      .description(description)
      .action((id: number, _: unknown, command: Command) =>
        answer(
          command,
          (semblance) => semblance.tasks[name]({ id }),
          (task) => taskText(task).join('\n'),
        ),
      );
  }
  tasks
    .command('run')
    .description(
      'Do what waits, until nothing is left; a server of the data directory does so, too',
    )
    .action((_: unknown, command: Command) => doTasks(command, () => undefined));
  const add = tasks.command('add').description('Begin a task of a kind: see its own help');
  for (const { shape } of TaskRequestSchema.options) addKind(add, shape);
  addKind(add, {
    kind: z.literal(PACS_KIND),
    collection: z.string(),
    address: z.string().meta({
      description: 'dicomweb+https://host/path or dimse://TITLE@host:port, limited behind ?',
    }),
  });
}

/** A command that begins tasks of one kind, with an option for each of its fields. */
function addKind(add: Command, shape: Readonly<Record<string, z.core.$ZodType>>): void {
  const { kind: _, ...fields } = shape;
  const { properties = {}, required = [] } = z.toJSONSchema(z.object(shape));
  const kind = (properties.kind as { const: TaskRequest['kind'] }).const;
  const command = add.command(kind).description(DESCRIPTIONS[kind]);
  for (const field of Object.keys(fields)) {
    const {
      type,
      description = '',
      ...rest
    } = properties[field] as {
      type: string;
      description?: string;
      enum?: string[];
    };
    if (field === 'collection') {
      command.option(...COLLECTION_OPTION, DEFAULT_COLLECTION);
      continue;
    }
    const name = field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const value = type === 'boolean' ? '' : type === 'number' ? ' <n>' : ' <text>';
    const option = new Option(
      `--${name}${value}`,
      `${description[0]?.toLowerCase() ?? ''}${description.slice(1)}`,
    );
    if (rest.enum !== undefined) option.choices(rest.enum);
    if (type === 'number') option.argParser(Number);
    if (type === 'array') option.argParser((text, before: string[] = []) => collect(text, before));
    command.addOption(option.makeOptionMandatory(required.includes(field)));
  }
  if (kind !== (PACS_KIND as string)) {
    command.option('--preview', 'tell what it would do; nothing is changed');
  }
  command
    .option('--run', 'do it now, and wait for its end')
    .action(async (options: Record<string, unknown>, command: Command) => {
      const { preview = false, run = false, ...given } = options;
      const begin = (semblance: Semblance): Task =>
        kind === (PACS_KIND as string)
          ? semblance.tasks.beginPacs(given as { collection: string; address: string })
          : semblance.tasks.begin(requestOf({ kind, ...given }));
      if (preview) {
        await answer(
          command,
          ({ tasks }, call) => tasks.preview(call, requestOf({ kind, ...given })),
          previewText,
        );
      } else if (run) {
        await doTasks(command, begin);
      } else {
        await answer(command, begin, (task) =>
          [
            ...taskText(task),
            'A server of this data directory does it, or `semblance tasks run`.',
          ].join('\n'),
        );
      }
    });
}

const DESCRIPTIONS: Readonly<Record<TaskRequest['kind'] | typeof PACS_KIND, string>> = {
  index: 'Index a folder, CSV, ZIP archive or DICOMDIR',
  'index-pacs': 'Index an archive',
  prune: 'Remove the images whose files are gone',
  remove: 'Remove images',
  encode: 'Encode all images with another encoder',
  calibrate: 'Fit what similarities mean',
  adapt: 'Adapt an encoder to the labels',
  map: 'Lay the images out in the plane',
  export: 'Write embeddings into a file',
  benchmark: 'Compare encoders',
  'add-encoder': 'Add a model of the catalogue',
  'copy-collection': 'Copy a collection as it is when its turn comes',
  'rename-collection': 'Give a collection another name',
  'delete-collection': 'Remove a collection',
};

/** @throws SemblanceError USAGE */
function requestOf(given: unknown): TaskRequest {
  const read = TaskRequestSchema.safeParse(given);
  if (read.success) return read.data;
  throw new SemblanceError('USAGE', issuesText(read.error));
}

/**
 * Does what waits, and tells of each task that ends.
 * @param begin begins the one that is waited for; undefined for all
 */
async function doTasks(
  command: Command,
  begin: (semblance: Semblance) => Task | undefined,
): Promise<void> {
  const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
  const semblance = await Semblance.open({ home, provider });
  const line = new CallProgress();
  const { signal, end } = interruptible();
  const open = new Set<number>();
  let shown = '';
  try {
    const only = begin(semblance)?.id;
    semblance.tasks.start();
    for (;;) {
      const tasks = semblance.tasks.list().toReversed();
      for (const task of tasks) {
        if (isOpen(task)) open.add(task.id);
        else if (open.delete(task.id) && (only === undefined || task.id === only)) {
          line.end();
          if (json) printLine(task);
          else process.stdout.write(`${printable(taskText(task).join('\n'))}\n`);
          if (task.state === 'failed') process.exitCode = 1;
        }
      }
      const wanted = tasks.filter((task) => isOpen(task) && (only ?? task.id) === task.id);
      if (wanted.length === 0) break;
      const running = wanted.find(({ progress }) => progress !== null);
      if (running?.progress) {
        const { unit, done, total } = running.progress;
        const now = `${running.id} ${unit} ${done}`;
        if (now !== shown) line.show(done, total ?? undefined, { unit, of: String(running.id) });
        shown = now;
      }
      if (signal.aborted) {
        process.exitCode = 130;
        break;
      }
      await later(LOOK, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    end();
    line.end();
    await semblance.close();
  }
}

const isOpen = ({ state }: Task) => state === 'waiting' || state === 'running';

function progressText({ progress }: Task): string {
  if (progress === null) return '';
  const { done, total, unit, skipped, secondsLeft } = progress;
  const of = total === null ? '' : `/${total}`;
  const left = secondsLeft === null ? '' : `, ${clock(secondsLeft)} left`;
  return `${done}${of} ${unit}${left}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A task, and what came of it: each thing with its name, what was refused with the reason. */
function taskText(task: Task): string[] {
  const { id, kind, collection, about, limited, state, result, error, actor } = task;
  const what = [collection, about, limited ? 'some of it' : null, actor].filter(
    (each) => each !== null,
  );
  const told = Object.entries(result ?? {});
  const lists = told.flatMap(([name, value]) => (Array.isArray(value) ? [{ name, value }] : []));
  return [
    `Task ${id}, ${kind}: ${state}${what.length > 0 ? ` (${what.join('; ')})` : ''}`,
    ...(state === 'running' || result === null ? [progressText(task)].filter(Boolean) : []),
    ...told.flatMap(([name, value]) =>
      Array.isArray(value) || name === 'kind' ? [] : [`  ${name}: ${value}`],
    ),
    ...lists.flatMap(({ name, value }) =>
      section(
        name,
        value.map((each: unknown) =>
          typeof each === 'object' && each !== null
            ? Object.values(each)
                .filter((part) => typeof part !== 'object')
                .join(' ')
            : String(each),
        ),
      ),
    ),
    ...(error === null ? [] : [errorText(error)]),
  ];
}

function previewText(preview: TaskPreview): string {
  const { images, known, bytes, leftOut, examples, failures, notes } = preview;
  const count = images === null ? 'How many images is not known before.' : `${images} images`;
  return [
    known === null || known === 0 ? count : `${count}, ${known} of them known`,
    ...(bytes === null ? [] : [`${bytes} bytes of the disk`]),
    ...firstOf(examples).map((each) => `  ${each}`),
    ...leftOut.map((each) => `left out: ${each.count} ${each.kind}`),
    ...failures.map(errorText),
    ...notes,
  ].join('\n');
}

import { z } from 'zod';
import { ErrorSchema } from './errors.ts';

const count = z.number().int();

/** What is done in the background. */
export const TASK_KINDS = ['index-pacs'] as const;
export const TASK_STATES = [
  'waiting',
  'running',
  'interrupted',
  'cancelled',
  'failed',
  'done',
] as const;

/** How far a task is. */
const TaskProgressSchema = z.object({
  unit: z.enum(['files', 'images']).meta({
    description: 'What is counted: instances that are found, or those that are indexed',
  }),
  done: count,
  total: count.nullable(),
  studies: z
    .object({ done: count, total: count })
    .nullable()
    .meta({ description: 'Studies that are through, once all are listed' }),
  skipped: count,
  reasons: z
    .array(ErrorSchema.pick({ code: true, title: true }).extend({ count }))
    .meta({ description: 'Why some were skipped' }),
  perSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
});

/** What came of indexing. */
const TaskResultSchema = z.object({
  total: count,
  added: count,
  unchanged: count.meta({ description: 'Known already' }),
  changed: count.meta({ description: 'Known, and read again or found at another place' }),
  failed: count,
  failures: z.array(ErrorSchema).meta({ description: 'The first that were skipped, with reasons' }),
  leftOut: z
    .array(z.object({ kind: z.string(), count }))
    .meta({ description: 'What is no picture, by kind' }),
});

/** Something that is done in the background, and kept when the server ends. */
export const TaskSchema = z
  .object({
    id: count,
    kind: z.enum(TASK_KINDS),
    state: z.enum(TASK_STATES).meta({
      description:
        'waiting: for another one, or for its turn; interrupted: its process ended; that, cancelled and failed can be resumed',
    }),
    collection: z.string(),
    pacs: z.string().meta({ description: 'Its address, without what limits it to some studies' }),
    limited: z.boolean().meta({ description: 'Whether it is limited to some studies' }),
    created: z.string(),
    changed: z.string(),
    progress: TaskProgressSchema.nullable(),
    result: TaskResultSchema.nullable(),
    error: ErrorSchema.nullable().meta({ description: 'Why it failed, or waits' }),
  })
  .meta({ id: 'Task' });

/** What is done in the background of a server. */
export const TasksSchema = z.object({
  allowed: z.boolean().meta({ description: 'Whether this server may be told to index' }),
  tasks: z.array(TaskSchema).meta({ description: 'The last one first' }),
});

export type TaskProgress = z.infer<typeof TaskProgressSchema>;
export type TaskResult = z.infer<typeof TaskResultSchema>;
export type Task = z.infer<typeof TaskSchema>;

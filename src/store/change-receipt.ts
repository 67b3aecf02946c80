import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What becomes of the collections, from the moment on when it is decided until it is done. */
export const JOURNAL = 'change.json';
/** In the folder of a task: what it has done, which it does not do again. */
const DONE = '.done';

/** A task that changes a collection as a whole. `created`: when it was begun, since a lost file of tasks begins to count anew. */
export const ChangingTaskSchema = z.object({
  id: z.number().int(),
  /** Unix time in milliseconds. */
  created: z.number(),
  /** How many images the collection has, or had; null where it could not be read. */
  images: z.number().int().nullable(),
});
type Receipt = z.infer<typeof ChangingTaskSchema>;
export type ChangingTask = Omit<Receipt, 'images'>;

/** Folder of the files of a task. */
export function taskFolder(folder: string, id: number): string {
  return join(folder, 'task-files', String(id));
}

/** Says that a task has changed a collection. */
export function writeReceipt(folder: string, task: Receipt): void {
  const own = taskFolder(folder, task.id);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  writeFileSync(join(own, DONE), JSON.stringify(task), { mode: 0o600, flush: true });
}

/** What a task has done; undefined where it has not yet. What was decided is to be done before. */
export function readReceipt(folder: string, { id, created }: ChangingTask): Receipt | undefined {
  const file = join(taskFolder(folder, id), DONE);
  if (!existsSync(file)) return undefined;
  const receipt = ChangingTaskSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  return receipt?.created === created ? receipt : undefined;
}

/** Whether a task may have changed a collection already, so that it is to be asked again. */
export function mayHaveChanged(folder: string, id: number): boolean {
  return existsSync(join(folder, JOURNAL)) || existsSync(join(taskFolder(folder, id), DONE));
}

import type { AuditActor, AuditEvent } from '../contract/audit.ts';
import type { TaskKind, TaskResult } from '../contract/tasks.ts';
import type { StoredTask } from '../store/task-store.ts';
import { type AuditNote, LOCAL } from './audit.ts';
import { collectionOf } from './task-kinds.ts';

/** What each kind of task counts as in the audit log. */
const EVENTS: Readonly<Record<TaskKind, AuditEvent>> = {
  index: 'change',
  'index-pacs': 'change',
  'index-files': 'change',
  prune: 'delete',
  remove: 'delete',
  encode: 'change',
  calibrate: 'change',
  adapt: 'change',
  map: 'change',
  export: 'export',
  benchmark: 'change',
  'add-encoder': 'change',
  'copy-collection': 'change',
  'rename-collection': 'change',
  'delete-collection': 'delete',
};

/** What of a result is a number of images, embeddings or queries. */
const COUNTED = [
  ...['total', 'added', 'changed', 'unchanged', 'failed', 'removed', 'unclear'],
  ...['images', 'missingEmbeddings', 'embeddings', 'excluded', 'queries'],
];

/** What the audit log has of a task, beside what came of it. */
export function noteOfTask(
  { id, kind, subject, actor }: Pick<StoredTask, 'id' | 'kind' | 'subject' | 'actor'>,
  result: TaskResult | null = null,
): Omit<AuditNote, 'outcome'> {
  const counts = Object.entries(result ?? {}).filter(
    (each): each is [string, number] => COUNTED.includes(each[0]) && typeof each[1] === 'number',
  );
  return {
    ...{ event: EVENTS[kind as TaskKind], operation: `task:${kind}`, actor: actorNamed(actor) },
    ...{ collection: collectionOf(subject), about: String(id) },
    counts: Object.fromEntries(counts),
  };
}

/** Who is meant by what a task remembers (`actorText`): no user has a name with a space. */
export function actorNamed(text: string | null): AuditActor {
  if (text === null || text === LOCAL.kind) return LOCAL;
  const key = /^key (\d+)$/.exec(text)?.[1];
  return key === undefined ? { kind: 'user', name: text } : { kind: 'key', name: key };
}

import type { Taking, TaskKind, TaskRequest, TaskResult } from '../contract/tasks.ts';
import { parsePacs } from '../pacs/place.ts';

/** What a task is kept with. That of a PACS may name a patient. */
export type TaskPayload =
  | TaskRequest
  | { kind: 'index-pacs'; collection: string; address: string }
  /** Names in a folder; by default in that of what was received. */
  | ({ kind: 'index-files'; collection: string; folder?: string; files: string[] } & Taking);

type Of<K extends TaskKind> = Extract<TaskPayload, { kind: K }>;

/** What is to be known of a kind of task beside how it is done. */
interface Kind<K extends TaskKind> {
  /** One at a time is done of a collection, and of those that are of none. */
  subject(payload: Of<K>): string;
  /** What of it is told: nothing that may name a patient but the place of files. */
  about(payload: Of<K>): string | null;
  isLimited(payload: Of<K>): boolean;
}

const ofCollection = { subject: ({ collection }: { collection: string }) => collection };
const whole = { isLimited: () => false };
const selected = {
  isLimited: ({
    filter = [],
    where = '',
  }: {
    filter?: string[] | undefined;
    where?: string | undefined;
  }) => filter.length > 0 || where !== '',
};
/** The encoder that it names. */
const ofEncoder = { about: ({ encoder }: { encoder?: string | undefined }) => encoder ?? null };

const KINDS: { readonly [K in TaskKind]: Kind<K> } = {
  index: { ...ofCollection, ...whole, about: ({ path }) => path },
  'index-pacs': {
    ...ofCollection,
    about: ({ address }) => parsePacs(address).root,
    isLimited: ({ address }) => parsePacs(address).query.size > 0,
  },
  'index-files': { ...ofCollection, ...whole, about: ({ folder }) => folder ?? null },
  prune: { ...ofCollection, ...whole, about: () => null },
  remove: { ...ofCollection, about: () => null, isLimited: () => true },
  encode: { ...ofCollection, ...whole, ...ofEncoder },
  calibrate: { ...ofCollection, ...whole, ...ofEncoder },
  adapt: { ...ofCollection, ...whole, about: ({ name }) => name },
  map: { ...ofCollection, ...whole, ...ofEncoder },
  export: { ...ofCollection, ...selected, about: ({ format }) => format },
  benchmark: {
    ...whole,
    subject: () => '/benchmarks',
    about: ({ configuration }) => configuration,
  },
  'add-encoder': { ...whole, subject: () => '/encoders', about: ({ name }) => name },
  'copy-collection': { ...ofCollection, ...whole, about: ({ to }) => to },
  'rename-collection': { ...ofCollection, ...whole, about: ({ to }) => to },
  'delete-collection': { ...ofCollection, ...whole, about: () => null },
};

/** What is to be known of a task. `subject`: a collection, or with a slash before it what is none. */
export function factsOf<K extends TaskKind>(payload: Of<K>) {
  const kind = KINDS[payload.kind as K];
  return {
    subject: kind.subject(payload),
    about: kind.about(payload),
    limited: kind.isLimited(payload),
  };
}

/** What came of a task that copies, renames or deletes a collection. */
export function changedCollection(payload: TaskPayload, images: number | null): TaskResult {
  return { kind: 'collection', name: 'to' in payload ? payload.to : null, images };
}

/** The collection of a subject; null where it is none. */
export function collectionOf(subject: string): string | null {
  return subject.startsWith('/') ? null : subject;
}

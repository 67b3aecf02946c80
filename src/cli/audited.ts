import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { AuditNote } from '../app/audit.ts';
import type { AuditEvent } from '../contract/audit.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import type { GlobalOptions } from './options.ts';

type Options = Readonly<Record<string, unknown>>;
type Outcome = Pick<AuditNote, 'outcome' | 'code' | 'images'>;
type Counts = AuditEvent | 'nothing';

/** What begins a task, and changes nothing where it only tells what it would do. */
const begun =
  (event: Counts) =>
  ({ preview }: Options): Counts =>
    preview ? 'nothing' : event;

/**
 * What each command counts as in the audit log. Of what only reads nothing is written: whoever can run it can read the
 * data directory itself, also one that cannot be written to. What gives an identity back, or the log itself, is told.
 * @testing
 */
export const COUNTS: Readonly<Record<string, Counts | ((options: Options) => Counts)>> = {
  index: 'change',
  worker: 'change',
  'tasks list': 'nothing',
  'tasks show': 'nothing',
  'tasks pause': 'change',
  'tasks cancel': 'change',
  'tasks resume': 'change',
  // Each task has its entry when it is begun.
  'tasks run': 'nothing',
  'tasks add index': begun('change'),
  'tasks add index-pacs': begun('change'),
  'tasks add prune': begun('delete'),
  'tasks add remove': begun('delete'),
  'tasks add encode': begun('change'),
  'tasks add calibrate': begun('change'),
  'tasks add adapt': begun('change'),
  'tasks add map': begun('change'),
  'tasks add export': begun('export'),
  'tasks add benchmark': begun('nothing'),
  'tasks add add-encoder': begun('change'),
  'tasks add copy-collection': begun('change'),
  'tasks add rename-collection': begun('change'),
  'tasks add delete-collection': begun('delete'),
  'pacs test': 'contact',
  'pacs preview': 'contact',
  receive: 'receive',
  remove: ({ dryRun }) => (dryRun ? 'nothing' : 'delete'),
  search: ({ send, keyObjects, report }) => {
    if (send) return 'send';
    return keyObjects || report ? 'export' : 'nothing';
  },
  duplicates: 'nothing',
  'collections list': 'nothing',
  'collections create': 'change',
  'collections copy': 'change',
  'collections rename': 'change',
  'collections delete': 'delete',
  info: 'nothing',
  inspect: 'nothing',
  locate: 'view',
  check: 'nothing',
  doctor: 'nothing',
  'backup make': 'export',
  'backup verify': 'nothing',
  'backup restore': 'change',
  encoders: 'nothing',
  'encoders use': 'change',
  'encoders history': 'nothing',
  'encoders missing': 'nothing',
  'encoders drop': 'delete',
  explain: 'nothing',
  evaluate: 'nothing',
  calibrate: 'change',
  adapt: 'change',
  map: ({ show }) => (show ? 'nothing' : 'change'),
  // They write their own entries.
  serve: 'nothing',
  mcp: 'nothing',
  demo: 'nothing',
  'config check': 'nothing',
  'config show': 'nothing',
  'users add': 'rights',
  'users list': 'nothing',
  'users role': 'rights',
  'users password': 'rights',
  'users disable': 'rights',
  'users remove': 'rights',
  'users sessions': 'nothing',
  'users end-session': 'rights',
  'webhooks add': 'rights',
  'webhooks list': 'nothing',
  'webhooks remove': 'rights',
  'keys add': 'rights',
  'keys list': 'nothing',
  'keys revoke': 'rights',
  'audit show': 'audit',
  'audit verify': 'nothing',
  'audit export': 'audit',
  // It writes its own entries, from where the rest goes on.
  'audit prune': 'nothing',
  'models list': 'nothing',
  'models pull': 'change',
  'models add': 'change',
  'models template': 'nothing',
  'models verify': 'nothing',
  'models remove': 'delete',
  'dataset prepare': 'nothing',
  'dataset merge': 'nothing',
  'dataset check': 'nothing',
  'benchmark init': 'nothing',
  'benchmark run': 'nothing',
  'embeddings export': 'export',
  'embeddings import': 'change',
  'export dicom': 'export',
  'export pictures': 'export',
  'engine push': 'export',
  'engine pull': 'change',
  'engine verify': 'nothing',
  help: 'nothing',
};

/** A command's name with those that it stands below. @testing */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

/** Images that the command removed or gave away, by collection. */
const told: Record<string, number[]> = {};

/** Says in the audit log which images of a collection a command removed or gave away. */
export function tellImages(collection: string, images: readonly number[]): void {
  told[collection] = [...(told[collection] ?? []), ...images];
}

/** Writes what a command is to do, and returns what writes how it ended; undefined where it counts as nothing. */
export async function beginAudit(
  command: Command,
): Promise<((error?: SemblanceError) => Promise<void>) | undefined> {
  const operation = pathOf(command);
  const counts = COUNTS[operation];
  if (counts === undefined) throw new Error(`Nothing says what ${operation} counts as.`);
  const options = command.optsWithGlobals<GlobalOptions & Options>();
  const event = typeof counts === 'function' ? counts(options) : counts;
  if (event === 'nothing') return undefined;
  const { Semblance } = await import('../app/semblance.ts');
  const { home } = options;
  /** @param where where alone it is written */
  const write = async (where: 'home' | 'log' | 'always', rest: Outcome) => {
    const semblance = await Semblance.open({ home });
    const { audit } = semblance;
    const [first, second] =
      operation.startsWith('collections ') || event === 'rights' ? command.args : [];
    const named = [options.collection].flat();
    const collection =
      event === 'rights' ? undefined : (first ?? (named.length === 1 ? named[0] : undefined));
    try {
      if (where !== 'always' && !audit.isThere(where)) return;
      await audit.record(
        {
          ...{ event, operation, actor: { kind: 'local', name: userName() }, ...rest },
          collection: (collection as string | undefined) ?? null,
          about: (event === 'rights' ? first : second) ?? null,
        },
        true,
      );
    } catch (error) {
      // The log is to be read above all when something is wrong with it; that it was is said on standard error.
      if (event === 'audit') return;
      // Who runs a command is told what is wrong with the data directory.
      throw (error as SemblanceError).cause instanceof SemblanceError
        ? (error as SemblanceError).cause
        : error;
    } finally {
      await semblance.close();
    }
  };
  // A data directory that is not there is not made by a command that may fail; the one that is restored comes whole.
  const isAnnounced = event !== 'audit' && event !== 'view' && operation !== 'backup restore';
  if (isAnnounced) await write('home', { outcome: 'begun' });
  return async (error) => {
    const hasFailed = error !== undefined || (process.exitCode ?? 0) !== 0;
    const where = hasFailed || event === 'audit' ? 'log' : 'always';
    const outcome = hasFailed ? 'failed' : 'done';
    await write(where, { outcome, code: error?.code ?? null, images: told });
  };
}

/** Who runs a command, as the machine calls him. */
export function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

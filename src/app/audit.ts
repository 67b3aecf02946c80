import { existsSync } from 'node:fs';
import {
  type AuditActor,
  type AuditEntry,
  type AuditEvent,
  type AuditHead,
  type AuditPruned,
  type AuditRecord,
  AuditRecordSchema,
  type AuditVerified,
} from '../contract/audit.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import {
  AUDIT_ORIGIN,
  AuditStore,
  auditHash,
  type StoredAuditEntry,
} from '../store/audit-store.ts';
import type { DataDirectory } from '../store/data-directory.ts';

/** What is to be written; the rest is null, empty or now. */
export type AuditNote = Pick<AuditRecord, 'event' | 'operation' | 'outcome'> & Partial<AuditRecord>;

/** Which entries are meant; all of what is given must hold. */
export interface AuditSelection {
  /** Number of the entry before the first one. */
  after?: number | undefined;
  event?: AuditEvent | undefined;
  /** Name of a user, or number of a key. */
  actor?: string | undefined;
  collection?: string | undefined;
  /** Number of an image, of the collection where one is given. */
  image?: number | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** What says that entries were pruned: up to which number, and its hash. */
const PRUNE = 'audit prune';
/** So many images an entry has at the most; more are in entries that follow it. */
const MOST_IMAGES = 10_000;

/** Nobody asks who it is. */
export const LOCAL: AuditActor = { kind: 'local', name: null };

/** What somebody is called: a user by his name, a program by the number of its key, a peer by its title. */
export function actorText({ kind, name }: AuditActor): string {
  return kind === 'key' || kind === 'peer' ? `${kind} ${name}` : (name ?? kind);
}

/** Who did what with a data directory: written before it is answered, and never changed. */
export class AuditService {
  private readonly store: AuditStore;
  private hasFailed = false;
  private isOff = false;
  /** How many entries could not be written since the program began. */
  failures = 0;
  private readonly names = new Set<string>();

  /** @internal */
  constructor(private readonly directory: DataDirectory) {
    this.store = new AuditStore(directory.auditFile);
  }

  /** Writes nothing from now on. */
  leaveOut(): void {
    this.isOff = true;
  }

  /**
   * Writes what happened; it is on the disk when this resolves. A collection is named where there is or was one of this
   * name since the program began: what somebody asked for may be anything.
   * @param isTrusted whether a collection is named in any case
   * @throws SemblanceError AUDIT_NOT_WRITTEN, TOO_MANY_FILES
   */
  async record(note: AuditNote, isTrusted = false): Promise<AuditHead> {
    const { collection = null, counts = {} } = note;
    if (this.isOff) return AUDIT_ORIGIN;
    try {
      const isAbout = collection !== null || note.images !== undefined;
      const there = isAbout ? this.directory.collections() : [];
      for (const name of there) this.names.add(name);
      const images = Object.entries(note.images ?? {}).filter(([name]) => this.names.has(name));
      const isNamed = isTrusted || this.names.has(collection ?? '');
      const record: AuditRecord = {
        time: note.time ?? new Date().toISOString(),
        ...{ event: note.event, operation: note.operation, outcome: note.outcome },
        ...{ code: note.code ?? null, actor: note.actor ?? LOCAL, client: note.client ?? null },
        ...{ collection: isNamed ? collection : null },
        ...{ images: {}, about: note.about ?? null },
        ...(Object.keys(counts).length > 0 && { counts }),
      };
      this.directory.create();
      const [first = {}, ...more] = portions(images);
      const rest = { ...record, counts: undefined };
      const entries = [
        { ...record, images: first },
        ...more.map((images) => ({ ...rest, images })),
      ];
      const heads = await Promise.all(
        entries.map((each) => this.store.append(JSON.stringify(each))),
      );
      const head = heads.at(-1) as AuditHead;
      this.hasFailed = false;
      return head;
    } catch (error) {
      const coded = toSemblanceError(error, this.directory.auditFile);
      // It is refused by that, too, and says better what to do.
      if (coded.code === 'TOO_MANY_FILES') throw coded;
      const { title, message, subject } = coded;
      const why = `${title}. ${message}`;
      // Once, and not with each request.
      if (!this.hasFailed) this.directory.logger.warn(`AUDIT_NOT_WRITTEN: ${subject}: ${why}`);
      this.hasFailed = true;
      this.failures += 1;
      throw new SemblanceError('AUDIT_NOT_WRITTEN', why, { cause: error });
    }
  }

  /** Whether there is a data directory, or a log in it. */
  isThere(what: 'home' | 'log'): boolean {
    return existsSync(what === 'home' ? this.directory.folder : this.directory.auditFile);
  }

  /** The last entries that are meant, the oldest of them first. @throws SemblanceError those of the store */
  last(count: number, selection: AuditSelection = {}): AuditEntry[] {
    const found: AuditEntry[] = [];
    for (const stored of this.store.latest()) {
      if (stored.number <= (selection.after ?? 0)) break;
      const entry = entryOf(stored);
      if (isMeant(entry, selection)) found.push(entry);
      if (found.length === count) break;
    }
    return found.reverse();
  }

  /**
   * All entries that are meant, the oldest first, each with the text that its hash is of.
   * @throws SemblanceError AUDIT_BROKEN, and those of the store
   */
  *entries(selection: AuditSelection = {}): Generator<{ entry: AuditEntry; text: string }> {
    for (const stored of this.store.entries(selection.after)) {
      const entry = entryOf(stored);
      if (isMeant(entry, selection)) yield { entry, text: stored.entry };
    }
  }

  /**
   * Reads the log to its end: every entry follows from the one before, and the last one is where the log ends.
   * @param heads where it ended at earlier times, as they were kept elsewhere
   * @throws SemblanceError AUDIT_BROKEN with the number of the first entry that is not as it was written
   */
  verify(heads: readonly AuditHead[] = []): AuditVerified {
    const base = this.store.base();
    let { number, hash } = base;
    let isSaid = base.number === 0;
    for (const head of heads) {
      if (head.number < number) {
        const why = `The log was pruned up to entry ${number}: it can be compared with later heads.`;
        throw new SemblanceError('USAGE', why);
      }
      if (head.number === number && head.hash !== hash) {
        throw broken(`Entry ${number} was another one at the time given.`);
      }
    }
    const left = new Map(heads.map((head) => [head.number, head.hash]));
    left.delete(number);
    let from: string | null = null;
    let to: string | null = null;
    for (const stored of this.store.entries()) {
      if (stored.number !== number + 1) throw broken(`After entry ${number} some are missing.`);
      if (stored.hash !== auditHash(hash, stored.number, stored.entry)) {
        throw broken(`Entry ${stored.number} is not the one that was written after ${number}.`);
      }
      ({ number, hash } = stored);
      const entry = entryOf(stored);
      to = entry.time;
      isSaid ||= entry.operation === PRUNE && Number.parseInt(entry.about ?? '', 10) >= base.number;
      from ??= to;
      if ((left.get(number) ?? hash) !== hash) {
        throw broken(`Entry ${number}, or one before it, is another one than at the time given.`);
      }
      left.delete(number);
    }
    if (!isSaid) {
      throw broken(
        `Its entries up to ${base.number} are missing, and none says that they were pruned.`,
      );
    }
    const head = this.store.head() ?? AUDIT_ORIGIN;
    // Something may have been added meanwhile.
    if (head.number < number || (head.number === number && head.hash !== hash)) {
      throw broken('Entries were added past where it says that it ends.');
    }
    const [missing] = left.keys();
    if (head.number > number && [...this.store.entries(number)].length === 0) {
      throw broken(`It ends with entry ${number}, and had ${head.number}: the last are missing.`);
    }
    if (missing !== undefined) {
      throw broken(`It ends with entry ${number}, and had ${missing} at the time given.`);
    }
    return { entries: number - base.number, pruned: base.number, from, to, head: { number, hash } };
  }

  /**
   * Reads the end of the log alone: the last entries follow from each other, and the last one is where the log ends.
   * @param count how many
   * @returns when the last one was written; null where there is none
   * @throws SemblanceError AUDIT_BROKEN, and those of the store
   */
  verifyEnd(count: number): { entries: number; last: string | null } {
    let [entries, last]: [number, string | null] = [0, null];
    let next = this.store.head() ?? AUDIT_ORIGIN;
    let after: StoredAuditEntry | undefined;
    for (const stored of this.store.latest()) {
      // Something may have been added since.
      if (after === undefined && stored.number > next.number) continue;
      if (stored.number !== next.number) throw broken(`Entry ${next.number} is missing.`);
      if (after === undefined ? stored.hash !== next.hash : isOther(stored, after)) {
        throw broken(`Entry ${after?.number ?? next.number} is not the one that was written.`);
      }
      last ??= entryOf(stored).time;
      entries += 1;
      if (entries === count) return { entries, last };
      after = stored;
      next = { number: stored.number - 1, hash: '' };
    }
    if (next.number > 0) throw broken(`Entry ${next.number} is missing.`);
    if (after !== undefined && isOther(AUDIT_ORIGIN, after)) {
      throw broken('Entry 1 is not the one that was written.');
    }
    return { entries, last };
  }

  /**
   * Removes the entries from the first one on that are older than a time, up to the first that is not. An entry says so before,
   * from where the rest goes on; what is left is verified as before.
   * @param request before: the time; until: number of an entry that stays in any case, by default none; by: who wants it
   * @throws SemblanceError AUDIT_BROKEN where what would be removed is not as it was written, AUDIT_NOT_WRITTEN, and those
   *   of the store
   */
  async prune(request: {
    before: Date;
    until?: number | undefined;
    dryRun?: boolean | undefined;
    by?: Pick<AuditNote, 'actor'> | undefined;
  }): Promise<AuditPruned> {
    const { before, until = Number.POSITIVE_INFINITY, dryRun = false, by = {} } = request;
    const from = this.store.base();
    let base = from;
    for (const stored of this.store.entries()) {
      const { number, hash } = stored;
      if (number >= until || new Date(entryOf(stored).time) >= before) break;
      if (number !== base.number + 1 || hash !== auditHash(base.hash, number, stored.entry)) {
        throw broken(`Entry ${number} is not the one that was written: nothing was pruned.`);
      }
      base = { number, hash };
    }
    const removed = base.number - from.number;
    if (removed === 0 || dryRun) return { dryRun, removed, base };
    const about = `${base.number}:${base.hash}`;
    const note = { ...by, event: 'audit', operation: PRUNE, about } as const;
    await this.record({ ...note, outcome: 'begun' });
    await this.store.prune(base.number);
    await this.record({ ...note, outcome: 'done', counts: { removed } });
    return { dryRun, removed, base };
  }

  /** Where the log ends; number 0 where there is none. @throws SemblanceError those of the store */
  head(): AuditHead {
    return this.store.head() ?? AUDIT_ORIGIN;
  }

  /** @internal */
  async close(): Promise<void> {
    await this.store.close();
  }
}

/** Whether an entry is not the one that followed another. */
function isOther(before: AuditHead, { number, entry, hash }: StoredAuditEntry): boolean {
  return hash !== auditHash(before.hash, number, entry);
}

/** Numbers of images, by collection, in portions that an entry has. */
function portions(images: [string, number[]][]): Record<string, number[]>[] {
  const all: Record<string, number[]>[] = [];
  let left = 0;
  for (const [name, ids] of images) {
    for (let from = 0; from === 0 || from < ids.length; ) {
      if (left === 0) {
        all.push({});
        left = MOST_IMAGES;
      }
      const part = ids.slice(from, from + left);
      (all.at(-1) as Record<string, number[]>)[name] = part;
      from += Math.max(1, part.length);
      left -= part.length;
    }
  }
  return all;
}

function broken(why: string): SemblanceError {
  return new SemblanceError('AUDIT_BROKEN', why);
}

/** @throws SemblanceError AUDIT_BROKEN for what is none */
function entryOf({ number, entry, hash }: StoredAuditEntry): AuditEntry {
  try {
    return { number, hash, ...AuditRecordSchema.parse(JSON.parse(entry)) };
  } catch {
    throw broken(`Entry ${number} is none that this program wrote.`);
  }
}

function isMeant(
  { event, actor, collection, images, time }: AuditEntry,
  wanted: AuditSelection,
): boolean {
  const at = new Date(time);
  const ids =
    wanted.collection === undefined ? Object.values(images) : [images[wanted.collection] ?? []];
  return (
    (wanted.event === undefined || wanted.event === event) &&
    (wanted.actor === undefined || wanted.actor === actor.name) &&
    (wanted.collection === undefined ||
      wanted.collection === collection ||
      Object.hasOwn(images, wanted.collection)) &&
    (wanted.image === undefined || ids.some((each) => each.includes(wanted.image as number))) &&
    (wanted.since === undefined || at >= wanted.since) &&
    (wanted.until === undefined || at < wanted.until)
  );
}

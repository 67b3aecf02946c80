import type { AuditActor } from '../contract/audit.ts';
import type { ArchiveCounts, ArchiveWatch, AskedOf } from '../objects/pacs-objects.ts';
import { isDimse, parseDimse } from '../pacs/dimse/place.ts';
import { type AuditNote, type AuditService, LOCAL } from './audit.ts';

/** Writes in the audit log what an indexing asks of archives: that it begins, before it is asked, and how much came. */
export class ArchiveAudit implements ArchiveWatch {
  constructor(
    private readonly audit: AuditService,
    private readonly by: { collection: string; actor: AuditActor | undefined },
  ) {}

  /** @throws SemblanceError AUDIT_NOT_WRITTEN */
  async begin(root: string, what: AskedOf): Promise<void> {
    // A data directory that is not there is not made for it: what is asked may fail.
    if (!this.audit.isThere('home')) return;
    await this.audit.record({ ...this.noteOf(root, what), outcome: 'begun' }, true);
  }

  async end(root: string, what: AskedOf, { done, failed }: ArchiveCounts): Promise<void> {
    if (!this.audit.isThere('home')) return;
    const note = {
      ...this.noteOf(root, what),
      outcome: done === 0 && failed > 0 ? 'failed' : 'done',
      counts: what === 'list' ? { listed: done } : { fetched: done, failed },
    } as const;
    // It has happened; that it cannot be written is said by the log itself.
    await this.audit.record(note, true).catch(() => undefined);
  }

  private noteOf(root: string, what: AskedOf): Omit<AuditNote, 'outcome'> {
    const { collection, actor = LOCAL } = this.by;
    const event = what === 'list' ? 'contact' : 'receive';
    return { event, operation: operationOf(root, what), actor, collection, about: root };
  }
}

function operationOf(root: string, what: AskedOf): string {
  if (!isDimse(root)) return what === 'list' ? 'dicomweb:QIDO-RS' : 'dicomweb:WADO-RS';
  if (what === 'list') return 'dimse:C-FIND';
  return parseDimse(root).receive === undefined ? 'dimse:C-GET' : 'dimse:C-MOVE';
}

import { toSemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import { STATUS } from '../pacs/dimse/command.ts';
import type { Peer } from '../pacs/dimse/server.ts';
import type { AuditNote, AuditService } from './audit.ts';
import { Recent } from './recent.ts';

const MINUTE = 60_000;
/** So many addresses that were refused are remembered; the oldest makes room. */
const REMEMBERED = 10_000;
const OPERATION = 'dimse:C-STORE';

/** What came in an association. */
interface Counts {
  begun: Promise<unknown>;
  stored: number;
  refused: number;
}

/** Writes in the audit log who sends by DIMSE: that it begins, before its first object is kept, and how much came. */
export class ReceivingAudit {
  private readonly counts = new Map<Peer, Counts>();
  private readonly told = new Recent(REMEMBERED);

  constructor(
    private readonly audit: AuditService,
    private readonly collection: string,
  ) {}

  /** Says that a peer sends, once. @returns why nothing may be taken, where that cannot be written */
  async begin(peer: Peer): Promise<ErrorCode | undefined> {
    let counts = this.counts.get(peer);
    if (counts === undefined) {
      const begun = this.audit.record({ ...this.noteOf(peer), outcome: 'begun' }, true);
      counts = { begun, stored: 0, refused: 0 };
      this.counts.set(peer, counts);
    }
    try {
      await counts.begun;
      return undefined;
    } catch (error) {
      // With its next object it is tried again.
      this.counts.delete(peer);
      return toSemblanceError(error).code;
    }
  }

  /** Counts an object. @returns the status that it is answered with */
  counted(peer: Peer, status: number): number {
    const counts = this.counts.get(peer);
    if (counts !== undefined) counts[status === STATUS.success ? 'stored' : 'refused'] += 1;
    return status;
  }

  /** Says how much came of a peer that has left. */
  end(peer: Peer): void {
    const { stored, refused } = this.counts.get(peer) ?? {};
    this.counts.delete(peer);
    if (stored === undefined || refused === undefined) return;
    const outcome = stored === 0 && refused > 0 ? 'failed' : 'done';
    this.write({ ...this.noteOf(peer), outcome, counts: { stored, refused } });
  }

  /** Says that somebody asked who may not send: once a minute for each address. What it calls itself may be anything. */
  refused(address: string): void {
    if (this.told.has(address, MINUTE)) return;
    this.told.add(address);
    this.write({
      ...{ event: 'access', operation: 'dimse:A-ASSOCIATE', outcome: 'refused' },
      ...{ actor: { kind: 'stranger', name: null }, client: address, collection: this.collection },
    });
  }

  private noteOf({ calling, address }: Peer): Omit<AuditNote, 'outcome'> {
    return {
      ...{ event: 'receive', operation: OPERATION, collection: this.collection, client: address },
      actor: { kind: 'peer', name: calling },
    };
  }

  /** It has happened; that it cannot be written is said by the log itself. */
  private write(note: AuditNote): void {
    this.audit.record(note, true).catch(() => undefined);
  }
}

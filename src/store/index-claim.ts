import { SemblanceError } from '../domain/errors/error.ts';
import type { Connection } from './connection.ts';
import { type Holder, holderOf, isAlive, letGo, newHolder, renewed } from './holder.ts';

/** How often a run says that it is still at work (ms). */
const RENEWED = 15_000;
/** Keys of the claims, and what a collection has that is renamed or removed. */
const CLAIM = 'indexing:';
const GONE = 'gone';

/**
 * The right to index a source with an encoder: two runs at once would both decode and encode every image.
 * It is kept in the collection and renewed, so that of a run which was killed nothing stays for long.
 */
export class IndexClaim {
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly connection: Connection,
    private readonly key: string,
    private readonly holder: Holder,
  ) {
    this.timer = setInterval(() => this.renew(), RENEWED).unref();
  }

  /** @throws SemblanceError COLLECTION_BUSY when a run that is alive has it */
  static take(connection: Connection, sourceId: number, encoderId: number): IndexClaim {
    const key = `${CLAIM}${sourceId}:${encoderId}`;
    const holder = newHolder();
    connection.write(() => {
      if (connection.meta(GONE) !== undefined) {
        letGo(holder);
        throw new SemblanceError('COLLECTION_BUSY', 'It was renamed or removed just now.', {
          subject: connection.file,
        });
      }
      const other = holderOf(connection.meta(key));
      if (other !== undefined && isAlive(other)) {
        letGo(holder);
        throw new SemblanceError(
          'COLLECTION_BUSY',
          `Process ${other.pid} on ${other.host} indexes the same images with this encoder since ${new Date(other.since).toISOString()}.`,
          { subject: connection.file },
        );
      }
      connection.setMeta(key, JSON.stringify(holder));
    });
    return new IndexClaim(connection, key, holder);
  }

  /**
   * To be called in a transaction, which nobody else begins to index in.
   * @throws SemblanceError COLLECTION_BUSY when anybody indexes into the collection
   */
  static refuseAny(connection: Connection): void {
    const texts = connection.column<string>('SELECT value FROM meta WHERE key GLOB ?', `${CLAIM}*`);
    const holder = texts.map(holderOf).find((each) => each !== undefined && isAlive(each));
    const sql = 'SELECT 1 FROM jobs WHERE outcome IS NULL AND owner IS NOT NULL AND ready_at > ?';
    const isLeased = connection.get(sql, Date.now()) !== undefined;
    if (holder === undefined && !isLeased) return;
    const who = holder === undefined ? 'A worker' : `Process ${holder.pid} on ${holder.host}`;
    throw new SemblanceError('COLLECTION_BUSY', `${who} indexes images into it.`, {
      subject: connection.file,
    });
  }

  /** Has nobody index into the collection any more, who has its file open still. */
  static end(connection: Connection): void {
    connection.setMeta(GONE, '1');
  }

  /** Gives it back. */
  release(): void {
    clearInterval(this.timer);
    letGo(this.holder);
    this.connection.write(() => {
      if (this.isHeld()) this.connection.run('DELETE FROM meta WHERE key = ?', this.key);
    });
  }

  private renew(): void {
    try {
      this.connection.write(() => {
        if (!this.isHeld()) return;
        this.connection.setMeta(this.key, JSON.stringify(renewed(this.holder)));
      });
    } catch {
      // A writer that holds the file for long is no reason to end; the next time comes soon.
    }
  }

  private isHeld(): boolean {
    return this.connection.meta(this.key)?.includes(this.holder.token) ?? false;
  }
}

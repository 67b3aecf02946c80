import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { SemblanceError } from '../domain/errors/error.ts';
import type { Connection } from './connection.ts';

/** How often a run says that it is still at work, and after which silence it is taken for dead (ms). */
const RENEWED = 15_000;
const DEAD = 60_000;

/** Who indexes a source, as it is kept in the collection. */
const HolderSchema = z.object({
  token: z.string(),
  pid: z.number().int(),
  host: z.string(),
  /** Unix times in milliseconds. */
  since: z.number(),
  at: z.number(),
});
type Holder = z.infer<typeof HolderSchema>;

/** Who holds a claim; one that cannot be read is nobody's, or it would be held for ever. */
function holderOf(text: string | undefined): Holder | undefined {
  try {
    return HolderSchema.safeParse(JSON.parse(text ?? 'null')).data;
  } catch {
    return undefined;
  }
}

/** Claims of this process, which alone knows whether one of its own is still held. */
const own = new Set<string>();

function isAlive({ token, pid, host, at }: Holder): boolean {
  if (host !== hostname()) return Date.now() - at < DEAD;
  if (pid === process.pid) return own.has(token);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return Date.now() - at < DEAD;
}

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
    own.add(holder.token);
    this.timer = setInterval(() => this.renew(), RENEWED).unref();
  }

  /** @throws SemblanceError COLLECTION_BUSY when a run that is alive has it */
  static take(connection: Connection, sourceId: number, encoderId: number): IndexClaim {
    const key = `indexing:${sourceId}:${encoderId}`;
    const now = Date.now();
    const holder = {
      token: randomUUID(),
      pid: process.pid,
      host: hostname(),
      since: now,
      at: now,
    };
    connection.write(() => {
      const other = holderOf(connection.meta(key));
      if (other !== undefined && isAlive(other)) {
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

  /** Gives it back. */
  release(): void {
    clearInterval(this.timer);
    own.delete(this.holder.token);
    this.connection.write(() => {
      if (this.isHeld()) this.connection.run('DELETE FROM meta WHERE key = ?', this.key);
    });
  }

  private renew(): void {
    try {
      this.connection.write(() => {
        if (!this.isHeld()) return;
        this.connection.setMeta(this.key, JSON.stringify({ ...this.holder, at: Date.now() }));
      });
    } catch {
      // A writer that holds the file for long is no reason to end; the next time comes soon.
    }
  }

  private isHeld(): boolean {
    return this.connection.meta(this.key)?.includes(this.holder.token) ?? false;
  }
}

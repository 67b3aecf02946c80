import type { Socket } from 'node:net';
import { ABORT, encodeShort, PDU, type Pdu, ProtocolError } from './pdu.ts';

/** Bytes of a P-DATA-TF that are taken. */
export const MAX_DATA = 2 ** 17;
/** Bytes of a request for an association that are taken: 128 contexts with all transfer syntaxes, and to spare. */
const MAX_ASSOCIATE = 2 ** 18;
/** How long the last PDU may take to leave, in milliseconds. */
const LAST_WORD = 1000;

/** Nothing came, or nothing was taken, for too long. */
export class SilenceError extends Error {}
/** The peer has ended the association, or the connection. */
export class EndedError extends Error {}

/**
 * The PDUs of a connection, one after the other: what comes is read when it is asked for and no sooner, so that a peer
 * that sends faster than it is worked on waits.
 */
export class Wire {
  private readonly pieces: AsyncIterator<Buffer>;
  private held: Buffer[] = [];
  private length = 0;

  /** @param silence how long the peer may say nothing, and a PDU may take, in milliseconds */
  constructor(
    readonly socket: Socket,
    private silence: number,
  ) {
    socket.setNoDelay(true);
    // Told to whoever reads or writes next.
    socket.on('error', () => undefined);
    this.pieces = socket.iterator({ destroyOnReturn: false });
  }

  /** From now on the peer may say nothing for so long, in milliseconds. */
  setSilence(silence: number): void {
    this.silence = silence;
  }

  /**
   * The next PDU; undefined where the connection ends before it.
   * @throws ProtocolError of one that is unknown or too large; SilenceError, EndedError
   */
  async read(): Promise<Pdu | undefined> {
    const head = await this.timed(this.take(6, true));
    if (head === undefined) return undefined;
    const type = head[0] as number;
    const length = head.readUInt32BE(2);
    if (type < PDU.associateRequest || type > PDU.abort) {
      throw new ProtocolError('It sent what is no PDU.', ABORT.unrecognised);
    }
    const most =
      type === PDU.data
        ? MAX_DATA
        : type === PDU.associateRequest || type === PDU.associateAccept
          ? MAX_ASSOCIATE
          : 4;
    if (length > most) throw new ProtocolError(`It sent a PDU of ${length} bytes.`);
    const body = (await this.timed(this.take(length, false))) as Buffer;
    return { type, body };
  }

  /** Sends bytes, and waits where the peer takes them more slowly than they are made. @throws SilenceError, EndedError */
  async write(bytes: Uint8Array): Promise<void> {
    await this.timed(
      new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null) => (error ? reject(ended(error)) : resolve());
        // Without a callback for each, many small PDUs would wait for the system one by one.
        if (this.socket.write(bytes, (error) => error && done(error))) return done();
        const leave = () => {
          this.socket.off('drain', drained);
          this.socket.off('close', closed);
        };
        const drained = () => {
          leave();
          done();
        };
        const closed = () => {
          leave();
          done(new Error('The connection was closed.'));
        };
        this.socket.once('drain', drained);
        this.socket.once('close', closed);
      }),
    );
  }

  /** Ends the connection, with a last PDU where there is one. */
  end(last?: Uint8Array): void {
    const { socket } = this;
    if (socket.destroyed) return;
    // What still comes is of no interest, and must not hold the end back.
    socket.resume();
    if (last === undefined) socket.end();
    else socket.end(last);
    setTimeout(() => socket.destroy(), LAST_WORD).unref();
  }

  /** Tells the peer that the association is over (PS3.8 section 9.3.8): 0 the user of the service says so, 2 the service. */
  abort(source: 0 | 2, reason = 0): void {
    this.end(encodeShort(PDU.abort, source, reason));
  }

  /** So many bytes; undefined where the connection ends before the first of them and it may. */
  private async take(count: number, mayEnd: boolean): Promise<Buffer | undefined> {
    while (this.length < count) {
      const { done, value } = await this.pieces.next().catch((error) => {
        throw ended(error);
      });
      if (done) {
        if (mayEnd && this.length === 0) return undefined;
        throw new EndedError('The connection ended in the middle.');
      }
      this.held.push(value);
      this.length += value.length;
    }
    const all = this.held.length === 1 ? (this.held[0] as Buffer) : Buffer.concat(this.held);
    const rest = all.subarray(count);
    this.held = rest.length > 0 ? [rest] : [];
    this.length = rest.length;
    return all.subarray(0, count);
  }

  private async timed<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new SilenceError(`Nothing for ${this.silence / 1000} s.`)),
        this.silence,
      );
    });
    try {
      return await Promise.race([work, silent]);
    } finally {
      clearTimeout(timer);
      work.catch(() => undefined);
    }
  }
}

function ended(error: unknown): EndedError {
  return new EndedError(error instanceof Error ? error.message : String(error), { cause: error });
}

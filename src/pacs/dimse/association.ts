import { IMPLEMENTATION_UID } from '../../dicom/write.ts';
import { type Command, decodeCommand, encodeCommand, NO_DATA } from './command.ts';
import {
  ABORT,
  DATA_VALUE_HEAD,
  type DataValue,
  decodeData,
  encodeData,
  encodeShort,
  PDU,
  ProtocolError,
} from './pdu.ts';
import { EndedError, MAX_DATA, type Wire } from './wire.ts';

/** Class and version of this implementation (PS3.7 section D.3.3.2). */
export const IMPLEMENTATION = {
  uid: IMPLEMENTATION_UID,
  version: 'SEMBLANCE',
};

/** Bytes of a command. */
const MAX_COMMAND = 2 ** 16;

/** What both sides have agreed to talk about, and in which coding. */
export interface AcceptedContext {
  id: number;
  abstractSyntax: string;
  transferSyntax: string;
}

/** Bytes piece by piece. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A command, with the data set that follows it as it comes. */
export interface Message {
  context: AcceptedContext;
  command: Command & { CommandField: number };
  /** To be read before the next message; what is left of it is passed over. */
  data: AsyncIterable<Uint8Array> | undefined;
}

/** The messages of an association (PS3.7), whoever asked for it. */
export class Association {
  private readonly pieces: DataValue[] = [];
  /** The data set that is coming: its context, and bytes that have come. */
  private inData: { context: AcceptedContext; size: number } | undefined;

  /**
   * @param contexts that were accepted
   * @param maxLength bytes of a P-DATA-TF that the peer takes; 0 for any number
   * @param maxDataSet bytes of a data set at which the association is given up
   */
  constructor(
    protected readonly wire: Wire,
    readonly contexts: readonly AcceptedContext[],
    private readonly maxLength: number,
    private readonly maxDataSet: number,
  ) {
    if (maxLength !== 0 && maxLength <= DATA_VALUE_HEAD) {
      throw new ProtocolError(`It takes PDUs of ${maxLength} bytes, which hold nothing.`);
    }
  }

  /** Sends a command, and a data set if there is one, in as many PDUs as it takes. */
  async send(context: AcceptedContext, command: Command, data?: Pieces): Promise<void> {
    await this.sendPieces(context.id, true, [encodeCommand(command, data !== undefined)]);
    if (data !== undefined) await this.sendPieces(context.id, false, data);
  }

  /**
   * The next message; undefined when the peer has released the association, which is answered.
   * @throws ProtocolError, SilenceError, EndedError
   */
  async receive(): Promise<Message | undefined> {
    await this.skip();
    const parts: Buffer[] = [];
    let size = 0;
    let context: AcceptedContext | undefined;
    for (let isLast = false; !isLast; ) {
      const piece: DataValue | undefined = await this.next(context === undefined);
      if (piece === undefined) return undefined;
      context ??= this.contexts.find(({ id }) => id === piece.contextId);
      if (context?.id !== piece.contextId || !piece.isCommand) {
        throw new ProtocolError('A command was to come.', ABORT.unexpected);
      }
      size += piece.value.length;
      if (size > MAX_COMMAND) throw new ProtocolError('A command is too large.');
      parts.push(piece.value);
      isLast = piece.isLast;
    }
    const command = decodeCommand(Buffer.concat(parts));
    const found = context as AcceptedContext;
    if ((command.CommandDataSetType ?? NO_DATA) === NO_DATA) {
      return { context: found, command, data: undefined };
    }
    this.inData = { context: found, size: 0 };
    return { context: found, command, data: this.dataSet(this.inData) };
  }

  /** Passes over what is left of a data set that was not read to its end. */
  async skip(): Promise<void> {
    while (this.inData !== undefined) await this.piece(this.inData);
  }

  /** Ends the association at once. */
  abort(): void {
    this.wire.abort(0);
  }

  private async *dataSet(coming: NonNullable<typeof this.inData>): AsyncGenerator<Uint8Array> {
    while (this.inData === coming) {
      const { value } = await this.piece(coming);
      if (value.length > 0) yield value;
    }
  }

  private async piece(coming: NonNullable<typeof this.inData>): Promise<DataValue> {
    const piece = await this.next(false);
    if (piece?.contextId !== coming.context.id || piece.isCommand) {
      throw new ProtocolError('A data set was to go on.', ABORT.unexpected);
    }
    coming.size += piece.value.length;
    if (coming.size > this.maxDataSet) {
      throw new ProtocolError(`A data set has more than ${this.maxDataSet / 1e6} MB.`);
    }
    if (piece.isLast) this.inData = undefined;
    return piece;
  }

  /** The next piece of data; undefined where the peer releases the association and may. */
  private async next(mayEnd: boolean): Promise<DataValue | undefined> {
    for (;;) {
      const held = this.pieces.shift();
      if (held !== undefined) return held;
      const pdu = await this.wire.read();
      if (pdu === undefined) throw new EndedError('The connection was closed.');
      if (pdu.type === PDU.abort) throw new EndedError('The association was aborted.');
      if (pdu.type === PDU.data) this.pieces.push(...decodeData(pdu.body));
      else if (pdu.type === PDU.releaseRequest && mayEnd) {
        this.wire.end(encodeShort(PDU.releaseResponse));
        return undefined;
      } else {
        throw new ProtocolError('A PDU came that was not to come.', ABORT.unexpected);
      }
    }
  }

  private async sendPieces(contextId: number, isCommand: boolean, data: Pieces): Promise<void> {
    const most = Math.min(this.maxLength || MAX_DATA, MAX_DATA) - DATA_VALUE_HEAD;
    let value: Buffer | undefined;
    const send = (isLast: boolean) =>
      this.wire.write(
        encodeData({ contextId, isCommand, isLast, value: value ?? Buffer.alloc(0) }),
      );
    for await (const piece of data) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      for (let at = 0; at < bytes.length; at += most) {
        if (value !== undefined) await send(false);
        value = bytes.subarray(at, at + most);
      }
    }
    await send(true);
  }
}

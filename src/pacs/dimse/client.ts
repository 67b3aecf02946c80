import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { SemblanceError, systemCode } from '../../domain/errors/error.ts';
import type { ErrorCode } from '../../domain/errors/registry.ts';
import { statusText } from '../refused.ts';
import { tlsFailure } from '../tls.ts';
import { type AcceptedContext, Association, IMPLEMENTATION, type Pieces } from './association.ts';
import {
  COMMAND,
  type Command,
  isPending,
  isSuccess,
  RESPONSE,
  responseTo,
  STATUS,
} from './command.ts';
import {
  APPLICATION_CONTEXT,
  type Associate,
  decodeAssociate,
  encodeAssociate,
  encodeShort,
  PDU,
  ProtocolError,
} from './pdu.ts';
import { EndedError, MAX_DATA, SilenceError, Wire } from './wire.ts';

/** Application entity that an association is asked of. */
export interface PeerAddress {
  host: string;
  port: number;
  /** Its title. */
  called: string;
  /** The title of this side. */
  calling: string;
  /** Certificates, where it speaks TLS. */
  tls?: ConnectionOptions | undefined;
}

/** What an association is to be about. */
export interface Proposal {
  abstractSyntax: string;
  /** Codings that are taken, the best first; one is chosen. */
  transferSyntaxes: readonly string[];
  /** Whether the other side sends objects of this class to this one, as C-GET has it. */
  toUs?: boolean;
}

/** How long is waited, and how much is taken. */
export interface AssociationOptions {
  signal?: AbortSignal | undefined;
  /** How long the peer may say nothing, in milliseconds; a minute by default. */
  silence?: number;
  /** Bytes of a data set at the most. */
  maxDataSet?: number;
}

const SILENCE = 60_000;
const LARGEST_DATA_SET = 4e9;
/** Contexts of an association: their numbers are odd and fit in a byte. */
const MAX_CONTEXTS = 128;
/** Bytes of an identifier in an answer to a C-FIND. */
const LARGEST_IDENTIFIER = 2 ** 20;
/** Priority of a request (PS3.7 section E.1-1). */
const MEDIUM = 0;

/** Verification SOP Class, for C-ECHO (PS3.4 annex A). */
export const VERIFICATION = '1.2.840.10008.1.1';

/** An object that the peer sends by C-STORE during a C-GET. */
export interface SentObject {
  sopClass: string;
  sopInstance: string;
  transferSyntax: string;
  /** The data set, as it comes. */
  data: AsyncIterable<Uint8Array>;
}

/** How far a C-GET or C-MOVE is, or how it ended. */
export interface Suboperations {
  status: number;
  remaining: number | undefined;
  completed: number;
  failed: number;
  warning: number;
}

/**
 * Asks for an association.
 * @throws SemblanceError PACS_UNAVAILABLE, PACS_REFUSED, PACS_ANSWER_INVALID; USAGE of more than 128 proposals; the
 *   signal's reason
 */
export async function associate(
  peer: PeerAddress,
  proposals: readonly Proposal[],
  { signal, silence = SILENCE, maxDataSet = LARGEST_DATA_SET }: AssociationOptions = {},
): Promise<DimseClient> {
  if (proposals.length > MAX_CONTEXTS) {
    throw new SemblanceError('USAGE', `An association has at most ${MAX_CONTEXTS} proposals.`);
  }
  signal?.throwIfAborted();
  const subject = `dimse://${peer.called}@${peer.host}:${peer.port}`;
  const contexts = proposals.map(({ abstractSyntax, transferSyntaxes }, i) => ({
    ...{ id: 2 * i + 1, result: 0, abstractSyntax, transferSyntaxes },
  }));
  const socket = peer.tls
    ? connectTls({ host: peer.host, port: peer.port, servername: peer.host, ...peer.tls })
    : connect(peer.port, peer.host);
  const wire = new Wire(socket, silence);
  const leave = () => {
    wire.abort(0);
    // Whoever waits for the peer waits no longer.
    socket.destroy(new EndedError('It was ended.'));
  };
  signal?.addEventListener('abort', leave, { once: true });
  const told = (error: unknown) => {
    wire.abort(0);
    signal?.throwIfAborted();
    return errorOf(error, subject);
  };
  try {
    await connected(socket, peer.tls ? 'secureConnect' : 'connect', silence);
    const request: Associate = {
      ...{ versions: 1, called: peer.called, calling: peer.calling, contexts },
      ...{ applicationContext: APPLICATION_CONTEXT, maxLength: MAX_DATA },
      // Of a class, whatever the number of its contexts (PS3.7 section D.3.3.4).
      roles: [
        ...new Set(proposals.flatMap((each) => (each.toUs ? [each.abstractSyntax] : []))),
      ].map((sopClass) => ({ sopClass, user: true, provider: true })),
    };
    await wire.write(encodeAssociate(PDU.associateRequest, request, IMPLEMENTATION));
    const answer = await wire.read();
    if (answer === undefined) throw new EndedError('The connection was closed.');
    if (answer.type === PDU.associateReject) throw rejected(answer.body, subject);
    if (answer.type !== PDU.associateAccept) {
      throw answer.type === PDU.abort
        ? new EndedError('It aborted the association.')
        : new ProtocolError('It did not answer the request for an association.');
    }
    const { contexts: answered, maxLength } = decodeAssociate(answer.body);
    const accepted = answered.flatMap(({ id, result, transferSyntaxes: [transferSyntax = ''] }) => {
      const proposed = contexts.find((each) => each.id === id);
      if (result !== 0 || proposed === undefined) return [];
      if (!proposed.transferSyntaxes.includes(transferSyntax)) return [];
      return [{ id, abstractSyntax: proposed.abstractSyntax, transferSyntax }];
    });
    return new DimseClient(wire, accepted, maxLength, maxDataSet, told, () =>
      signal?.removeEventListener('abort', leave),
    );
  } catch (error) {
    signal?.removeEventListener('abort', leave);
    throw told(error);
  }
}

/**
 * What this side asks of a peer; one request at a time.
 *
 * Every call throws SemblanceError PACS_UNAVAILABLE where the peer says nothing or leaves, PACS_ANSWER_INVALID where it
 * answers what is no answer or with a status of failure, and the signal's reason. The association is over then.
 */
export class DimseClient {
  private readonly association: Association;
  private readonly told: (error: unknown) => Error;
  private lastId = 0;
  /** Whether the association is over. */
  isOver = false;

  /** @internal Made by `associate`. */
  constructor(
    private readonly wire: Wire,
    readonly contexts: readonly AcceptedContext[],
    maxLength: number,
    maxDataSet: number,
    told: (error: unknown) => Error,
    private readonly left: () => void,
  ) {
    this.told = (error) => {
      this.isOver = true;
      return told(error);
    };
    this.association = new Association(wire, contexts, maxLength, maxDataSet);
  }

  /** The accepted context of a service or class of objects, with a transfer syntax where one must be had. */
  context(abstractSyntax: string, transferSyntax?: string): AcceptedContext | undefined {
    return this.contexts.find(
      (each) =>
        each.abstractSyntax === abstractSyntax &&
        (transferSyntax === undefined || each.transferSyntax === transferSyntax),
    );
  }

  /** C-ECHO (PS3.7 section 9.1.5). */
  async echo(): Promise<void> {
    const request = { CommandField: COMMAND.echo, AffectedSOPClassUID: VERIFICATION };
    for await (const { status } of this.request('C-ECHO', VERIFICATION, request)) {
      if (!isSuccess(status)) throw this.failed('C-ECHO', status);
    }
  }

  /**
   * C-STORE (PS3.7 section 9.1.1).
   * @param object its data set in the transfer syntax of an accepted context
   * @returns the status: of success, or of a refusal of this one object
   */
  async store({ sopClass, sopInstance, ...object }: Omit<SentObject, 'data'> & { data: Pieces }) {
    const request = {
      ...{ CommandField: COMMAND.store, AffectedSOPClassUID: sopClass, Priority: MEDIUM },
      AffectedSOPInstanceUID: sopInstance,
    };
    const { transferSyntax, data } = object;
    for await (const { status } of this.request('C-STORE', sopClass, request, data, transferSyntax))
      return status;
    return STATUS.cannotUnderstand;
  }

  /**
   * C-FIND (PS3.4 section C.4.1): each match.
   * @param identifier a data set in the transfer syntax of the service's accepted context
   * @returns data sets in the same transfer syntax
   */
  async *find(sopClass: string, identifier: Uint8Array): AsyncGenerator<Uint8Array> {
    const request = {
      ...{ CommandField: COMMAND.find, AffectedSOPClassUID: sopClass, Priority: MEDIUM },
    };
    for await (const { status, data } of this.request('C-FIND', sopClass, request, [identifier])) {
      if (isPending(status)) yield await this.identifier(data);
      else if (!isSuccess(status)) throw this.failed('C-FIND', status);
    }
  }

  /**
   * C-MOVE (PS3.4 section C.4.2): the peer sends what the identifier says to another application entity.
   * @param destination title of that one, which the peer must know
   * @returns how far it is, again and again; the last one has the final status, which may be of failure
   */
  async *move(
    sopClass: string,
    destination: string,
    identifier: Uint8Array,
  ): AsyncGenerator<Suboperations> {
    const request = {
      ...{ CommandField: COMMAND.move, AffectedSOPClassUID: sopClass, Priority: MEDIUM },
      MoveDestination: destination,
    };
    yield* this.suboperations('C-MOVE', sopClass, request, identifier);
  }

  /**
   * C-GET (PS3.4 section C.4.3): the peer sends what the identifier says over this association, so classes of objects
   * must have been proposed with `toUs`.
   * @param take keeps an object, and returns the status that the peer is answered with
   * @returns as `move`
   */
  async *get(
    sopClass: string,
    identifier: Uint8Array,
    take: (object: SentObject) => Promise<number>,
  ): AsyncGenerator<Suboperations> {
    const request = {
      ...{ CommandField: COMMAND.get, AffectedSOPClassUID: sopClass, Priority: MEDIUM },
    };
    yield* this.suboperations('C-GET', sopClass, request, identifier, take);
  }

  /** Ends the association in order. */
  async release(): Promise<void> {
    this.isOver = true;
    this.left();
    try {
      await this.wire.write(encodeShort(PDU.releaseRequest));
      await this.wire.read();
    } catch {
      // All was said before.
    }
    this.wire.end();
  }

  /** Ends the association at once. */
  abort(): void {
    this.isOver = true;
    this.left();
    this.association.abort();
  }

  private async *suboperations(
    name: string,
    sopClass: string,
    request: Command,
    identifier: Uint8Array,
    take?: (object: SentObject) => Promise<number>,
  ): AsyncGenerator<Suboperations> {
    const responses = this.request(name, sopClass, request, [identifier], undefined, take);
    for await (const { status, command } of responses) {
      yield {
        status,
        remaining: command.NumberOfRemainingSuboperations,
        completed: command.NumberOfCompletedSuboperations ?? 0,
        failed: command.NumberOfFailedSuboperations ?? 0,
        warning: command.NumberOfWarningSuboperations ?? 0,
      };
    }
  }

  /** Sends a request, and gives its responses up to the final one. */
  private async *request(
    name: string,
    sopClass: string,
    request: Command,
    data?: Pieces,
    transferSyntax?: string,
    take?: (object: SentObject) => Promise<number>,
  ) {
    const context = this.context(sopClass, transferSyntax);
    if (context === undefined) {
      throw this.told(new SemblanceError('PACS_REFUSED', `It did not accept ${name}.`));
    }
    this.lastId = (this.lastId % 0xffff) + 1;
    const id = this.lastId;
    let isOver = false;
    try {
      await this.association.send(context, { ...request, MessageID: id }, data);
      for (;;) {
        const message = await this.association.receive();
        if (message === undefined) throw new EndedError('It released the association.');
        const { command } = message;
        if (command.CommandField === COMMAND.store && take !== undefined) {
          await this.takeObject(message, take);
          continue;
        }
        const isAnswer = command.CommandField === ((request.CommandField ?? 0) | RESPONSE);
        if (!isAnswer || command.MessageIDBeingRespondedTo !== id || command.Status === undefined) {
          throw new ProtocolError(`It answered ${name} with something else.`);
        }
        isOver = !isPending(command.Status);
        yield { status: command.Status, command, data: message.data };
        if (isOver) return;
      }
    } catch (error) {
      throw this.told(error);
    } finally {
      // Whoever wants no more answers gets none.
      if (!isOver) this.abort();
    }
  }

  private async takeObject(
    { command, context, data }: Awaited<ReturnType<Association['receive']>> & object,
    take: (object: SentObject) => Promise<number>,
  ): Promise<void> {
    const { AffectedSOPClassUID, AffectedSOPInstanceUID } = command;
    if (data === undefined || AffectedSOPInstanceUID === undefined) {
      throw new ProtocolError('It sent a C-STORE without an object.');
    }
    const Status = await take({
      sopClass: AffectedSOPClassUID ?? context.abstractSyntax,
      sopInstance: AffectedSOPInstanceUID,
      transferSyntax: context.transferSyntax,
      data,
    });
    await this.association.skip();
    await this.association.send(context, responseTo(command, Status));
  }

  private async identifier(data: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of data ?? []) {
      size += piece.length;
      if (size > LARGEST_IDENTIFIER) throw this.told(new ProtocolError('A match is too large.'));
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  private failed(name: string, status: number): Error {
    return this.told(new ProtocolError(`It answered ${name} with status ${statusText(status)}.`));
  }
}

async function connected(socket: Socket, event: string, silence: number): Promise<void> {
  const timeout = AbortSignal.timeout(silence);
  await once(socket, event, { signal: timeout }).catch((cause) => {
    if (timeout.aborted) throw new SilenceError(`No connection for ${silence / 1000} s.`);
    throw new EndedError(cause instanceof Error ? cause.message : String(cause), { cause });
  });
}

/** Why an association was rejected (PS3.8 section 9.3.4), by source and reason. */
const REJECTIONS: Readonly<Record<string, string>> = {
  '1.1': 'no reason given',
  '1.2': 'it does not know the application context',
  '1.3': 'it does not know the title of this side (calling AE title)',
  '1.7': 'it has another title (called AE title)',
  '2.1': 'no reason given',
  '2.2': 'it does not know the version of the protocol',
  '3.1': 'it is congested',
  '3.2': 'it has as many associations as it takes',
};

function rejected(body: Buffer, subject: string): SemblanceError {
  const [, result, source, reason] = body;
  const why = REJECTIONS[`${source}.${reason}`] ?? `source ${source}, reason ${reason}`;
  // A transient rejection is one that may pass.
  const code: ErrorCode = result === 2 ? 'PACS_UNAVAILABLE' : 'PACS_REFUSED';
  return new SemblanceError(code, `It rejected the association: ${why}.`, { subject });
}

/** What failures to connect are called. */
const UNREACHED: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'PACS_NOT_LISTENING',
  ENOTFOUND: 'PACS_HOST_UNKNOWN',
  EAI_AGAIN: 'PACS_HOST_UNKNOWN',
};

function errorOf(error: unknown, subject: string): Error {
  const options = { subject, cause: error };
  const code = systemCode((error as Error | undefined)?.cause) ?? '';
  const unreached = UNREACHED[code] ?? tlsFailure(code);
  if (error instanceof EndedError && unreached !== undefined) {
    return new SemblanceError(unreached, error.message, options);
  }
  if (error instanceof SilenceError || error instanceof EndedError) {
    return new SemblanceError('PACS_UNAVAILABLE', error.message, options);
  }
  if (error instanceof ProtocolError) {
    return new SemblanceError('PACS_ANSWER_INVALID', error.message, options);
  }
  return error instanceof Error ? error : new Error(String(error));
}

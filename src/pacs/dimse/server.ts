import { once } from 'node:events';
import { type BlockList, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { isStorageClass } from '../../dicom/sop-classes.ts';
import { isRead } from '../../dicom/transfer-syntax.ts';
import { type AcceptedContext, Association, IMPLEMENTATION, type Message } from './association.ts';
import { type SentObject, VERIFICATION } from './client.ts';
import { COMMAND, RESPONSE, responseTo, STATUS } from './command.ts';
import {
  ABORT,
  APPLICATION_CONTEXT,
  type Associate,
  decodeAssociate,
  encodeAssociate,
  encodeShort,
  isAeTitle,
  PDU,
  ProtocolError,
} from './pdu.ts';
import { MAX_DATA, SilenceError, Wire } from './wire.ts';

/** Who may ask for an association. */
export interface AllowedPeer {
  /** Its title; undefined for any. */
  calling: string | undefined;
  /** Addresses that it may come from; undefined for any. */
  addresses: BlockList | undefined;
}

/** Who has an association; one object for each. */
export interface Peer {
  /** What it calls itself. */
  calling: string;
  address: string;
}

/** How a provider of storage behaves. */
export interface ProviderOptions {
  /** Its title. */
  called: string;
  allowed: readonly AllowedPeer[];
  /**
   * Which of the transfer syntaxes that were proposed for a class of objects is chosen; null where it takes none of them,
   * undefined where it does not take the class.
   */
  choose(abstractSyntax: string, proposed: readonly string[]): string | null | undefined;
  /**
   * Keeps an object.
   * @returns the status that the peer is answered with; it says that the object is safe, or why it is not taken
   */
  store(object: SentObject & { peer: Peer }): Promise<number>;
  /** Is told that an association is over. */
  onLeft?(peer: Peer): void;
  /** Is told from where somebody asked for an association who may have none. */
  onRefused?(address: string): void;
  /** Is told why a peer was refused or left, for a log: nothing of a patient is in it. */
  onTrouble(why: string, address: string): void;
  /** Associations at a time, and those of one address. */
  maxAssociations: number;
  maxPerAddress: number;
  /** How long a peer may say nothing, in milliseconds. */
  silence: number;
  /** Bytes of a data set at which an association is given up. */
  maxDataSet: number;
  /** Certificates, where TLS is spoken. */
  tls?: TlsOptions | undefined;
}

/** The transfer syntax that is chosen for a class of objects that are stored: the first that is read (`choose`). */
export function storageSyntax(
  abstractSyntax: string,
  proposed: readonly string[],
): string | null | undefined {
  return isStorageClass(abstractSyntax) ? (proposed.find(isRead) ?? null) : undefined;
}

/** A provider that listens. */
export interface Provider {
  port: number;
  /** Takes no further association, lets what is being stored come to its end, and leaves. */
  close(): Promise<void>;
}

/** How long a connection may stand without an association, in milliseconds (ARTIM timer, PS3.8 section 9.1.5). */
const ARTIM = 10_000;
/** How long objects that are coming may take when the provider ends, in milliseconds. */
const LAST_OBJECTS = 5_000;

/** A rejection (PS3.8 section 9.3.4): result, source, reason. */
const REJECT = {
  context: [1, 1, 2],
  calling: [1, 1, 3],
  called: [1, 1, 7],
  version: [1, 2, 2],
  full: [2, 3, 2],
} as const;

/**
 * Listens for associations: C-ECHO and C-STORE are done, everything else is answered as not supported.
 * @param host IP address
 * @throws Error of the system: EADDRINUSE and others
 */
export async function provide(
  host: string,
  port: number,
  options: ProviderOptions,
): Promise<Provider> {
  const open = new Set<ProviderConnection>();
  const take = (socket: Socket) => {
    // Those that are too many are told so; those that are far too many are not.
    if (open.size >= 4 * options.maxAssociations) return void socket.destroy();
    const address = plainAddress(socket.remoteAddress ?? '');
    const ofAddress = [...open].filter((each) => each.address === address).length;
    const isFull = open.size >= options.maxAssociations || ofAddress >= options.maxPerAddress;
    const connection = new ProviderConnection(socket, address, options, isFull);
    open.add(connection);
    connection.run().finally(() => open.delete(connection));
  };
  const server: Server = options.tls
    ? createTlsServer({ ...options.tls, handshakeTimeout: ARTIM }, take)
    : createServer(take);
  server.on('tlsClientError', (_, socket) =>
    options.onTrouble('It did not get through TLS', plainAddress(socket.remoteAddress ?? '')),
  );
  server.listen({ host, port });
  await once(server, 'listening');
  // Without a file descriptor for a connection, the others go on.
  server.on('error', () => undefined);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    async close() {
      server.close();
      await Promise.all([...open].map((each) => each.leave()));
    },
  };
}

/** An address as lists have it: without what says that it is an IPv4 one in an IPv6 one. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** One peer. */
class ProviderConnection {
  private readonly wire: Wire;
  private isStoring = false;
  private isLeaving = false;
  private peer: Peer | undefined;
  private readonly over: Promise<void>;
  private end: () => void = () => undefined;

  constructor(
    socket: Socket,
    readonly address: string,
    private readonly options: ProviderOptions,
    private readonly isFull: boolean,
  ) {
    this.wire = new Wire(socket, Math.min(ARTIM, options.silence));
    this.over = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  async run(): Promise<void> {
    try {
      const association = await this.accept();
      if (association === undefined) return;
      this.wire.setSilence(this.options.silence);
      while (!this.isLeaving) {
        const message = await association.receive();
        if (message === undefined) return;
        await this.answer(association, message);
      }
      this.wire.abort(0);
    } catch (error) {
      if (error instanceof ProtocolError) this.wire.abort(2, error.reason);
      else this.wire.abort(error instanceof SilenceError ? 2 : 0);
      // A failure of ours is no word about a patient either: only what the peer did is told in its words.
      this.trouble(error instanceof Error ? error.message : 'It failed');
    } finally {
      this.wire.end();
      if (this.peer !== undefined) this.options.onLeft?.(this.peer);
      this.end();
    }
  }

  /** Ends the association, after the object that is coming. */
  async leave(): Promise<void> {
    this.isLeaving = true;
    if (!this.isStoring) this.wire.abort(0);
    await Promise.race([this.over, sleep(LAST_OBJECTS, undefined, { ref: false })]);
    this.wire.abort(0);
  }

  private async accept(): Promise<Association | undefined> {
    const pdu = await this.wire.read();
    // Somebody looked whether the port is open.
    if (pdu === undefined) return undefined;
    if (pdu.type !== PDU.associateRequest) {
      throw new ProtocolError('It did not ask for an association', ABORT.unexpected);
    }
    const request = decodeAssociate(pdu.body);
    const [rejection, why] = this.rejection(request) ?? [];
    if (rejection !== undefined) {
      this.trouble(why ?? '');
      if (rejection === REJECT.calling) this.options.onRefused?.(this.address);
      this.wire.end(encodeShort(PDU.associateReject, ...rejection));
      return undefined;
    }
    this.peer = { calling: request.calling, address: this.address };
    const answers = request.contexts.map(({ id, abstractSyntax, transferSyntaxes }) => {
      const chosen = this.choose(abstractSyntax, transferSyntaxes);
      // 3: abstract syntax not supported, 4: transfer syntaxes not supported; one stands there all the same.
      const result = chosen === undefined ? 3 : chosen === null ? 4 : 0;
      return { id, result, abstractSyntax, transferSyntaxes: [chosen ?? IMPLICIT] };
    });
    const accepted: AcceptedContext[] = answers.flatMap(
      ({ id, result, abstractSyntax, transferSyntaxes: [transferSyntax = ''] }) =>
        result === 0 ? [{ id, abstractSyntax, transferSyntax }] : [],
    );
    const { maxDataSet } = this.options;
    const association = new Association(this.wire, accepted, request.maxLength, maxDataSet);
    const answer = {
      ...{ called: request.called, calling: request.calling, versions: 1, contexts: answers },
      ...{ applicationContext: APPLICATION_CONTEXT, maxLength: MAX_DATA, roles: [] },
    };
    await this.wire.write(encodeAssociate(PDU.associateAccept, answer, IMPLEMENTATION));
    return association;
  }

  private rejection({ called, calling, ...request }: Associate) {
    if (this.isFull) return [REJECT.full, 'There are as many associations as are taken'] as const;
    if ((request.versions & 1) === 0) return [REJECT.version, 'It speaks no version 1'] as const;
    if (request.applicationContext !== APPLICATION_CONTEXT) {
      return [REJECT.context, 'It names no application context of DICOM'] as const;
    }
    if (called !== this.options.called) {
      return [REJECT.called, 'It calls another application entity'] as const;
    }
    const isAllowed = this.options.allowed.some(
      (each) =>
        (each.calling === undefined || each.calling === calling) &&
        (each.addresses === undefined || isIn(each.addresses, this.address)),
    );
    if (isAllowed) return undefined;
    return [REJECT.calling, `It calls itself ${named(calling)}, which is not allowed`] as const;
  }

  private choose(abstractSyntax: string, proposed: readonly string[]): string | null | undefined {
    if (abstractSyntax !== VERIFICATION) return this.options.choose(abstractSyntax, proposed);
    return proposed.find((each) => each === IMPLICIT || each === EXPLICIT) ?? null;
  }

  private async answer(association: Association, message: Message): Promise<void> {
    const { context, command, data } = message;
    const field = command.CommandField;
    if ((field & RESPONSE) !== 0) {
      throw new ProtocolError('It answered what was not asked', ABORT.unexpected);
    }
    if (field === COMMAND.cancel) return;
    const status = await this.done(context, command, data);
    await association.skip();
    await association.send(context, responseTo(command, status));
  }

  private async done(
    { abstractSyntax, transferSyntax }: AcceptedContext,
    { CommandField, ...command }: Message['command'],
    data: Message['data'],
  ): Promise<number> {
    if (CommandField === COMMAND.echo) return STATUS.success;
    if (CommandField !== COMMAND.store) return STATUS.unrecognisedOperation;
    const { AffectedSOPInstanceUID: sopInstance = '', AffectedSOPClassUID: sopClass = '' } =
      command;
    if (sopClass !== abstractSyntax) return STATUS.noSuchClass;
    if (data === undefined) return STATUS.cannotUnderstand;
    this.isStoring = true;
    try {
      const { peer = { calling: '', address: this.address } } = this;
      return await this.options.store({ sopClass, sopInstance, transferSyntax, data, peer });
    } finally {
      this.isStoring = false;
    }
  }

  private trouble(why: string): void {
    this.options.onTrouble(why, this.address);
  }
}

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';

/** A title as it may be shown. */
function named(title: string): string {
  return isAeTitle(title) ? title : 'what is no title';
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

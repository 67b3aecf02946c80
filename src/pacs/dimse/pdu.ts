/** Types of protocol data units (PS3.8 section 9.3). */
export const PDU = {
  associateRequest: 1,
  associateAccept: 2,
  associateReject: 3,
  data: 4,
  releaseRequest: 5,
  releaseResponse: 6,
  abort: 7,
} as const;

/** A protocol data unit: its type, and what follows its length. */
export interface Pdu {
  type: number;
  body: Buffer;
}

/** Reasons of the provider to abort (PS3.8 section 9.3.8). */
export const ABORT = { unrecognised: 1, unexpected: 2, invalidParameter: 6 } as const;

/** What a peer sent is against the protocol. */
export class ProtocolError extends Error {
  /** @param reason what the peer is told, one of `ABORT` */
  constructor(
    message: string,
    readonly reason: number = ABORT.invalidParameter,
  ) {
    super(message);
  }
}

/** A presentation context as it is proposed, or as it is answered (PS3.8 sections 9.3.2.2 and 9.3.3.2). */
interface PresentationContext {
  id: number;
  /** Of an answer: 0 where it is accepted. */
  result: number;
  /** Empty in an answer. */
  abstractSyntax: string;
  /** Of an answer the one that was chosen. */
  transferSyntaxes: readonly string[];
}

/** Which sides of a service whoever asks for the association takes (PS3.7 section D.3.3.4). */
interface Role {
  sopClass: string;
  user: boolean;
  provider: boolean;
}

/** A request for an association, or its acceptance: both have the same parts. */
export interface Associate {
  called: string;
  calling: string;
  /** Bits of protocol versions; the lowest is the first and only one. */
  versions: number;
  applicationContext: string;
  contexts: readonly PresentationContext[];
  /** Bytes of a P-DATA-TF that the sender takes; 0 for any number. */
  maxLength: number;
  roles: readonly Role[];
}

/** Registered name of what DICOM does with associations (PS3.7 section A.2.1). */
export const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';

const ITEM = {
  applicationContext: 0x10,
  proposed: 0x20,
  answered: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  user: 0x50,
  maxLength: 0x51,
  implementation: 0x52,
  role: 0x54,
  version: 0x55,
} as const;

/** Characters of the title of an application entity. */
const AE_LENGTH = 16;

/**
 * A PDU's bytes.
 * @testing
 */
export function encodePdu(type: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(6);
  head[0] = type;
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

/** The four bytes of a rejection, an abort or a release. */
export function encodeShort(type: number, ...last: readonly number[]): Buffer {
  return encodePdu(type, Buffer.from([0, 0, 0, 0, ...last].slice(-4)));
}

/**
 * The bytes of an A-ASSOCIATE-RQ or -AC.
 * @param implementation class UID and version name of whoever sends it
 */
export function encodeAssociate(
  type: number,
  { called, calling, contexts, ...associate }: Associate,
  implementation: { uid: string; version: string },
): Buffer {
  const isRequest = type === PDU.associateRequest;
  const head = Buffer.alloc(4 + 2 * AE_LENGTH + 32);
  head.writeUInt16BE(associate.versions, 0);
  head.write(called.padEnd(AE_LENGTH), 4, 'latin1');
  head.write(calling.padEnd(AE_LENGTH), 4 + AE_LENGTH, 'latin1');
  const max = Buffer.alloc(4);
  max.writeUInt32BE(associate.maxLength);
  const described = contexts.map(({ id, result, abstractSyntax, transferSyntaxes }) =>
    item(isRequest ? ITEM.proposed : ITEM.answered, [
      Buffer.from([id, 0, result, 0]),
      ...(isRequest ? [item(ITEM.abstractSyntax, abstractSyntax)] : []),
      ...transferSyntaxes.map((syntax) => item(ITEM.transferSyntax, syntax)),
    ]),
  );
  const roles = associate.roles.map(({ sopClass, user, provider }) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(sopClass.length);
    return item(ITEM.role, [length, Buffer.from(sopClass), Buffer.from([+user, +provider])]);
  });
  return encodePdu(
    type,
    Buffer.concat([
      head,
      item(ITEM.applicationContext, associate.applicationContext),
      ...described,
      item(ITEM.user, [
        item(ITEM.maxLength, [max]),
        item(ITEM.implementation, implementation.uid),
        ...roles,
        item(ITEM.version, implementation.version),
      ]),
    ]),
  );
}

function item(type: number, content: string | readonly Buffer[]): Buffer {
  const value = typeof content === 'string' ? Buffer.from(content) : Buffer.concat(content);
  const head = Buffer.alloc(4);
  head[0] = type;
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

/**
 * Reads an A-ASSOCIATE-RQ or -AC.
 * @throws ProtocolError where a length leads out of it
 */
export function decodeAssociate(body: Buffer): Associate {
  const head = 4 + 2 * AE_LENGTH + 32;
  if (body.length < head) throw new ProtocolError('A request for an association ends early.');
  const contexts: PresentationContext[] = [];
  const roles: Role[] = [];
  const said = { applicationContext: '', maxLength: 0 };
  for (const { type, value } of itemsOf(body.subarray(head))) {
    if (type === ITEM.applicationContext) said.applicationContext = uidOf(value);
    else if (type === ITEM.proposed || type === ITEM.answered) contexts.push(contextOf(value));
    else if (type === ITEM.user) {
      for (const each of itemsOf(value)) {
        if (each.type === ITEM.maxLength && each.value.length >= 4) {
          said.maxLength = each.value.readUInt32BE();
        } else if (each.type === ITEM.role) roles.push(roleOf(each.value));
      }
    }
  }
  return {
    versions: body.readUInt16BE(0),
    called: titleAt(body, 4),
    calling: titleAt(body, 4 + AE_LENGTH),
    ...{ contexts, roles, ...said },
  };
}

function contextOf(value: Buffer): PresentationContext {
  if (value.length < 4) throw new ProtocolError('A presentation context ends early.');
  const parts = [...itemsOf(value.subarray(4))];
  const abstract = parts.find(({ type }) => type === ITEM.abstractSyntax);
  return {
    id: value[0] as number,
    result: value[2] as number,
    abstractSyntax: abstract === undefined ? '' : uidOf(abstract.value),
    transferSyntaxes: parts
      .filter(({ type }) => type === ITEM.transferSyntax)
      .map((each) => uidOf(each.value)),
  };
}

function roleOf(value: Buffer): Role {
  const length = value.length < 2 ? value.length : value.readUInt16BE();
  if (value.length < length + 4) throw new ProtocolError('The selection of a role ends early.');
  return {
    sopClass: uidOf(value.subarray(2, 2 + length)),
    user: value[2 + length] === 1,
    provider: value[3 + length] === 1,
  };
}

function* itemsOf(bytes: Buffer): Generator<{ type: number; value: Buffer }> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 <= bytes.length ? at + 4 + bytes.readUInt16BE(at + 2) : Infinity;
    if (end > bytes.length) throw new ProtocolError('An item is longer than what it stands in.');
    yield { type: bytes[at] as number, value: bytes.subarray(at + 4, end) };
    at = end;
  }
}

/** A UID; some pad it, which PS3.8 section F forbids. */
function uidOf(value: Buffer): string {
  return value.toString('latin1').replace(/[\0 ]+$/, '');
}

function titleAt(body: Buffer, at: number): string {
  return body
    .toString('latin1', at, at + AE_LENGTH)
    .replace(/\0.*$/s, '')
    .trim();
}

/** Whether it can be the title of an application entity: 1 to 16 printable characters, no backslash (PS3.5, AE). */
export function isAeTitle(text: string): boolean {
  return /^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(text) && text.trim() !== '';
}

/** A piece of a command or of a data set (PS3.8 section 9.3.5.1). */
export interface DataValue {
  contextId: number;
  isCommand: boolean;
  isLast: boolean;
  value: Buffer;
}

/** Bytes that a piece takes in a P-DATA-TF beside its value. */
export const DATA_VALUE_HEAD = 6;

/** A P-DATA-TF with one piece. */
export function encodeData({ contextId, isCommand, isLast, value }: DataValue): Buffer {
  const head = Buffer.alloc(6 + DATA_VALUE_HEAD);
  head[0] = PDU.data;
  head.writeUInt32BE(value.length + DATA_VALUE_HEAD, 2);
  head.writeUInt32BE(value.length + 2, 6);
  head[10] = contextId;
  head[11] = (isLast ? 2 : 0) | (isCommand ? 1 : 0);
  return Buffer.concat([head, value]);
}

/**
 * The pieces of a P-DATA-TF.
 * @throws ProtocolError where a length leads out of it, or it has none
 */
export function* decodeData(body: Buffer): Generator<DataValue> {
  if (body.length === 0) throw new ProtocolError('A P-DATA-TF is empty.');
  for (let at = 0; at < body.length; ) {
    const length = at + DATA_VALUE_HEAD <= body.length ? body.readUInt32BE(at) : Infinity;
    const end = at + 4 + length;
    if (length < 2 || end > body.length) {
      throw new ProtocolError('A piece of data is longer than what it stands in.');
    }
    const control = body[at + 5] as number;
    yield {
      contextId: body[at + 4] as number,
      isCommand: (control & 1) === 1,
      isLast: (control & 2) === 2,
      value: body.subarray(at + DATA_VALUE_HEAD, end),
    };
    at = end;
  }
}

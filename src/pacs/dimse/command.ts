import { ProtocolError } from './pdu.ts';

type Vr = 'UI' | 'US' | 'UL' | 'AE' | 'LO' | 'AT';

/** Elements of group 0000 (PS3.7 section E.1) that are written or read; the others are left where they are. */
const ELEMENTS = {
  AffectedSOPClassUID: [0x0002, 'UI'],
  RequestedSOPClassUID: [0x0003, 'UI'],
  CommandField: [0x0100, 'US'],
  MessageID: [0x0110, 'US'],
  MessageIDBeingRespondedTo: [0x0120, 'US'],
  MoveDestination: [0x0600, 'AE'],
  Priority: [0x0700, 'US'],
  CommandDataSetType: [0x0800, 'US'],
  Status: [0x0900, 'US'],
  ErrorComment: [0x0902, 'LO'],
  AffectedSOPInstanceUID: [0x1000, 'UI'],
  RequestedSOPInstanceUID: [0x1001, 'UI'],
  EventTypeID: [0x1002, 'US'],
  ActionTypeID: [0x1008, 'US'],
  NumberOfRemainingSuboperations: [0x1020, 'US'],
  NumberOfCompletedSuboperations: [0x1021, 'US'],
  NumberOfFailedSuboperations: [0x1022, 'US'],
  NumberOfWarningSuboperations: [0x1023, 'US'],
  MoveOriginatorApplicationEntityTitle: [0x1030, 'AE'],
  MoveOriginatorMessageID: [0x1031, 'US'],
} as const satisfies Record<string, readonly [number, Vr]>;

type Keyword = keyof typeof ELEMENTS;

/** A command set: numbers and texts by keyword. */
export type Command = {
  [K in Keyword]?: (typeof ELEMENTS)[K][1] extends 'US' ? number : string;
};

/** What commands do (PS3.7 section E.1-1, Command Field); a response has the highest bit, too. */
export const COMMAND = {
  store: 0x0001,
  get: 0x0010,
  find: 0x0020,
  move: 0x0021,
  echo: 0x0030,
  cancel: 0x0fff,
} as const;

/** The bit of a Command Field that tells a response. */
export const RESPONSE = 0x8000;
/** The Command Data Set Type where no data set follows, and one of those where one does. */
export const NO_DATA = 0x0101;
const WITH_DATA = 0x0001;

/** Statuses of responses (PS3.7 annex C, PS3.4 annexes B and C). */
export const STATUS = {
  success: 0x0000,
  noSuchClass: 0x0122,
  unrecognisedOperation: 0x0211,
  outOfResources: 0xa700,
  doesNotMatch: 0xa900,
  noSuchTransferSyntax: 0xc122,
  cannotUnderstand: 0xc000,
  cancelled: 0xfe00,
  pending: 0xff00,
  /** Pending, and some optional keys were not supported. */
  pendingWithWarning: 0xff01,
} as const;

/** Whether it is a success, if with a warning (PS3.7 section C.1). */
export function isSuccess(status: number): boolean {
  return status === 0 || status === 1 || status >> 12 === 0xb || [0x107, 0x116].includes(status);
}

/** Whether more responses follow. */
export function isPending(status: number): boolean {
  return status === STATUS.pending || status === STATUS.pendingWithWarning;
}

const LENGTHS: Readonly<Record<Vr, number | undefined>> = {
  ...{ US: 2, UL: 4, AT: 4 },
  ...{ UI: undefined, AE: undefined, LO: undefined },
};
const BY_ELEMENT = new Map(
  Object.entries(ELEMENTS).map(([keyword, [element, vr]]) => [element as number, { keyword, vr }]),
);

/** The response to a request. */
export function responseTo(request: Command & { CommandField: number }, status: number): Command {
  const { AffectedSOPClassUID, AffectedSOPInstanceUID, MessageID = 0 } = request;
  return {
    ...(AffectedSOPClassUID !== undefined && { AffectedSOPClassUID }),
    ...(AffectedSOPInstanceUID !== undefined && { AffectedSOPInstanceUID }),
    CommandField: request.CommandField | RESPONSE,
    MessageIDBeingRespondedTo: MessageID,
    Status: status,
  };
}

/** The bytes of a command set, always implicit and little endian (PS3.7 section 6.3.1). */
export function encodeCommand(command: Command, hasData: boolean): Buffer {
  const all = { ...command, CommandDataSetType: hasData ? WITH_DATA : NO_DATA };
  const parts = (Object.keys(ELEMENTS) as Keyword[]).flatMap((keyword) => {
    const value = all[keyword];
    const [number, vr] = ELEMENTS[keyword];
    return value === undefined ? [] : [element(number, vr, value)];
  });
  const rest = Buffer.concat(parts);
  return Buffer.concat([element(0x0000, 'UL', rest.length), rest]);
}

function element(number: number, vr: Vr, content: number | string): Buffer {
  const value = Buffer.alloc(LENGTHS[vr] ?? 2 * Math.ceil(`${content}`.length / 2));
  if (typeof content === 'number') value.writeUIntLE(content, 0, value.length);
  else {
    value.fill(vr === 'UI' ? '\0' : ' ');
    value.write(content, 'latin1');
  }
  const head = Buffer.alloc(8);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

/**
 * Reads a command set.
 * @throws ProtocolError where it is none
 */
export function decodeCommand(bytes: Buffer): Command & { CommandField: number } {
  const command: Record<string, number | string> = {};
  for (let at = 0; at < bytes.length; ) {
    const end = at + 8 <= bytes.length ? at + 8 + bytes.readUInt32LE(at + 4) : Infinity;
    if (end > bytes.length || bytes.readUInt16LE(at) !== 0) {
      throw new ProtocolError('A command cannot be read.');
    }
    const known = BY_ELEMENT.get(bytes.readUInt16LE(at + 2));
    const value = bytes.subarray(at + 8, end);
    if (known?.vr === 'US') {
      if (value.length >= 2) command[known.keyword] = value.readUInt16LE();
    } else if (known !== undefined) {
      command[known.keyword] = value.toString('latin1').replace(/[\0 ]+$/, '');
    }
    at = end;
  }
  if (command.CommandField === undefined) throw new ProtocolError('A command does not say what.');
  return command as Command & { CommandField: number };
}

/** A message between processes: small plain data, and what may be large. */
export interface Message {
  bytes?: Uint8Array | undefined;
}

/**
 * Bytes that are sent at once. Either side turns a part into a message, or back, in one go: a whole
 * upload or picture would hold the server's event loop for as long as it takes.
 */
const PART = 4 * 2 ** 20;

/** What is really sent: parts of the bytes, then the message without them. */
export type Part = { part: Uint8Array } | { rest: unknown };

/**
 * Sends a message in parts, each when the one before it is on its way.
 * @param send sends one part and calls back when it was handed to the system, or could not be
 */
export async function sendInParts(
  { bytes, ...rest }: Message,
  send: (part: Part, done: (error: Error | null) => void) => void,
): Promise<void> {
  const sent = (part: Part) =>
    new Promise<void>((resolve, reject) => {
      send(part, (error) => (error ? reject(error) : resolve()));
    });
  for (let at = 0; bytes !== undefined && at < bytes.length; at += PART) {
    await sent({ part: bytes.subarray(at, at + PART) });
  }
  await sent({ rest: { ...rest, ...(bytes && { length: bytes.length }) } });
}

/** Puts the parts of messages together again. */
export class MessageReader<T extends Message> {
  private parts: Uint8Array[] = [];

  /** Takes a part; gives the message that it ends, if it does. */
  take(part: Part): T | undefined {
    if ('part' in part) {
      this.parts.push(part.part);
      return undefined;
    }
    const { length, ...message } = part.rest as { length?: number };
    if (length === undefined) return message as T;
    const bytes = this.parts.length === 1 ? (this.parts[0] as Uint8Array) : this.joined(length);
    this.parts = [];
    return { ...message, bytes } as T;
  }

  private joined(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of this.parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

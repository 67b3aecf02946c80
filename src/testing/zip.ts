import { crc32, deflateRawSync } from 'node:zlib';

/** A member of a made-up archive; what is given beside its bytes is written whatever they are. */
export interface MadeMember {
  name: string | Uint8Array;
  bytes: Uint8Array;
  /** Whether its bytes are stored as they are. */
  stored?: boolean;
  /** 0: no flag, 1: encrypted, 0x800: the name is UTF-8. */
  flags?: number;
  method?: number;
  /** Size when it is unpacked. */
  size?: number;
  crc?: number;
  /** The member whose bytes it shares. */
  sharing?: number;
}

const numbers = (...values: readonly (readonly [value: number, bytes: 2 | 4])[]) =>
  Buffer.concat(
    values.map(([value, bytes]) => {
      const out = Buffer.alloc(bytes);
      out.writeUIntLE(value, 0, bytes);
      return out;
    }),
  );

/** A ZIP archive (APPNOTE.TXT, 4.3). */
export function zipFile(members: readonly MadeMember[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const starts: number[] = [];
  let at = 0;
  for (const member of members) {
    const name = Buffer.from(member.name);
    const packed = member.stored ? Buffer.from(member.bytes) : deflateRawSync(member.bytes);
    const common = numbers(
      [member.flags ?? 0x800, 2],
      [member.method ?? (member.stored ? 0 : 8), 2],
      [0, 4],
      [member.crc ?? crc32(member.bytes), 4],
      [packed.length, 4],
      [member.size ?? member.bytes.length, 4],
      [name.length, 2],
      [0, 2],
    );
    const start = member.sharing === undefined ? at : (starts[member.sharing] as number);
    starts.push(start);
    directory.push(
      numbers([0x02014b50, 4], [20, 2], [20, 2]),
      common,
      numbers([0, 2], [0, 2], [0, 2], [0, 4], [start, 4]),
      name,
    );
    if (member.sharing !== undefined) continue;
    parts.push(numbers([0x04034b50, 4], [20, 2]), common, name, packed);
    at += 30 + name.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const count = members.length;
  const end = numbers(
    ...([
      [0x06054b50, 4],
      [0, 2],
      [0, 2],
      [count, 2],
      [count, 2],
    ] as const),
    ...([
      [list.length, 4],
      [at, 4],
      [0, 2],
    ] as const),
  );
  return Buffer.concat([...parts, list, end]);
}

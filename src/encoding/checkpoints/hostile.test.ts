import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { checkpointOutcome } from '../../testing/checkpoint-outcome.ts';
import { openCheckpoint } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'file');

const REFUSED = /^CHECKPOINT_(INVALID|UNSAFE) /;

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
/** Bytes of opcodes and their arguments. */
const pickle = (...parts: (number | string | Uint8Array)[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'number'
        ? Buffer.of(part)
        : typeof part === 'string'
          ? Buffer.from(part, 'latin1')
          : part,
    ),
  );
const repeat = (count: number, ...parts: (number | string | Uint8Array)[]) => {
  const one = pickle(...parts);
  return Buffer.alloc(count * one.length, one);
};
const text = (value: string) => pickle('X', uint32(value.length), value);
const put = (n: number) => pickle('r', uint32(n));
const get = (n: number) => pickle('j', uint32(n));

/** A file of torch's older format whose third pickle is given. */
function legacy(root: Uint8Array): Buffer {
  const magic = Buffer.from('1950a86a20f9469cfc6c', 'hex').reverse();
  return pickle(0x8a, 10, magic, '.', 'M', 0xe9, 3, '.', '}.', root, '.', ']', '.');
}

/** A file of torch's present format, one member without compression. */
function zip(data: Uint8Array): Buffer {
  const name = Buffer.from('archive/data.pkl');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt32LE(data.length, 20);
  entry.writeUInt32LE(data.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + data.length, 16);
  return Buffer.concat([local, name, data, entry, name, end]);
}

/** Dicts, each with the one before it twice: a few bytes that hold 2^31 names. */
const laughs = Array.from({ length: 31 }, (_, n) =>
  n === 0
    ? pickle('}', put(0))
    : pickle('}', put(n), text('a'), get(n - 1), 's', text('b'), get(n - 1), 's'),
);
/** Tuples, each of the one before it twice; as a key, a text of 2^40 characters. */
const doubled = pickle(')', ...Array.from({ length: 40 }, (_, n) => pickle(put(n), get(n), 0x86)));

const PICKLES: [string, Uint8Array][] = [
  ['an endless stack of marks', repeat(6_000_000, '(')],
  ['lists in lists', pickle(repeat(400_000, ']'), repeat(399_999, 'a'))],
  ['lists in lists as a name', pickle('}', repeat(500_000, ']'), repeat(499_999, 'a'), 'Ns')],
  ['tuples in tuples', pickle('N', repeat(500_000, 0x85))],
  ['more objects than memory', repeat(9_000_000, '}0')],
  ['dicts that multiply', pickle(...laughs)],
  ['tuples that multiply, as a name', pickle('}', doubled, 'Ns')],
  ['tuples that multiply, as a global', pickle(doubled, text('x'), 0x93)],
  ['a dict that holds itself', pickle('}', put(0), text('a'), get(0), 's')],
  ['a list that holds itself, as a name', pickle('}', ']', put(0), get(0), 'a', 'Ns')],
  [
    'a list that is asked for again and again',
    pickle(
      ...['](', repeat(100_000, text('k'), 'N', 0x86), 'e', put(0)],
      repeat(100_000, 'ccollections\nOrderedDict\n', get(0), 0x85, 'R0'),
    ),
  ],
  [
    'tensors of a million axes',
    pickle(
      ...['](', repeat(1_000_000, 'K', 1), 'e', put(0)],
      ...['ctorch._utils\n_rebuild_tensor_v2\n', '(N', 'K', 0, get(0), get(0), 't', 'R'],
    ),
  ],
  ['a number of 2 GB', pickle(0x8b, uint32(0x7fffffff))],
  ['a number of negative length', pickle(0x8b, uint32(-1))],
  ['a number of a million digits', pickle('L', repeat(1_000_000, '9'), 'L\n')],
  ['a text of 2^64 bytes', pickle(0x8d, Buffer.alloc(8, 0xff))],
  ['bytes of negative length', pickle('T', uint32(-1))],
  ['a memo of 2^32 places', pickle('N', put(0xffffffff))],
  ['a memo that holds nothing', get(7)],
  ['a memo that holds a mark', pickle('(', put(1), get(1), get(1), 's')],
  ['items without a container', pickle('N(NNu')],
  ['a line without an end', pickle('cos')],
];

describe('pickles that are made to do harm', () => {
  it.each(PICKLES)('%s', { timeout: 20_000 }, (_, root) => {
    for (const file of [legacy(root), zip(pickle(root, '.'))]) {
      writeFileSync(path, file);
      expect(checkpointOutcome(path)).toMatch(REFUSED);
    }
  });

  it('refuses any run of opcodes with a coded error', () => {
    const opcodes = '(0NJKM]})lt\x85\x86\x87adesuqrhjRbQX\x93\x81\x88\x89\x8a\x8b\x94GIL2.';
    const part = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...opcodes).map((code) => pickle(code)) },
      fc
        .constantFrom('ccollections\nOrderedDict\n', 'ctorch\nFloatStorage\n')
        .map((line) => pickle(line)),
      fc.constant(pickle('ctorch._utils\n_rebuild_tensor_v2\n')),
      fc.constantFrom('storage', 'a').map(text),
      fc.nat(3).map(put),
      fc.nat(3).map(get),
      fc.nat(255).map((value) => pickle('K', value)),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const root = pickle(...parts);
        for (const file of [legacy(root), zip(root)]) {
          writeFileSync(path, file);
          expect(checkpointOutcome(path)).toMatch(REFUSED);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Bytes of files that have a hole of zeros, which takes no room on the disk. */
function sparse(size: number, parts: readonly [at: number, bytes: Uint8Array][]): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'w');
  for (const [at, bytes] of parts) writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
  truncateSync(path, size);
}

describe('files larger than memory should be', () => {
  const GB = 2 ** 30;

  it('reads a tensor that lies past 4 GB, and only that', () => {
    const begin = 5 * GB;
    const header = Buffer.from(
      JSON.stringify({
        hole: { dtype: 'F32', shape: [begin / 4], data_offsets: [0, begin] },
        last: { dtype: 'F32', shape: [2], data_offsets: [begin, begin + 8] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const data = 8 + header.length;
    sparse(data + begin + 8, [
      [0, Buffer.concat([length, header])],
      [data + begin, Buffer.from(Float32Array.of(3, -4).buffer)],
    ]);
    const source = openCheckpoint(path);
    expect([...source.floats('last')]).toEqual([3, -4]);
    source.close();
  });

  it.each([
    ['zeros', [[0, Buffer.alloc(1)]]],
    [
      'a header of 5 GB',
      [
        [0, Buffer.from('0000004001000000', 'hex')],
        [8, Buffer.from('{')],
      ],
    ],
    ['a pickle that goes on', [[0, pickle(0x8b, uint32(0x7fffffff))]]],
    [
      'a list of entries of 4 GB',
      [
        [0, Buffer.from('PK\x03\x04', 'latin1')],
        [
          6 * GB - 22,
          Buffer.concat([
            Buffer.from('PK\x05\x06', 'latin1'),
            Buffer.alloc(8, 1),
            uint32(0xfffffff0),
            Buffer.alloc(6),
          ]),
        ],
      ],
    ],
  ] as [string, [number, Uint8Array][]][])(
    'refuses 6 GB of %s without reading them',
    (_, parts) => {
      sparse(6 * GB, parts);
      const before = process.resourceUsage().maxRSS;
      expect(checkpointOutcome(path)).toMatch(REFUSED);
      // In kibibytes.
      expect(process.resourceUsage().maxRSS - before).toBeLessThan(512 * 1024);
    },
  );
});

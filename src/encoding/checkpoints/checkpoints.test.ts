import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { checkpointOutcome } from '../../testing/checkpoint-outcome.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { openCheckpoint } from './open.ts';
import { openSafetensors } from './safetensors.ts';
import { openTorchFile } from './torch-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-checkpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A safetensors file of a header and data. */
function safetensors(header: unknown, data = new Uint8Array(0)): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return write('file.safetensors', Buffer.concat([length, json, data]));
}

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('safetensors', () => {
  it('reads each type as 32-bit floats', () => {
    const data = Buffer.alloc(40);
    data.writeFloatLE(1.5, 0);
    data.writeDoubleLE(-2.25, 4);
    data.writeUInt16LE(0x3e00, 12); // 1.5 as half
    data.writeUInt16LE(0xc010, 14); // -2.25 as bfloat16
    data.writeBigInt64LE(-7n, 16);
    data.writeInt32LE(-8, 24);
    data.writeInt16LE(-9, 28);
    data.writeInt8(-10, 30);
    data.writeUInt8(200, 31);
    data.writeUInt8(1, 32);
    const places: [string, number, number][] = [
      ['F32', 0, 4],
      ['F64', 4, 12],
      ['F16', 12, 14],
      ['BF16', 14, 16],
      ['I64', 16, 24],
      ['I32', 24, 28],
      ['I16', 28, 30],
      ['I8', 30, 31],
      ['U8', 31, 32],
      ['BOOL', 32, 33],
    ];
    const header = Object.fromEntries(
      places.map(([dtype, from, to]) => [dtype, { dtype, shape: [1], data_offsets: [from, to] }]),
    );
    const source = openSafetensors(safetensors(header, data));
    expect(places.map(([name]) => source.floats(name)[0])).toEqual([
      1.5, -2.25, 1.5, -2.25, -7, -8, -9, -10, 200, 1,
    ]);
    source.close();
  });

  it.each([
    ['no JSON', '{"a":'],
    ['no object', '[1]'],
    ['a tensor that is none', { a: 5 }],
    ['an unknown type', { a: { dtype: 'F3', shape: [1], data_offsets: [0, 4] } }],
    [
      'offsets that do not fit the shape',
      { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } },
    ],
    ['offsets past the end', { a: { dtype: 'F32', shape: [9], data_offsets: [0, 36] } }],
    ['an absurd shape', { a: { dtype: 'F32', shape: [1e15, 1e15], data_offsets: [0, 4] } }],
    ['negative offsets', { a: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }],
  ])('refuses a header with %s', (_, header) => {
    expect(checkpointOutcome(safetensors(header, new Uint8Array(8)))).toMatch(
      /^CHECKPOINT_INVALID/,
    );
  });

  it('reads a checkpoint of several files, and only from its own folder', () => {
    const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const bytes = readFileSync(safetensors({ b: entry }, Buffer.from(Float32Array.of(3).buffer)));
    write('part-2.safetensors', bytes);
    const index = (file: string) =>
      write('m.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: { b: file } })));
    const source = openCheckpoint(index('part-2.safetensors'));
    expect([...source.floats('b')]).toEqual([3]);
    source.close();
    expect(checkpointOutcome(index('../file.safetensors'))).toMatch(
      /CHECKPOINT_INVALID.*not beside/,
    );
    expect(checkpointOutcome(index('m.safetensors.index.json'))).toMatch(
      /CHECKPOINT_INVALID.*index/,
    );
  });
});

const TORCH = 'goldens/encoders/torch-files/';

describe.skipIf(!hasShared(`${TORCH}ABOUT.md`))('torch files', () => {
  it.each(['zip.pt', 'legacy.pt', 'nested_state_dict.pt'])('%s holds what was saved', (file) => {
    const expected = openSafetensors(sharedPath(`${TORCH}expected.safetensors`));
    const source = openTorchFile(sharedPath(TORCH + file));
    expect([...source.names()].sort()).toEqual([...expected.names()].sort());
    for (const name of expected.names()) {
      expect(source.info(name)).toMatchObject(expected.info(name) as object);
      expect(source.floats(name)).toEqual(expected.floats(name));
    }
    source.close();
    expected.close();
  });

  it.each(['evil_plain.pkl', 'evil_zip.pt', 'evil_legacy.pt'])('%s is refused by name', (file) => {
    expect(checkpointOutcome(sharedPath(TORCH + file))).toMatch(
      /^CHECKPOINT_UNSAFE .*"[\w.]+\.\w+"/,
    );
  });

  it.each([
    'truncated.pt',
    'truncated.safetensors',
    'huge_header.safetensors',
    'offsets_past_end.safetensors',
  ])('%s is refused as damaged', (file) => {
    expect(checkpointOutcome(sharedPath(TORCH + file))).toMatch(/^CHECKPOINT_INVALID/);
  });

  it('gives data or a coded error for every damaged file', () => {
    const files = readdirSync(sharedPath(TORCH))
      .filter((name) => /\.(pt|safetensors)$/.test(name))
      .map((name) => readFileSync(sharedPath(TORCH + name)));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
          maxLength: 5,
        }),
        (file, share, changes) => {
          const damaged = Buffer.from(file.subarray(0, Math.ceil(file.length * share)));
          for (const [at, value] of changes) damaged[Math.floor(at * damaged.length)] = value;
          const path = write('damaged.bin', damaged);
          for (const open of [openCheckpoint, openTorchFile, openSafetensors]) {
            expect(checkpointOutcome(path, open)).toMatch(/^(read|CHECKPOINT_(INVALID|UNSAFE))/);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

const PAIRS = ['clip-transformers', 'dinov2', 'resnet', 'sam', 'vit', 'vit-mae'];

describe.skipIf(!hasShared('goldens/encoders/vit/ABOUT.md'))('both formats', () => {
  it.each(PAIRS)('hold the same tensors: %s', (model) => {
    const at = sharedPath(`goldens/encoders/${model}/checkpoint/`);
    const a = openCheckpoint(`${at}model.safetensors`);
    const b = openCheckpoint(`${at}pytorch_model.bin`);
    for (const name of a.names()) expect(b.floats(name)).toEqual(a.floats(name));
    a.close();
    b.close();
  });
});

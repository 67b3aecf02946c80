import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../../domain/errors/error.ts';
import { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';
import { readEmbeddings } from '../../study/exchange/formats.ts';
import { checkpointOutcome } from '../../testing/checkpoint-outcome.ts';
import { readJson, refusePointers } from '../models/files.ts';
import { openCheckpoint } from './open.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-foreign-'));
afterAll(() => rmSync(work, { recursive: true }));

function write(name: string, bytes: string | Uint8Array): string {
  const file = join(work, name);
  writeFileSync(file, typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  return file;
}

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 346293852\n`;

function tar(): Buffer {
  const block = Buffer.alloc(1024);
  block.write('pytorch_model.bin');
  block.write('ustar', 257);
  return block;
}

/** A ZIP of one entry by a name, without compression unless a method is given. */
function zip(name: string, method = 0): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length, 16);
  return Buffer.concat([local, Buffer.from(name), entry, Buffer.from(name), end]);
}

function onnx(): Uint8Array {
  const g = new GraphBuilder('graph');
  g.node('Identity', [g.input('x', 'float', [1])], {}, { output: 'y' });
  g.output('y', 'float', [1]);
  return g.build();
}

const FOREIGN: [what: string, bytes: string | Uint8Array, said: RegExp][] = [
  ['a Git LFS pointer', POINTER, /Git LFS pointer.* of 346293852 bytes.*git lfs pull/],
  ['a web page', '\n<!DOCTYPE html><html><body>Sign in</body></html>', /web page/],
  ['an error of a server', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /XML/],
  ['an error in JSON', '{"error":"Invalid username or password."}', /JSON document/],
  ['gzip', gzipSync('x'), /gzip/],
  ['bzip2', 'BZh91AY&SY', /bzip2/],
  ['xz', '\xfd7zXZ\0\0', /by xz/],
  ['zstd', '\x28\xb5\x2f\xfd\0\0', /zstd/],
  ['7-Zip', '7z\xbc\xaf\x27\x1c\0\x04', /7-Zip/],
  ['tar', tar(), /tar archive/],
  ['a compressed ZIP', zip('medclip/pytorch_model.bin', 8), /compressed archive.*unpack/],
  ['another ZIP', zip('arr_0.npy'), /archive.*no data\.pkl.*arr_0\.npy/],
  ['msgpack of Flax', '\x82\xa6params\x80\xa5x', /msgpack/],
  ['GGUF', 'GGUF\x03\0\0\0', /GGUF/],
  ['HDF5 of Keras', '\x89HDF\r\n\x1a\n\0\0', /HDF5/],
  ['numpy', '\x93NUMPY\x01\0', /numpy/],
  ['ONNX', onnx(), /ONNX/],
  ['TensorFlow Lite', '\x1c\0\0\0TFL3\0\0', /TensorFlow Lite/],
  ['a SavedModel', '\x08\x01\x12\xa4\x05\x0a\x82', /SavedModel/],
  ['a picture', '\x89PNG\r\n\x1a\n\0\0', /PNG/],
  ['nothing', '', /empty/],
  ['zeros', Buffer.alloc(4096), /zeros only/],
  [
    'text',
    'This model has moved.\n',
    /neither a safetensors file nor one of torch\.save|no safetensors file/,
  ],
];

describe('a file that is no checkpoint', () => {
  it.each(FOREIGN)('is called what it is: %s', (_, bytes, said) => {
    for (const name of ['pytorch_model.bin', 'model.safetensors', 'weights.pth']) {
      const outcome = checkpointOutcome(write(name, bytes));
      expect(outcome).toMatch(/^CHECKPOINT_(INVALID|UNSAFE)/);
      expect(outcome).toMatch(said);
    }
  });

  it('is a folder', () => {
    const folder = join(work, 'folder.safetensors');
    mkdirSync(folder);
    expect(checkpointOutcome(folder)).toMatch(/^CHECKPOINT_INVALID .*folder/);
  });

  it.each([
    ['gzip', 0x8b1f],
    ['JSON', 0x7b],
    ['a pickle', 0x280],
    ['ONNX', 0x120108],
  ])('may begin like %s by the length of its header', (_, size) => {
    const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const json = Buffer.from(JSON.stringify({ a: entry }).padEnd(size));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const file = write('like-gzip.safetensors', Buffer.concat([length, json, Buffer.alloc(4)]));
    expect(checkpointOutcome(file)).toBe('read');
  });
});

describe('files beside a checkpoint', () => {
  const outcome = (run: () => unknown) => {
    try {
      run();
      return 'read';
    } catch (error) {
      if (!(error instanceof SemblanceError)) throw error;
      return `${error.code} ${error.message}`;
    }
  };

  it('may be pointers, too', async () => {
    expect(outcome(() => readJson(write('config.json', POINTER)))).toMatch(/ENCODER_INVALID.*LFS/);
    expect(outcome(() => refusePointers([write('vocab.txt', POINTER)]))).toMatch(
      /TOKENIZER_INVALID.*LFS/,
    );
    expect(outcome(() => openCheckpoint(write('m.safetensors.index.json', POINTER)))).toMatch(
      /CHECKPOINT_INVALID.*LFS/,
    );
    for (const ending of ['h5', 'npy', 'index', 'csv', 'parquet']) {
      await expect(readEmbeddings([write(`e.${ending}`, POINTER)])).rejects.toMatchObject({
        code: 'EMBEDDINGS_INVALID',
        message: expect.stringContaining('Git LFS pointer'),
      });
    }
  });

  it('have a byte order mark, or are no objects', () => {
    expect(readJson(write('config.json', '\xef\xbb\xbf{"a":1}'))).toEqual({ a: 1 });
    expect(readJson(write('config.json', Buffer.from('\ufeff{"a":1}', 'utf16le')))).toEqual({
      a: 1,
    });
    for (const text of ['[]', 'null', '"x"', '{', '<html>']) {
      expect(outcome(() => readJson(write('config.json', text)))).toMatch(/^ENCODER_INVALID/);
    }
  });
});

describe('a checkpoint of several files', () => {
  const shard = (name: string, tensor: string) => {
    const json = Buffer.from(
      JSON.stringify({ [tensor]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return write(name, Buffer.concat([length, json, Buffer.alloc(4)]));
  };
  const index = (map: Record<string, string>) =>
    write('n.safetensors.index.json', JSON.stringify({ weight_map: map }));
  const outcome = (map: Record<string, string>) => {
    try {
      openCheckpoint(index(map)).close();
      return 'read';
    } catch (error) {
      const { code, message, subject } = error as SemblanceError;
      return `${code} ${message} ${subject}`;
    }
  };

  it('names every file that is absent, a tensor that is, and a file that is none', () => {
    shard('n-1.safetensors', 'a');
    expect(outcome({ a: 'n-1.safetensors' })).toBe('read');
    expect(outcome({ a: 'n-1.safetensors', b: 'n-2.safetensors', c: 'n-3.safetensors' })).toMatch(
      /^PATH_NOT_FOUND .*n-2\.safetensors, n-3\.safetensors\. .*index\.json$/,
    );
    expect(outcome({ a: 'n-1.safetensors', b: 'n-1.safetensors' })).toMatch(
      /^CHECKPOINT_INVALID .*"n-1\.safetensors" has no tensor "b"/,
    );
    write('n-2.safetensors', POINTER);
    expect(outcome({ a: 'n-1.safetensors', b: 'n-2.safetensors' })).toMatch(
      /^CHECKPOINT_INVALID .*LFS.* .*n-2\.safetensors$/,
    );
    const whole = readFileSync(shard('n-2.safetensors', 'b'));
    write('n-2.safetensors', whole.subarray(0, whole.length - 2));
    expect(outcome({ a: 'n-1.safetensors', b: 'n-2.safetensors' })).toMatch(
      /^CHECKPOINT_INVALID .*n-2\.safetensors$/,
    );
  });
});

describe('types that are no weights', () => {
  const file = (dtype: string, bytes: number) => {
    const json = Buffer.from(
      JSON.stringify({
        ok: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        odd: { dtype, shape: [8], data_offsets: [4, 4 + bytes] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return write('t.safetensors', Buffer.concat([length, json, Buffer.alloc(4 + bytes)]));
  };

  it.each([
    ['F8_E4M3', 8],
    ['F8_E5M2', 8],
    ['F8_E8M0', 8],
    ['F6_E2M3', 6],
    ['F6_E3M2', 6],
    ['F4', 4],
    ['C64', 64],
    ['I4', 4],
    ['F16_OF_TOMORROW', 3],
  ])('%s stands beside others, and cannot be read', (dtype, bytes) => {
    const source = openCheckpoint(file(dtype, bytes));
    expect(source.info('odd')).toEqual({ dtype, shape: [8] });
    expect(source.floats('ok')).toEqual(Float32Array.of(0));
    expect(() => source.floats('odd')).toThrow(dtype);
    source.close();
  });

  it.each([
    ['U16', 16],
    ['U32', 32],
    ['U64', 64],
  ])('%s are numbers', (dtype, bytes) => {
    const source = openCheckpoint(file(dtype, bytes));
    expect(source.floats('odd')).toEqual(new Float32Array(8));
    source.close();
  });

  it.each(['F8_E4M3', 'F4', 'C64'])('%s of another size than its shape is damage', (dtype) => {
    expect(checkpointOutcome(file(dtype, 3))).toMatch(/^CHECKPOINT_INVALID .*another size/);
  });
});

describe('what torch.save writes beside weights', () => {
  const text = (value: string) =>
    Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
  const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
  const counts = (...sides: number[]) =>
    Buffer.concat([
      Buffer.from('('),
      ...sides.map((side) => Buffer.from([0x4b, side])),
      Buffer.from('t'),
    ]);
  const storage = (type: Buffer) =>
    Buffer.concat([
      Buffer.from('('),
      text('storage'),
      type,
      text('0'),
      text('cpu'),
      Buffer.from([0x4b, 8]),
      Buffer.from('tQ'),
    ]);
  /** A tensor by a function and what stands after the strides. */
  const tensor = (rebuild: string, type: Buffer, ...more: Buffer[]) =>
    Buffer.concat([
      global('torch._utils', rebuild),
      Buffer.from('('),
      storage(type),
      Buffer.from([0x4b, 0]),
      counts(2),
      counts(1),
      ...more,
      Buffer.from('tR'),
    ]);
  const FALSE = Buffer.from([0x89]);
  const NONE = Buffer.from('N');

  /** A file of the older format that holds one tensor by the name "x", and other things. */
  function torch(value: Buffer, more = Buffer.alloc(0)): string {
    const magic = Buffer.from('1950a86a20f9469cfc6c', 'hex').reverse();
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(8n);
    return write(
      't.bin',
      Buffer.concat([
        Buffer.from([0x80, 2, 0x8a, 10]),
        magic,
        Buffer.from('.'),
        Buffer.from([0x80, 2, 0x4d, 0xe9, 3]),
        Buffer.from('.'),
        Buffer.from([0x80, 2]),
        Buffer.from('}.'),
        Buffer.from([0x80, 2]),
        Buffer.from('}'),
        text('x'),
        value,
        Buffer.from('s'),
        more,
        Buffer.from('.'),
        Buffer.from([0x80, 2]),
        Buffer.from(']'),
        text('0'),
        Buffer.from('a.'),
        count,
        Buffer.from(Float32Array.of(1.5, -2, 0, 0, 0, 0, 0, 0).buffer),
      ]),
    );
  }

  it('are floats, whatever function makes them', () => {
    const float = global('torch', 'FloatStorage');
    const untyped = global('torch.storage', 'UntypedStorage');
    const v3 = tensor('_rebuild_tensor_v3', untyped, FALSE, NONE, global('torch', 'float32'), NONE);
    for (const one of [tensor('_rebuild_tensor_v2', float, FALSE, NONE), v3]) {
      const source = openCheckpoint(torch(one));
      expect(source.info('x')).toEqual({ dtype: 'F32', shape: [2] });
      expect(source.floats('x')).toEqual(Float32Array.of(1.5, -2));
      source.close();
    }
  });

  it.each([
    ['QINT8', tensor('_rebuild_qtensor', global('torch', 'QInt8Storage'), counts(), FALSE, NONE)],
    ['C64', tensor('_rebuild_tensor_v2', global('torch', 'ComplexFloatStorage'), FALSE, NONE)],
    [
      'F8_E4M3',
      tensor(
        '_rebuild_tensor_v3',
        global('torch.storage', 'UntypedStorage'),
        FALSE,
        NONE,
        global('torch', 'float8_e4m3fn'),
        NONE,
      ),
    ],
    [
      'SPARSE',
      Buffer.concat([global('torch._utils', '_rebuild_sparse_tensor'), Buffer.from(')R')]),
    ],
    [
      'META',
      Buffer.concat([global('torch._utils', '_rebuild_meta_tensor_no_storage'), Buffer.from(')R')]),
    ],
  ])('are %s, which is told and cannot be read', (dtype, value) => {
    const source = openCheckpoint(
      torch(
        value,
        Buffer.concat([
          text('y'),
          tensor('_rebuild_tensor_v2', global('torch', 'FloatStorage'), FALSE, NONE),
          Buffer.from('s'),
        ]),
      ),
    );
    expect(source.info('x')?.dtype).toBe(dtype);
    expect(source.floats('y')).toEqual(Float32Array.of(1.5, -2));
    expect(() => source.floats('x')).toThrow(dtype);
    source.close();
  });

  it('are settings of training, of which nothing is made', () => {
    const namespace = Buffer.concat([
      text('args'),
      global('argparse', 'Namespace'),
      Buffer.from([0x29, 0x81]),
      Buffer.from('}'),
      text('lr'),
      Buffer.from([0x4b, 1]),
      Buffer.from('sbs'),
    ]);
    const value = tensor('_rebuild_tensor_v2', global('torch', 'FloatStorage'), FALSE, NONE);
    expect(checkpointOutcome(torch(value, namespace))).toBe('read');
    const model = Buffer.concat([
      text('m'),
      global('my_package.models', 'Net'),
      Buffer.from([0x29, 0x81]),
      Buffer.from('s'),
    ]);
    expect(checkpointOutcome(torch(value, model))).toMatch(
      /^CHECKPOINT_UNSAFE .*"my_package\.models\.Net"/,
    );
  });
});

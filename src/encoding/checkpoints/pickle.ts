import { SemblanceError } from '../../domain/errors/error.ts';

/** A reference to the bytes of a storage, which lie elsewhere in the file. */
export interface StorageReference {
  kind: 'storage';
  dtype: string;
  /** Bytes of one element. */
  width: number;
  key: string;
}

/** A tensor: a view of a storage. Offset and strides count elements. */
export interface PickledTensor {
  kind: 'tensor';
  /** As of safetensors, or a name of what has no values that could be read ("SPARSE"). */
  dtype: string;
  /** Undefined where the values are not one storage. */
  storage?: StorageReference;
  offset: number;
  shape: number[];
  strides: number[];
}

/** A global that is known by name; it is never looked up or run. */
interface KnownGlobal {
  kind: 'global';
  name: string;
}

/** What a pickle can hold here. Dicts are Maps, so that no key can reach an object's prototype. */
export type Pickled =
  | null
  | boolean
  | number
  | string
  | Buffer
  | Pickled[]
  | Map<Pickled, Pickled>
  | StorageReference
  | PickledTensor
  | KnownGlobal;

/** Types of storages, and bytes of an element. */
const STORAGES: Readonly<Record<string, readonly [dtype: string, width: number]>> = {
  DoubleStorage: ['F64', 8],
  FloatStorage: ['F32', 4],
  HalfStorage: ['F16', 2],
  BFloat16Storage: ['BF16', 2],
  LongStorage: ['I64', 8],
  IntStorage: ['I32', 4],
  ShortStorage: ['I16', 2],
  CharStorage: ['I8', 1],
  ByteStorage: ['U8', 1],
  BoolStorage: ['BOOL', 1],
  ComplexFloatStorage: ['C64', 8],
  ComplexDoubleStorage: ['C128', 16],
  QInt8Storage: ['QINT8', 1],
  QUInt8Storage: ['QUINT8', 1],
  QInt32Storage: ['QINT32', 4],
  QUInt4x2Storage: ['QUINT4X2', 1],
  QUInt2x4Storage: ['QUINT2X4', 1],
  // Of tensors that tell their type themselves.
  'storage.UntypedStorage': ['U8', 1],
};

/** Types by torch's names. */
const DTYPES: Readonly<Record<string, string>> = {
  float64: 'F64',
  double: 'F64',
  float32: 'F32',
  float: 'F32',
  float16: 'F16',
  half: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  long: 'I64',
  int32: 'I32',
  int: 'I32',
  int16: 'I16',
  short: 'I16',
  int8: 'I8',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  complex64: 'C64',
  complex128: 'C128',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
  float8_e8m0fnu: 'F8_E8M0',
  float4_e2m1fn_x2: 'F4',
};

const REBUILD = 'torch._utils._rebuild_tensor_v2';
const REBUILD_OLD = 'torch._utils._rebuild_tensor';
const REBUILD_TYPED = 'torch._utils._rebuild_tensor_v3';
const REBUILD_QUANTISED = 'torch._utils._rebuild_qtensor';
const REBUILD_SPARSE = 'torch._utils._rebuild_sparse_tensor';
const REBUILD_META = 'torch._utils._rebuild_meta_tensor_no_storage';
const PARAMETER = 'torch._utils._rebuild_parameter';
const PARAMETER_WITH_STATE = 'torch._utils._rebuild_parameter_with_state';
const ORDERED_DICT = 'collections.OrderedDict';
const SIZE = 'torch.Size';
const LAYOUT = 'torch.serialization._get_layout';

/** Settings that training scripts keep beside the weights. They stay empty; nothing of them is made. */
const INERT: ReadonlySet<string> = new Set([
  'argparse.Namespace',
  'collections.Counter',
  'collections.defaultdict',
  'pathlib.Path',
  'pathlib.PosixPath',
  'pathlib.PurePosixPath',
  'pathlib.WindowsPath',
  'pathlib._local.PosixPath',
  'numpy.dtype',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  '_codecs.encode',
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'lightning.pytorch.utilities.parsing.AttributeDict',
  'lightning.fabric.utilities.data.AttributeDict',
  'lightning_fabric.utilities.data.AttributeDict',
  'torch.device',
  ...['bool', 'dict', 'float', 'int', 'list', 'set', 'str', 'tuple'].map(
    (name) => `builtins.${name}`,
  ),
  ...['per_tensor_affine', 'per_channel_affine', 'per_channel_affine_float_qparams'].map(
    (name) => `torch.${name}`,
  ),
]);

const GLOBALS: ReadonlySet<string> = new Set([
  REBUILD,
  REBUILD_OLD,
  REBUILD_TYPED,
  REBUILD_QUANTISED,
  REBUILD_SPARSE,
  REBUILD_META,
  PARAMETER,
  PARAMETER_WITH_STATE,
  ORDERED_DICT,
  SIZE,
  LAYOUT,
  ...INERT,
  ...Object.keys(STORAGES).map((name) => `torch.${name}`),
  ...Object.keys(DTYPES).map((name) => `torch.${name}`),
]);

/** Opcodes of a pickle; a model of ten thousand tensors needs a tenth of it, and each may cost memory. */
const MAX_STEPS = 5_000_000;

const MARK = Symbol('mark');
type Item = Pickled | typeof MARK;

/**
 * Reads pickles that hold tensors and plain data, and runs nothing: every global that is not one
 * of a short list is refused by name as soon as it is met (Python's pickletools describes the opcodes).
 */
export class Unpickler {
  private readonly stack: Item[] = [];
  private readonly memo = new Map<number, Item>();
  private position: number;
  private steps = 0;
  /** Whether a pickle went on after the last byte. */
  ranOut = false;

  /**
   * @param bytes holds the pickle
   * @param start where it begins
   * @param path the file, for errors
   */
  constructor(
    private readonly bytes: Buffer,
    start: number,
    private readonly path: string,
  ) {
    this.position = start;
  }

  /** Place after the last pickle that was read. */
  get end(): number {
    return this.position;
  }

  /**
   * Reads one pickle.
   * @throws SemblanceError CHECKPOINT_UNSAFE, CHECKPOINT_INVALID
   */
  read(): Pickled {
    this.stack.length = 0;
    this.memo.clear();
    for (;;) {
      const opcode = this.take(1)[0] as number;
      if (opcode === 0x2e) return this.pop();
      this.spend(1);
      this.step(opcode);
    }
  }

  private step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        this.take(1);
        return;
      case 0x95: // FRAME
        this.take(8);
        return;
      case 0x28: // MARK
        this.stack.push(MARK);
        return;
      case 0x30: // POP
        this.stack.pop();
        return;
      case 0x4e: // NONE
        this.push(null);
        return;
      case 0x88: // NEWTRUE
        this.push(true);
        return;
      case 0x89: // NEWFALSE
        this.push(false);
        return;
      case 0x4a: // BININT
        this.push(this.take(4).readInt32LE());
        return;
      case 0x4b: // BININT1
        this.push(this.take(1).readUInt8());
        return;
      case 0x4d: // BININT2
        this.push(this.take(2).readUInt16LE());
        return;
      case 0x8a: // LONG1
        this.push(this.long(this.take(1).readUInt8()));
        return;
      case 0x8b: // LONG4
        this.push(this.long(this.take(4).readInt32LE()));
        return;
      case 0x47: // BINFLOAT
        this.push(this.take(8).readDoubleBE());
        return;
      case 0x49: // INT, by a line of text
      case 0x4c: // LONG, by a line of text
        this.push(this.textNumber(this.line()));
        return;
      case 0x58: // BINUNICODE
        this.push(this.take(this.take(4).readUInt32LE()).toString('utf8'));
        return;
      case 0x8c: // SHORT_BINUNICODE
        this.push(this.take(this.take(1).readUInt8()).toString('utf8'));
        return;
      case 0x8d: // BINUNICODE8
        this.push(this.take(Number(this.take(8).readBigUInt64LE())).toString('utf8'));
        return;
      case 0x54: // BINSTRING
        this.push(this.take(this.take(4).readInt32LE()).toString('latin1'));
        return;
      case 0x55: // SHORT_BINSTRING
        this.push(this.take(this.take(1).readUInt8()).toString('latin1'));
        return;
      case 0x42: // BINBYTES
        this.push(this.take(this.take(4).readUInt32LE()));
        return;
      case 0x43: // SHORT_BINBYTES
        this.push(this.take(this.take(1).readUInt8()));
        return;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        this.push([]);
        return;
      case 0x7d: // EMPTY_DICT
        this.push(new Map());
        return;
      case 0x6c: // LIST
      case 0x74: // TUPLE
        this.push(this.popToMark());
        return;
      case 0x64: // DICT
        this.push(this.setItems(new Map(), this.popToMark()));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.push(Array.from({ length: opcode - 0x84 }, () => this.pop()).reverse());
        return;
      case 0x61: {
        // APPEND
        const item = this.pop();
        this.top(Array.isArray).push(item);
        return;
      }
      case 0x65: {
        // APPENDS
        const items = this.popToMark();
        const list = this.top(Array.isArray);
        for (const item of items) list.push(item);
        return;
      }
      case 0x73: {
        // SETITEM
        const value = this.pop();
        const key = this.pop();
        this.setItems(this.top(isMap), [key, value]);
        return;
      }
      case 0x75: {
        // SETITEMS
        const items = this.popToMark();
        this.setItems(this.top(isMap), items);
        return;
      }
      case 0x71: // BINPUT
        this.remember(this.take(1).readUInt8());
        return;
      case 0x72: // LONG_BINPUT
        this.remember(this.take(4).readUInt32LE());
        return;
      case 0x70: // PUT
        this.remember(this.textNumber(this.line()));
        return;
      case 0x94: // MEMOIZE
        this.remember(this.memo.size);
        return;
      case 0x68: // BINGET
        this.recall(this.take(1).readUInt8());
        return;
      case 0x6a: // LONG_BINGET
        this.recall(this.take(4).readUInt32LE());
        return;
      case 0x67: // GET
        this.recall(this.textNumber(this.line()));
        return;
      case 0x63: // GLOBAL
        this.push(this.global(this.line(), this.line()));
        return;
      case 0x93: {
        // STACK_GLOBAL
        const name = this.pop();
        const module = this.pop();
        if (typeof name !== 'string' || typeof module !== 'string')
          throw this.invalid('It names a global by what is no text.');
        this.push(this.global(module, name));
        return;
      }
      case 0x51: // BINPERSID
        this.push(this.persistent(this.pop()));
        return;
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = this.pop();
        this.push(this.reduce(this.pop(), args));
        return;
      }
      case 0x62: {
        // BUILD: attributes of a dict (a state dict's version numbers) are of no use here.
        this.pop();
        this.top(isMap);
        return;
      }
      default:
        throw this.invalid(`Its opcode 0x${opcode.toString(16)} is not one that tensors need.`);
    }
  }

  private global(module: string, name: string): KnownGlobal {
    // Python 2 called it differently; torch writes both.
    const full = `${module}.${name}`.replace(/^__builtin__\./, 'builtins.');
    if (GLOBALS.has(full)) return { kind: 'global', name: full };
    throw new SemblanceError(
      'CHECKPOINT_UNSAFE',
      `Reading it would look up "${full}", which tensors do not need.`,
      { subject: this.path },
    );
  }

  private reduce(callable: Pickled, args: Pickled): Pickled {
    if (!isGlobal(callable) || !Array.isArray(args))
      throw this.invalid('It calls what is no function.');
    switch (callable.name) {
      case ORDERED_DICT: {
        const map = new Map<Pickled, Pickled>();
        const pairs = Array.isArray(args[0]) ? args[0] : [];
        // One list can be asked for again and again.
        this.spend(pairs.length);
        for (const pair of pairs) {
          if (Array.isArray(pair)) this.setItems(map, pair);
        }
        return map;
      }
      case SIZE:
        return args[0] ?? [];
      case PARAMETER:
      case PARAMETER_WITH_STATE:
        return args[0] ?? null;
      case REBUILD:
      case REBUILD_OLD:
      case REBUILD_QUANTISED:
        return this.tensor(args);
      case REBUILD_TYPED: {
        const type = args[6];
        const dtype = isGlobal(type) ? DTYPES[type.name.replace(/^torch\./, '')] : undefined;
        if (dtype === undefined) throw this.invalid('It describes a tensor wrongly.');
        return { ...this.tensor(args), dtype };
      }
      case REBUILD_SPARSE:
        return { kind: 'tensor', dtype: 'SPARSE', offset: 0, shape: [], strides: [] };
      case REBUILD_META:
        return { kind: 'tensor', dtype: 'META', offset: 0, shape: [], strides: [] };
      case LAYOUT:
        return null;
      default:
        if (INERT.has(callable.name)) return new Map();
        throw this.invalid(`It calls "${callable.name}", which is a type.`);
    }
  }

  /** (storage, offset, shape, strides, ...): what functions that rebuild tensors begin with. */
  private tensor([storage, offset, shape, strides]: readonly Pickled[]): PickledTensor {
    if (
      !isStorage(storage) ||
      !isCount(offset) ||
      !isCounts(shape) ||
      !isCounts(strides) ||
      shape.length !== strides.length
    ) {
      throw this.invalid('It describes a tensor wrongly.');
    }
    return { kind: 'tensor', dtype: storage.dtype, storage, offset, shape, strides };
  }

  /** ('storage', type, key, device, count): where a storage's bytes lie. */
  private persistent(id: Pickled): StorageReference {
    const [tag, type, key] = Array.isArray(id) ? id : [];
    const name = isGlobal(type) ? type.name.replace(/^torch\./, '') : '';
    const known = Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
    if (tag !== 'storage' || known === undefined || typeof key !== 'string') {
      throw this.invalid('It refers to something that is no storage.');
    }
    const [dtype, width] = known;
    return { kind: 'storage', dtype, width, key };
  }

  private setItems(map: Map<Pickled, Pickled>, items: readonly Pickled[]): Map<Pickled, Pickled> {
    if (items.length % 2 !== 0) throw this.invalid('It has a key without a value.');
    for (let i = 0; i < items.length; i += 2) map.set(items[i] as Pickled, items[i + 1] as Pickled);
    return map;
  }

  private spend(steps: number): void {
    this.steps += steps;
    if (this.steps > MAX_STEPS) throw this.invalid('Its pickle is absurdly long.');
  }

  private push(item: Pickled): void {
    this.stack.push(item);
  }

  private pop(): Pickled {
    const item = this.stack.pop();
    if (item === undefined || item === MARK) throw this.invalid('Its stack is empty.');
    return item as Pickled;
  }

  private popToMark(): Pickled[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw this.invalid('It has no mark.');
    const items = this.stack.splice(mark);
    return items.slice(1) as Pickled[];
  }

  private top<T extends Pickled>(is: (item: Item | undefined) => item is T): T {
    const item = this.stack.at(-1);
    if (!is(item)) throw this.invalid('It adds to what is no container.');
    return item;
  }

  private remember(key: number): void {
    const item = this.stack.at(-1);
    if (item === undefined) throw this.invalid('Its stack is empty.');
    this.memo.set(key, item);
  }

  private recall(key: number): void {
    const item = this.memo.get(key);
    if (item === undefined) throw this.invalid('It recalls what it never kept.');
    this.stack.push(item);
  }

  private long(length: number): number {
    const bytes = this.take(length);
    if (length > 16) return Number.POSITIVE_INFINITY;
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
    const isNegative = length > 0 && ((bytes[length - 1] as number) & 0x80) !== 0;
    return Number(isNegative ? value - (1n << BigInt(8 * length)) : value);
  }

  private textNumber(text: string): number {
    const value = Number(text.replace(/L$/, ''));
    if (Number.isNaN(value)) throw this.invalid('It has a number that is none.');
    return value;
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) {
      this.ranOut = true;
      throw this.invalid('It ends in the middle of a line.');
    }
    return this.take(end + 1 - this.position)
      .toString('latin1')
      .trimEnd();
  }

  private take(length: number): Buffer {
    if (!(length >= 0) || this.position + length > this.bytes.length) {
      this.ranOut = true;
      throw this.invalid('It ends before its data does.');
    }
    const part = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return part;
  }

  private invalid(detail: string): SemblanceError {
    return new SemblanceError('CHECKPOINT_INVALID', detail, { subject: this.path });
  }
}

function isMap(item: unknown): item is Map<Pickled, Pickled> {
  return item instanceof Map;
}

function isGlobal(item: unknown): item is KnownGlobal {
  return (item as KnownGlobal | null)?.kind === 'global';
}

function isStorage(item: unknown): item is StorageReference {
  return (item as StorageReference | null)?.kind === 'storage';
}

/** Whether it is a tensor. */
export function isTensor(item: unknown): item is PickledTensor {
  return (item as PickledTensor | null)?.kind === 'tensor';
}

function isCount(item: unknown): item is number {
  return Number.isSafeInteger(item) && (item as number) >= 0;
}

/** More axes than any tensor has would be checked for long. */
const MAX_AXES = 64;

function isCounts(item: unknown): item is number[] {
  return Array.isArray(item) && item.length <= MAX_AXES && item.every(isCount);
}

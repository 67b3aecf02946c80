import type { SemblanceError } from '../../domain/errors/error.ts';
import { DTYPE_BYTES, isReadable, toFloats } from './dtype.ts';
import { RangeFile } from './file.ts';
import { isTensor, type Pickled, type PickledTensor, Unpickler } from './pickle.ts';
import type { CheckpointDtype, TensorSource } from './tensor-source.ts';
import { readZipDirectory, type ZipEntry } from './zip.ts';

/** Keys under which training scripts keep the weights, taken off where nothing else holds tensors. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];
/** A pickle of names and shapes is small; more would be data where none belongs. */
const MAX_PICKLE = 128 * 1024 * 1024;
/** What is read of an older file first; most pickles are shorter. */
const FIRST_READ = 1024 * 1024;
/** Entries of all dicts; one that is in many places counts in each. */
const MAX_ENTRIES = 1_000_000;
/** Longest name of a tensor. */
const MAX_NAME = 1024;

/**
 * Every tensor of a structure, by dotted name.
 * @throws SemblanceError CHECKPOINT_INVALID for a structure that would take for ever
 */
function collect(file: RangeFile, root: Pickled): Map<string, PickledTensor> {
  const found = new Map<string, PickledTensor>();
  let entries = 0;
  const visit = (value: Pickled, prefix: string, depth: number) => {
    if (isTensor(value)) found.set(prefix, value);
    else if (value instanceof Map && depth < 32) {
      for (const [key, item] of value) {
        entries += 1;
        if (entries > MAX_ENTRIES) throw file.invalid('It has absurdly many entries.');
        // Other keys are not names, and a tuple of tuples would make a text without end.
        if (typeof key !== 'string' && typeof key !== 'number') continue;
        const name = prefix === '' ? String(key) : `${prefix}.${key}`;
        if (name.length <= MAX_NAME) visit(item, name, depth + 1);
      }
    }
  };
  visit(root, '', 0);
  return found;
}

/** Every tensor of a file: by the names of its state dict, where that is all that holds any. */
function tensorsOf(file: RangeFile, root: Pickled): Map<string, PickledTensor> {
  const all = collect(file, root);
  const key = WRAPPERS.find((one) => root instanceof Map && root.get(one) instanceof Map);
  if (key === undefined) return all;
  const names = [...all.keys()];
  return names.every((name) => name.startsWith(`${key}.`))
    ? new Map([...all].map(([name, tensor]) => [name.slice(key.length + 1), tensor]))
    : all;
}

/** Makes a view contiguous: elements of a storage in the order of its shape. */
function gather(
  file: RangeFile,
  storage: ZipEntry,
  tensor: PickledTensor,
  dtype: CheckpointDtype,
): Float32Array {
  const { shape, strides, offset } = tensor;
  const width = DTYPE_BYTES[dtype];
  const count = shape.reduce((product, n) => product * n, 1);
  if (count === 0) return new Float32Array(0);
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] as number), offset);
  if ((last + 1) * width > storage.length)
    throw file.invalid('A tensor lies past the end of its storage.');
  // A view that repeats elements could ask for far more than the file holds.
  if (count > last + 1 - offset) throw file.invalid('A tensor has more elements than its storage.');
  const bytes = file.read(storage.offset + offset * width, (last + 1 - offset) * width);
  const values = toFloats(bytes, dtype);
  if (values.length === count && isContiguous(shape, strides)) return values;
  const result = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < count; i++) {
    result[i] = values[at] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      at += strides[axis] as number;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      at -= next * (strides[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if ((shape[axis] as number) > 1 && strides[axis] !== step) return false;
    step *= shape[axis] as number;
  }
  return true;
}

function toSource(
  file: RangeFile,
  root: Pickled,
  storages: ReadonlyMap<string, ZipEntry>,
): TensorSource {
  const tensors = tensorsOf(file, root);
  if (tensors.size === 0) throw file.invalid('It holds no tensor.');
  return {
    path: file.path,
    names: () => [...tensors.keys()],
    info(name) {
      const tensor = tensors.get(name);
      return tensor && { dtype: tensor.dtype, shape: tensor.shape };
    },
    floats(name) {
      const tensor = tensors.get(name);
      if (tensor !== undefined && !isReadable(tensor.dtype)) {
        throw file.unreadable(name, tensor.dtype);
      }
      const storage = storages.get(tensor?.storage?.key ?? '');
      if (tensor === undefined || storage === undefined) {
        throw file.invalid(`It has no data of a tensor "${name}".`);
      }
      return gather(file, storage, tensor, tensor.dtype as CheckpointDtype);
    },
    close: () => file.close(),
  };
}

/** The format of torch 1.6 and later: a ZIP of a pickle and one entry for each storage. */
function readZipFormat(file: RangeFile): TensorSource {
  const entries = readZipDirectory(file);
  const pickleName = [...entries.keys()].find((name) => /^([^/]*\/)?data\.pkl$/.test(name));
  const pickle = entries.get(pickleName ?? '');
  if (pickleName === undefined || pickle === undefined) {
    const some = [...entries.keys()].slice(0, 5).join(', ');
    throw file.invalid(
      `It is an archive, but none of torch.save: it has no data.pkl, but ${some || 'nothing'}. Unpack it first.`,
    );
  }
  if (entries.has(`${pickleName.slice(0, -'data.pkl'.length)}constants.pkl`)) {
    throw file.invalid(
      'It is a TorchScript archive, which holds code: save its state_dict instead.',
    );
  }
  if (pickle.length > MAX_PICKLE) throw file.invalid('Its pickle is absurdly large.');
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order && file.read(order.offset, order.length).toString() !== 'little') {
    throw file.invalid('It was written on a big-endian machine.');
  }
  const root = new Unpickler(file.read(pickle.offset, pickle.length), 0, file.path).read();
  const storages = new Map<string, ZipEntry>();
  for (const [name, entry] of entries) {
    if (name.startsWith(`${folder}data/`)) storages.set(name.slice(folder.length + 5), entry);
  }
  return toSource(file, root, storages);
}

/** How every pickle of torch begins. */
const PICKLE = 0x80;

/** Hexadecimal number that begins a file of torch before 1.6. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/** The five pickles that begin a file of the older format: what is stored, and the order of the storages. */
function readLegacyPickles(file: RangeFile, unpickler: Unpickler) {
  // Read as a number, its lowest bits are rounded away.
  if (unpickler.read() !== Number(LEGACY_MAGIC)) throw file.invalid('It is no file of torch.');
  unpickler.read(); // version of the protocol
  unpickler.read(); // facts about the machine that wrote it
  const root = unpickler.read();
  const keys = unpickler.read();
  if (!Array.isArray(keys)) throw file.invalid('It has no list of storages.');
  return { root, keys };
}

/** The older format: five pickles, then each storage as a count and its bytes. */
function readLegacyFormat(file: RangeFile, length = FIRST_READ): TensorSource {
  const unpickler = new Unpickler(
    file.read(0, Math.min(file.size, length, MAX_PICKLE)),
    0,
    file.path,
  );
  let root: Pickled;
  let keys: Pickled[];
  try {
    ({ root, keys } = readLegacyPickles(file, unpickler));
  } catch (error) {
    if (!unpickler.ranOut || length >= Math.min(file.size, MAX_PICKLE)) throw error;
    return readLegacyFormat(file, length * 8);
  }
  const types = storageTypes(file, root);
  const storages = new Map<string, ZipEntry>();
  let at = unpickler.end;
  for (const key of keys) {
    const width = typeof key === 'string' ? types.get(key) : undefined;
    if (typeof key !== 'string' || width === undefined)
      throw file.invalid('It has a storage that no tensor uses.');
    const length = Number(file.read(at, 8).readBigInt64LE()) * width;
    if (length < 0 || at + 8 + length > file.size)
      throw file.invalid('It ends before its data does.');
    storages.set(key, { offset: at + 8, length });
    at += 8 + length;
  }
  return toSource(file, root, storages);
}

/** The older format, or the word that it is nothing that is known. */
function readLegacy(file: RangeFile): TensorSource {
  try {
    return readLegacyFormat(file);
  } catch (error) {
    const isPickle = file.read(0, 1)[0] === PICKLE;
    if (isPickle || (error as Partial<SemblanceError>).code !== 'CHECKPOINT_INVALID') throw error;
    throw file.invalid('It begins like neither a safetensors file nor one of torch.save.', error);
  }
}

/** Bytes of an element of each storage that a structure refers to. */
function storageTypes(file: RangeFile, root: Pickled): Map<string, number> {
  return new Map(
    [...collect(file, root).values()].flatMap(({ storage }) =>
      storage === undefined ? [] : [[storage.key, storage.width] as const],
    ),
  );
}

/**
 * Opens a checkpoint written by `torch.save`, without running anything of it.
 * @throws SemblanceError CHECKPOINT_UNSAFE when it names a function or class that tensors do not need,
 *   CHECKPOINT_INVALID when it is damaged, PATH_NOT_FOUND
 */
export function openTorchFile(path: string): TensorSource {
  const file = new RangeFile(path);
  try {
    file.refuseForeign();
    const isZip = file.size >= 4 && file.read(0, 4).toString('latin1') === 'PK\x03\x04';
    return isZip ? readZipFormat(file) : readLegacy(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

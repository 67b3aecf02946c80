/** Bytes that tell the kinds apart. */
export const HEAD = 512;

/** How a Git LFS pointer begins (git-lfs, docs/spec.md). */
const LFS = 'version https://git-lfs.github.com/spec/';

/** Kinds of file by how they begin; those that some readers take are theirs to leave out. */
const KINDS: readonly [begins: string | RegExp | ((head: Uint8Array) => boolean), what: string][] =
  [
    [
      /^\s*(<!doctype html|<html|<head|<script)/i,
      'a web page: its address asked for a login or was not that of the file',
    ],
    [/^\s*<\?xml|^<(Error|ListBucketResult)/, 'an XML document, often the error of a server'],
    ['GGUF', 'a GGUF file (llama.cpp)'],
    [/^(ggml|ggjt|ggla|lmgg|tjgg)/, 'a GGML file'],
    ['\x89HDF\r\n\x1a\n', 'an HDF5 file (Keras writes those)'],
    ['\x93NUMPY', 'a numpy array'],
    ['PAR1', 'a Parquet file'],
    ['ARROW1', 'an Arrow file'],
    ['TFL3', 'a TensorFlow Lite model'],
    [/^[\s\S]{4}TFL3/, 'a TensorFlow Lite model'],
    ['SQLite format 3\0', 'an SQLite database'],
    ['%PDF-', 'a PDF document'],
    ['\x89PNG\r\n', 'a PNG picture'],
    ['\xff\xd8\xff', 'a JPEG picture'],
    ['\x1f\x8b', 'compressed by gzip: unpack it first'],
    ['BZh', 'compressed by bzip2: unpack it first'],
    ['\xfd7zXZ\0', 'compressed by xz: unpack it first'],
    ['\x28\xb5\x2f\xfd', 'compressed by zstd: unpack it first'],
    ['\x04\x22\x4d\x18', 'compressed by lz4: unpack it first'],
    ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive: unpack it first'],
    ['Rar!\x1a\x07', 'a RAR archive: unpack it first'],
    [/^[\s\S]{257}ustar/, 'a tar archive: unpack it first'],
    // The first field of a graph is its version, then the name of the program that wrote it.
    [
      ([tag, version = 0, second, length = 0, first = 0]) =>
        tag === 8 && version > 0 && version <= 32 && second === 0x12 && length < 128 && first >= 32,
      'an ONNX model: describe it as an encoder of its own (docs/encoders.md)',
    ],
    // A field of the version of the schema, then the graph.
    [
      ([tag, version, second]) => tag === 8 && version === 1 && second === 0x12,
      'a SavedModel of TensorFlow',
    ],
    // A map whose first key is a text.
    [
      ([map = 0, ...rest]) => {
        const at = map === 0xde ? 2 : map === 0xdf ? 4 : 0;
        const key = rest[at] ?? 0;
        const isMap = (map > 0x80 && map < 0x90) || map === 0xde || map === 0xdf;
        return isMap && ((key > 0xa0 && key < 0xc0) || key === 0xd9);
      },
      'in msgpack (Flax writes that): take the weights of PyTorch',
    ],
  ];

/**
 * What a file is by how it begins, where that is nothing that can be read as asked: a sentence's end after
 * "It is ".
 * @param head its first bytes
 * @param kinds `false`: look for a Git LFS pointer only, where anything else may be the right kind
 */
export function foreignKind(head: Uint8Array, kinds = true): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD)).toString(
    'latin1',
  );
  if (text.startsWith(LFS)) {
    const size = /^size (\d+)/m.exec(text)?.[1];
    return `a Git LFS pointer, not the file itself${size === undefined ? '' : ` of ${size} bytes`}: run \`git lfs pull\` in its folder, or download the file`;
  }
  // The length of a safetensors header may begin like anything.
  if (!kinds || isSafetensors(head)) return undefined;
  if (head.length > 0 && head.every((byte) => byte === 0))
    return 'zeros only: its download was interrupted';
  return KINDS.find(([begins]) =>
    typeof begins === 'string'
      ? text.startsWith(begins)
      : begins instanceof RegExp
        ? begins.test(text)
        : begins(head),
  )?.[1];
}

/** Whether a file begins with a length of a header and the header: the length may be any bytes. */
function isSafetensors(head: Uint8Array): boolean {
  return head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0);
}

import type { CheckpointDtype } from './tensor-source.ts';

/** Bytes of one element. */
export const DTYPE_BYTES: Readonly<Record<CheckpointDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** Bits of one element of the types that safetensors has beside those (safetensors, tensor.rs). */
export const OTHER_BITS: Readonly<Record<string, number>> = {
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  C64: 64,
};

/** Whether the values of a type can be read. */
export function isReadable(dtype: string): dtype is CheckpointDtype {
  return Object.hasOwn(DTYPE_BYTES, dtype);
}

/** Half precision (IEEE 754 binary16) as a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bytes at a place where floats can begin. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
}

/** Elements of little-endian bytes as 32-bit floats; they share the bytes where those are floats already. */
export function toFloats(bytes: Uint8Array, dtype: CheckpointDtype): Float32Array {
  const count = bytes.length / DTYPE_BYTES[dtype];
  if (dtype === 'F32') {
    const { buffer, byteOffset } = aligned(bytes);
    return new Float32Array(buffer, byteOffset, count);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const result = new Float32Array(count);
  switch (dtype) {
    case 'F64':
      for (let i = 0; i < count; i++) result[i] = view.getFloat64(i * 8, true);
      break;
    case 'F16':
      for (let i = 0; i < count; i++) result[i] = half(view.getUint16(i * 2, true));
      break;
    case 'BF16': {
      // bfloat16 is the upper half of a 32-bit float.
      const bits = new Uint32Array(result.buffer);
      for (let i = 0; i < count; i++) bits[i] = view.getUint16(i * 2, true) << 16;
      break;
    }
    case 'I64':
      for (let i = 0; i < count; i++) result[i] = Number(view.getBigInt64(i * 8, true));
      break;
    case 'U64':
      for (let i = 0; i < count; i++) result[i] = Number(view.getBigUint64(i * 8, true));
      break;
    case 'U32':
      for (let i = 0; i < count; i++) result[i] = view.getUint32(i * 4, true);
      break;
    case 'U16':
      for (let i = 0; i < count; i++) result[i] = view.getUint16(i * 2, true);
      break;
    case 'I32':
      for (let i = 0; i < count; i++) result[i] = view.getInt32(i * 4, true);
      break;
    case 'I16':
      for (let i = 0; i < count; i++) result[i] = view.getInt16(i * 2, true);
      break;
    case 'I8':
      for (let i = 0; i < count; i++) result[i] = view.getInt8(i);
      break;
    case 'U8':
    case 'BOOL':
      result.set(bytes);
      break;
  }
  return result;
}

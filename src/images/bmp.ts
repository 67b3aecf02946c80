import { decode } from 'bmp-ts';

/** Size in a BMP header, which libvips cannot read. A negative height means rows from the top. */
export function bmpSize(bytes: Uint8Array): { width: number; height: number; bits: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // BITMAPCOREHEADER (12 bytes) has 16-bit sizes, every later header 32-bit ones.
  if (view.getUint32(14, true) === 12) {
    return {
      width: view.getUint16(18, true),
      height: view.getUint16(20, true),
      bits: view.getUint16(24, true),
    };
  }
  return {
    width: Math.abs(view.getInt32(18, true)),
    height: Math.abs(view.getInt32(22, true)),
    bits: view.getUint16(28, true),
  };
}

/**
 * Decodes a BMP.
 * @returns 8-bit RGB, row-major
 * @throws Error when the file is damaged
 */
export function decodeBmp(bytes: Uint8Array): { width: number; height: number; data: Uint8Array } {
  const { width, height, data } = decode(Buffer.from(bytes), { toRGBA: true });
  const pixels = Math.abs(width * height);
  if (pixels === 0 || data.length < pixels * 4) throw new Error('The pixel data is incomplete.');
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) rgb.set(data.subarray(i * 4, i * 4 + 3), i * 3);
  return { width: Math.abs(width), height: Math.abs(height), data: rgb };
}

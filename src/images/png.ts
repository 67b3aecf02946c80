/** Length of the signature before the first chunk. */
const SIGNATURE = 8;

/** How many frames an animated PNG has, 1 for others; libvips reads the first without a word. */
export function pngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE; at + 12 <= bytes.length; ) {
    const kind = view.getUint32(at + 4);
    if (kind === code('IDAT')) break;
    if (kind === code('acTL')) return Math.max(1, view.getUint32(at + 8));
    at += 12 + view.getUint32(at);
  }
  return 1;
}

function code(kind: string): number {
  return Buffer.from(kind, 'latin1').readUInt32BE();
}

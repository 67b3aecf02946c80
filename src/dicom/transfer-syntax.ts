/** How the values of a data set are coded. */
export interface ValueEncoding {
  /** Whether elements name their value representation. */
  explicit: boolean;
  little: boolean;
}

/** Families of coded pixels; `native` are samples as they are. */
type CodecFamily =
  | 'native'
  | 'rle'
  | 'deflate'
  | 'jpeg'
  | 'jpeg-ls'
  | 'jpeg-2000'
  | 'jpeg-xl'
  | 'none'
  | 'unknown';

/** A transfer syntax (PS3.5, annex A). */
export interface TransferSyntax extends ValueEncoding {
  uid: string;
  name: string;
  /** Whether the data set is deflated as a whole. */
  deflated: boolean;
  /** Whether pixels are in fragments. */
  encapsulated: boolean;
  /** `none` for one that no decoder is at hand for; `unknown` may be any, told by its pixels. */
  family: CodecFamily;
}

type Entry = readonly [uid: string, name: string, family: CodecFamily];

const JPEG = '1.2.840.10008.1.2.4.';

const ENCAPSULATED: readonly Entry[] = [
  ['1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', 'native'],
  ['1.2.840.10008.1.2.5', 'RLE Lossless', 'rle'],
  [`${JPEG}50`, 'JPEG Baseline (Process 1)', 'jpeg'],
  [`${JPEG}51`, 'JPEG Extended (Process 2 and 4)', 'jpeg'],
  [`${JPEG}52`, 'JPEG Extended (Process 3 and 5)', 'jpeg'],
  [`${JPEG}53`, 'JPEG Spectral Selection (Process 6 and 8)', 'jpeg'],
  [`${JPEG}54`, 'JPEG Spectral Selection (Process 7 and 9)', 'jpeg'],
  [`${JPEG}55`, 'JPEG Full Progression (Process 10 and 12)', 'jpeg'],
  [`${JPEG}56`, 'JPEG Full Progression (Process 11 and 13)', 'jpeg'],
  [`${JPEG}57`, 'JPEG Lossless (Process 14)', 'jpeg'],
  [`${JPEG}58`, 'JPEG Lossless (Process 15)', 'jpeg'],
  [`${JPEG}70`, 'JPEG Lossless, First-Order Prediction', 'jpeg'],
  [`${JPEG}80`, 'JPEG-LS Lossless', 'jpeg-ls'],
  [`${JPEG}81`, 'JPEG-LS Near-Lossless', 'jpeg-ls'],
  [`${JPEG}90`, 'JPEG 2000 Lossless', 'jpeg-2000'],
  [`${JPEG}91`, 'JPEG 2000', 'jpeg-2000'],
  [`${JPEG}92`, 'JPEG 2000 Part 2 Multi-component Lossless', 'none'],
  [`${JPEG}93`, 'JPEG 2000 Part 2 Multi-component', 'none'],
  [`${JPEG}94`, 'JPIP Referenced', 'none'],
  [`${JPEG}95`, 'JPIP Referenced Deflate', 'none'],
  [`${JPEG}100`, 'MPEG2 Main Profile, Main Level', 'none'],
  [`${JPEG}101`, 'MPEG2 Main Profile, High Level', 'none'],
  [`${JPEG}102`, 'MPEG-4 AVC/H.264 High Profile', 'none'],
  [`${JPEG}103`, 'MPEG-4 AVC/H.264 BD-compatible', 'none'],
  [`${JPEG}104`, 'MPEG-4 AVC/H.264 for 2D Video', 'none'],
  [`${JPEG}105`, 'MPEG-4 AVC/H.264 for 3D Video', 'none'],
  [`${JPEG}106`, 'MPEG-4 AVC/H.264 Stereo', 'none'],
  [`${JPEG}107`, 'HEVC/H.265 Main Profile', 'none'],
  [`${JPEG}108`, 'HEVC/H.265 Main 10 Profile', 'none'],
  [`${JPEG}110`, 'JPEG XL Lossless', 'jpeg-xl'],
  [`${JPEG}111`, 'JPEG XL JPEG Recompression', 'jpeg-xl'],
  [`${JPEG}112`, 'JPEG XL', 'jpeg-xl'],
  [`${JPEG}201`, 'High-Throughput JPEG 2000 Lossless', 'jpeg-2000'],
  [`${JPEG}202`, 'High-Throughput JPEG 2000 with RPCL Lossless', 'jpeg-2000'],
  [`${JPEG}203`, 'High-Throughput JPEG 2000', 'jpeg-2000'],
  [`${JPEG}204`, 'JPIP HTJ2K Referenced', 'none'],
  [`${JPEG}205`, 'JPIP HTJ2K Referenced Deflate', 'none'],
  // Its pixels are big endian in a data set that is not.
  ['1.2.840.113619.5.2', 'GE Private Implicit VR with Big Endian Pixels', 'none'],
  ['1.2.840.10008.1.2.8.1', 'Deflated Image Frame Compression', 'deflate'],
];

const LITTLE = { explicit: true, little: true, deflated: false, encapsulated: false };
const native = (
  uid: string,
  name: string,
  other: Partial<TransferSyntax> = {},
): TransferSyntax => ({
  ...LITTLE,
  family: 'native',
  uid,
  name,
  ...other,
});

/** Implicit VR Little Endian, the default of the standard. */
export const IMPLICIT = native('1.2.840.10008.1.2', 'Implicit VR Little Endian', {
  explicit: false,
});
/** Explicit VR Little Endian. */
export const EXPLICIT = native('1.2.840.10008.1.2.1', 'Explicit VR Little Endian');
/** Explicit VR Big Endian, retired. */
export const BIG = native('1.2.840.10008.1.2.2', 'Explicit VR Big Endian', { little: false });

const SYNTAXES: ReadonlyMap<string, TransferSyntax> = new Map(
  [
    IMPLICIT,
    EXPLICIT,
    BIG,
    native('1.2.840.10008.1.2.1.99', 'Deflated Explicit VR Little Endian', { deflated: true }),
    ...ENCAPSULATED.map(([uid, name, family]) => native(uid, name, { encapsulated: true, family })),
  ].map((syntax) => [syntax.uid, syntax]),
);

/** UIDs of the transfer syntaxes that are known, read or not. */
export const TRANSFER_SYNTAXES: readonly string[] = [...SYNTAXES.keys()];

/**
 * The transfer syntax of a UID; one that is not known is taken for one with unknown fragments. Those of video that may
 * be in several fragments (100.1 to 106.1) are named as those that are not.
 */
export function transferSyntax(said: string): TransferSyntax {
  // What is no UID is not repeated: it may say anything.
  const uid = /^[\d.]{1,64}$/.test(said) ? said : '';
  const known = SYNTAXES.get(uid) ?? SYNTAXES.get(uid.replace(/^(.*\.4\.10[0-6])\.1$/, '$1'));
  if (known !== undefined) return { ...known, uid };
  const other = { encapsulated: true, family: 'unknown' } as const;
  return native(uid, uid === '' ? 'unknown' : `unknown (${uid})`, other);
}

/** Whether objects in this transfer syntax are read; of one that is not known that is not said. */
export function isRead(uid: string): boolean {
  const { family } = transferSyntax(uid);
  return family !== 'none' && family !== 'unknown';
}

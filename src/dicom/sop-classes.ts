import type { DicomInstance } from './instance.ts';

/** What an object is; only images are pictures to be searched. */
export type ObjectKind =
  | 'image'
  | 'secondary capture'
  | 'report'
  | 'key object selection'
  | 'presentation state'
  | 'segmentation'
  | 'parametric map'
  | 'waveform'
  | 'encapsulated document'
  | 'radiotherapy object'
  | 'registration'
  | 'raw data'
  | 'measurements'
  | 'directory'
  | 'object without pixels';

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** Whether it is a class of objects that are stored (PS3.4, B.5), known here or not. */
export function isStorageClass(uid: string): boolean {
  return uid.startsWith(STORAGE);
}

/** SOP classes that are no images (PS3.4, B.5), by the beginning of what follows `STORAGE`. */
const KINDS: readonly (readonly [RegExp, ObjectKind])[] = [
  [/^7(\.|$)/, 'secondary capture'],
  [/^88\.59$/, 'key object selection'],
  [/^88\./, 'report'],
  [/^11\./, 'presentation state'],
  [/^66\.[47]$|^66\.5$/, 'segmentation'],
  [/^66\.[1236]$|^67$/, 'registration'],
  [/^(66|4\.2)$/, 'raw data'],
  [/^30$/, 'parametric map'],
  [/^9\./, 'waveform'],
  [/^104\./, 'encapsulated document'],
  // 481.1 is the RT Image; 481.23 the enhanced one.
  [/^481\.(?!(1|23)$)/, 'radiotherapy object'],
  [/^(68|78|79|80)\.|^77\.1\.5\.3$/, 'measurements'],
];

const DIRECTORY = '1.2.840.10008.1.3.10';

/** What an object is, by its SOP class; one of an unknown class is an image when it has pixels. */
export function kindOf({
  attributes,
  meta,
}: Pick<DicomInstance, 'attributes' | 'meta'>): ObjectKind {
  const uid = attributes.text('SOPClassUID') ?? meta?.text('MediaStorageSOPClassUID') ?? '';
  if (uid === DIRECTORY) return 'directory';
  const end = uid.startsWith(STORAGE) ? uid.slice(STORAGE.length) : '';
  const known = KINDS.find(([pattern]) => pattern.test(end));
  if (known !== undefined) return known[1];
  const hasPixels =
    attributes.has('PixelData') ||
    attributes.has('FloatPixelData') ||
    attributes.has('DoubleFloatPixelData');
  return hasPixels || end !== '' ? 'image' : 'object without pixels';
}

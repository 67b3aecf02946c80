/**
 * What is done about text that is burned into pictures. warn: it is told; mask: it is made black, in what is encoded and
 * in what is shown; skip: images with text are left out; auto: warn, for DICOM of kinds that often have text alone; off:
 * it is not looked for.
 */
export const BURNED_IN = ['auto', 'off', 'warn', 'mask', 'skip'] as const;
export type BurnedInPolicy = (typeof BURNED_IN)[number];

/**
 * What is known of text in an image: it was found; found and made black; not found; not found although the file says
 * that there is some; not looked for, since the file says that there is none.
 */
export const BURNED_IN_STATES = ['text', 'masked', 'none', 'declared', 'unscanned'] as const;
export type BurnedIn = (typeof BURNED_IN_STATES)[number];

/** The field of an image that has its `BurnedIn`. */
export const BURNED_IN_FIELD = 'burned_in';

/** Modalities whose pictures are computed: who says that they have no burned-in text is believed. */
export const COMPUTED: ReadonlySet<string> = new Set(['CT', 'MR', 'PT', 'NM']);

/** Modalities whose pictures often have text, by what the machine or the film adds (DICOM PS3.3, C.7.3.1.1.1). */
export const OFTEN_WITH_TEXT: readonly string[] = [
  'US',
  'IVUS',
  'XA',
  'RF',
  'CR',
  'DX',
  'MG',
  'XR',
  'ES',
  'XC',
  'OT',
];

/** What an image looks like: its content, and what of that is made black. Another text for another picture. */
export function pictureVersion(image: {
  contentHash: string;
  decoding: { readonly mask?: unknown } | null;
}): string {
  const mask = image.decoding?.mask;
  if (typeof mask !== 'string') return image.contentHash;
  let hash = 0;
  for (const unit of mask) hash = (Math.imul(hash, 31) + unit.charCodeAt(0)) >>> 0;
  return `${image.contentHash}.${hash.toString(16)}`;
}

/** Parts of a data set: neighbours are searched in `train`, for the images of `val` and `test`. */
export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Whether a text names a part. */
export function isSplit(text: string): text is Split {
  return (SPLITS as readonly string[]).includes(text);
}

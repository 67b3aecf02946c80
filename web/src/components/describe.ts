import type { Image } from '../../../src/contract/shapes.ts';

/** Whether the image's file was ever read; of an imported embedding only its description is known. */
export function hasPixels(image: Image): image is Image & { width: number; height: number } {
  return image.width !== null;
}

/** What the card says under the labels: modality and anatomic region where they are known. */
export function cardFacts(image: Image): string {
  const { modality, anatomic_region: region } = image.metadata;
  const { format, pages = 1 } = image.decoding ?? {};
  const frame = format === 'dicom' && Number(pages) > 1 && `frame ${image.frame} of ${pages}`;
  return [modality, region, frame].filter(Boolean).join(' · ');
}

/** A similarity with three digits; never 1.000 for one that is below 1. */
export function formatSimilarity(similarity: number): string {
  const rounded = similarity.toFixed(3);
  if (rounded === '1.000' && similarity < 1 - 1e-6) return '0.999';
  return rounded === '-0.000' ? '0.000' : rounded;
}

/** Splits `XR/chest/normal` into the group `XR/chest/` and the name `normal`. */
export function splitLabel(label: string): { group: string; name: string } {
  const at = label.replace(/\/+$/, '').lastIndexOf('/') + 1;
  return { group: label.slice(0, at), name: label.slice(at) };
}

/** How often each label occurs, most frequent first. */
export function countLabels(images: readonly Image[]): { label: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const image of images) {
    for (const label of image.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts]
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => b.count - a.count || a.label.localeCompare(b.label));
}

/** A number of bytes for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** One row of the comparison: a name and the values left and right. */
export interface ComparedRow {
  name: string;
  left: string;
  right: string;
  /** Both sides have a value and they are not equal. */
  differs: boolean;
}

/** The metadata of two images beside each other. Rows that are empty on both sides are left out. */
export function compareImages(
  left: readonly (readonly [string, string])[],
  right: readonly (readonly [string, string])[],
): ComparedRow[] {
  const names = [...new Set([...left, ...right].map(([name]) => name))];
  const leftValues = new Map(left);
  const rightValues = new Map(right);
  return names
    .map((name) => {
      const one = leftValues.get(name) ?? '';
      const other = rightValues.get(name) ?? '';
      return {
        name,
        left: one,
        right: other,
        differs: one !== '' && other !== '' && one !== other,
      };
    })
    .filter((row) => row.left !== '' || row.right !== '');
}

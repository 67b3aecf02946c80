import { levelKey } from '../domain/levels.ts';
import type { ReadableCollection } from './readable-collection.ts';
import type { ImageRecord } from './records.ts';

/** An image with an embedding and at least one value of a field. */
export interface LabelledRow {
  id: number;
  labels: readonly string[];
  /** Images of one patient have one key; an image of an unknown patient has its own. */
  patient: string;
  /** The data set's part, where the collection has such a column. */
  split: string | undefined;
}

/** The values of a field: the labels, or one of the metadata. */
export function labelsOf(image: ImageRecord, field: string): readonly string[] {
  if (field === 'label') return image.labels;
  const value = image.metadata[field];
  return value === undefined || value === '' ? [] : [value];
}

/** The images that have an embedding of an encoder and a value of a field, in the order of their ids. */
export function labelledRows(
  store: ReadableCollection,
  encoderId: number,
  field: string,
): LabelledRow[] {
  const embedded = new Set(store.embeddings.imageIds(encoderId));
  const rows: LabelledRow[] = [];
  const shared = new SharedLists();
  for (const image of store.images.each()) {
    const labels = shared.of(labelsOf(image, field));
    if (labels.length === 0 || !embedded.has(image.id)) continue;
    const patient = levelKey('patient', image) ?? ownPatient(image.id);
    rows.push({ id: image.id, labels, patient, split: image.metadata.split });
  }
  return rows;
}

/** The key of an image whose patient is not known. */
function ownPatient(id: number): string {
  return `image ${id}`;
}

/** What to say of rows whose patients are not known; undefined where all are. */
export function unknownPatientsNote(rows: readonly LabelledRow[]): string | undefined {
  const unknown = rows.filter(({ id, patient }) => patient === ownPatient(id)).length;
  if (unknown === 0) return undefined;
  const whose = unknown === rows.length ? `all ${unknown}` : `${unknown} of ${rows.length}`;
  return `The patients of ${whose} images are not known: each of them counts as of a patient of its own, so further images of the same patient may make neighbours look better than they are.`;
}

/** Keeps one copy of each list of labels, which most images share with many others. */
class SharedLists {
  private readonly lists = new Map<string, readonly string[]>();

  of(labels: readonly string[]): readonly string[] {
    const key = labels.join('\0');
    const known = this.lists.get(key);
    if (known === undefined) this.lists.set(key, labels);
    return known ?? labels;
  }
}

/** Whether two lists have a value in common. */
export function share(one: readonly string[], other: readonly string[]): boolean {
  return one.some((value) => other.includes(value));
}

/** Rows of each patient. */
export function byPatient<T extends { patient: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.patient);
    if (group) group.push(row);
    else groups.set(row.patient, [row]);
  }
  return groups;
}

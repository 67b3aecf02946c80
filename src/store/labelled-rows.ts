import { lowerBound } from '../domain/ascending.ts';
import { IdBitmap } from '../domain/id-bitmap.ts';
import type { Clusters } from '../domain/statistics/classes.ts';
import { tellWaiting } from '../runtime/waiting.ts';
import type { ReadableCollection } from './readable-collection.ts';
import type { ImageRecord } from './records.ts';

/** An image with an embedding and at least one value of a field. */
export interface LabelledRow {
  id: number;
  labels: readonly string[];
  /** A number of the patient, from 0 on; one of an image's own, less than 0, where the patient is not known. */
  patient: number;
  /** The data set's part, where the collection has such a column. */
  split: string | undefined;
}

/** The values of a field: the labels, or one of the metadata. */
export function labelsOf(
  image: Pick<ImageRecord, 'labels' | 'metadata'>,
  field: string,
): readonly string[] {
  if (field === 'label') return image.labels;
  const value = image.metadata[field];
  return value === undefined || value === '' ? [] : [value];
}

/** What a row is made of; for the patient stands any number from 0 on, or null where it is not known. */
type RowSource = Omit<LabelledRow, 'patient'> & { patient: number | null };

/** Numbers things by their first appearance. */
class Numbers<K> {
  readonly known = new Map<K, number>();

  of(key: K): number {
    const known = this.known.get(key) ?? this.known.size;
    this.known.set(key, known);
    return known;
  }
}

/** A number for each row. */
interface RowColumns {
  ids: Int32Array;
  /** Place of its list in `lists`. */
  labels: Int32Array;
  /** As `LabelledRow.patient`. */
  patients: Int32Array;
  /** Place of its part in `splits`. */
  splits: Int32Array;
}

/** Labelled images in the order of their ids, as columns of numbers: there may be millions. */
export class LabelledRows {
  private constructor(
    private readonly columns: RowColumns,
    private readonly lists: readonly (readonly string[])[],
    private readonly splits: readonly (string | undefined)[],
  ) {}

  /** @param most rows that there are at the most */
  static from(rows: Iterable<RowSource>, most: number): LabelledRows {
    const column = () => new Int32Array(most);
    const columns = { ids: column(), labels: column(), patients: column(), splits: column() };
    const [lists, splits] = [new Numbers<string>(), new Numbers<string | undefined>()];
    const labelLists: (readonly string[])[] = [];
    const patients = new Float64Array(most);
    let [count, unknown] = [0, 0];
    for (const { id, labels, patient, split } of rows) {
      columns.ids[count] = id;
      const list = lists.of(labels.join('\0'));
      labelLists[list] ??= labels;
      columns.labels[count] = list;
      patients[count] = patient ?? -++unknown;
      columns.splits[count] = splits.of(split);
      count += 1;
    }
    // Whatever stands for them is large: so each gets its place among all of them.
    const known = patients.slice(0, count).sort().subarray(unknown);
    const distinct = known.filter((patient, place) => patient !== known[place - 1]);
    for (let place = 0; place < count; place++) {
      const patient = patients[place] as number;
      columns.patients[place] = patient < 0 ? patient : lowerBound(distinct, patient);
    }
    const places = Int32Array.from({ length: count }, (_, place) => place);
    return new LabelledRows(picked(columns, places), labelLists, [...splits.known.keys()]);
  }

  get length(): number {
    return this.ids.length;
  }

  /** Ascending. */
  get ids(): Int32Array {
    return this.columns.ids;
  }

  /** How many rows are of an unknown patient. */
  get unknown(): number {
    return this.columns.patients.reduce((sum, patient) => sum + (patient < 0 ? 1 : 0), 0);
  }

  at(place: number): LabelledRow {
    const split = this.splits[this.columns.splits[place] as number];
    const id = this.ids[place] as number;
    return { id, labels: this.labelsAt(place), patient: this.patientAt(place), split };
  }

  labelsAt(place: number): readonly string[] {
    return this.lists[this.columns.labels[place] as number] as readonly string[];
  }

  patientAt(place: number): number {
    return this.columns.patients[place] as number;
  }

  /** Place of an image; undefined when it is none of these. */
  placeOf(id: number): number | undefined {
    const place = lowerBound(this.ids, id);
    return this.ids[place] === id ? place : undefined;
  }

  /** The images of a row's patient. */
  ofPatient(place: number): Set<number> {
    const { patients } = this.columns;
    const own = new Set<number>();
    for (let i = 0; i < this.length; i++) {
      if (patients[i] === patients[place]) own.add(this.ids[i] as number);
    }
    return own;
  }

  /** The rows that pass a test of their place. */
  filter(test: (place: number) => boolean): LabelledRows {
    const places = new Int32Array(this.length);
    let count = 0;
    for (let place = 0; place < this.length; place++) if (test(place)) places[count++] = place;
    const columns = picked(this.columns, places.subarray(0, count));
    return new LabelledRows(columns, this.lists, this.splits);
  }

  /** The rows of the data set's part. */
  part(name: string): LabelledRows {
    const split = this.splits.indexOf(name);
    return this.filter((place) => this.columns.splits[place] === split);
  }

  /** Every label, in the order of Unicode. */
  labelNames(): string[] {
    const lists = new Set(this.columns.labels);
    return [...new Set([...lists].flatMap((list) => this.lists[list] ?? []))].sort();
  }

  /** The patients, numbered by their first appearance here. */
  patients(): Clusters {
    const { patients } = this.columns;
    const numbers = new Int32Array(patients.reduce((most, each) => Math.max(most, each), -1) + 1);
    let count = 0;
    const of = patients.map((patient) => {
      // Nobody else has the number of one who is not known.
      const known = patient < 0 ? 0 : (numbers[patient] as number);
      if (known > 0) return known - 1;
      count += 1;
      if (patient >= 0) numbers[patient] = count;
      return count - 1;
    });
    return { count, of, unknown: this.unknown };
  }

  *[Symbol.iterator](): Generator<LabelledRow> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }
}

function picked(columns: RowColumns, places: Int32Array): RowColumns {
  const pick = (column: Int32Array) => places.map((place) => column[place] as number);
  const { ids, labels, patients, splits } = columns;
  return { ids: pick(ids), labels: pick(labels), patients: pick(patients), splits: pick(splits) };
}

/** Images read between two looks at the clock. */
const TOLD_ROWS = 4096;

/** The images that have an embedding of an encoder and a value of a field. */
export function labelledRows(
  store: ReadableCollection,
  encoderId: number,
  field: string,
): LabelledRows {
  const ids = store.embeddings.imageIds(encoderId);
  const embedded = IdBitmap.upTo(ids.at(-1) ?? 0);
  for (const id of ids) embedded.add(id);
  const datasets = new Numbers<string | undefined>();
  const rows = function* (): Generator<RowSource> {
    let read = 0;
    for (const image of store.images.labelled()) {
      if (++read % TOLD_ROWS === 0) tellWaiting('images read', read, ids.length);
      const labels = labelsOf(image, field);
      if (labels.length === 0 || !embedded.has(image.id)) continue;
      const { id, metadata, patient: name } = image;
      // A name counts within its data set, see `levelKey`.
      const patient = name === null ? null : datasets.of(metadata.dataset) * 2 ** 32 + name;
      yield { id, labels, patient, split: metadata.split };
    }
  };
  const labelled = LabelledRows.from(rows(), ids.length);
  tellWaiting('images read', ids.length, ids.length);
  return labelled;
}

/** What to say of rows whose patients are not known; undefined where all are. */
export function unknownPatientsNote({ unknown, length }: LabelledRows): string | undefined {
  if (unknown === 0) return undefined;
  const whose = unknown === length ? `all ${unknown}` : `${unknown} of ${length}`;
  return `The patients of ${whose} images are not known: each of them counts as of a patient of its own, so further images of the same patient may make neighbours look better than they are.`;
}

/** Whether two lists have a value in common. */
export function share(one: readonly string[], other: readonly string[]): boolean {
  return one.some((value) => other.includes(value));
}

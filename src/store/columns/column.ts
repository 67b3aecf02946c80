import type { IdSet } from '../../domain/id-bitmap.ts';

/** The values of one field: which images have each. */
export interface Column {
  /** Distinct, in the order of their UTF-8 bytes. */
  values: readonly string[];
  /** Where the ids of each value begin in `ids`; one more at the end. */
  starts: Uint32Array;
  /** Ids of the images with a value, ascending for each value. */
  ids: Uint32Array;
  /** What each value is compared by, worked out with the first comparison; NaN where it is no number. */
  numbers?: Float64Array;
}

/** A value that an image has. */
export type Pair = readonly [value: string, id: number];

/** Collects the values of a field in their order. */
export class ColumnBuilder {
  private readonly values: string[] = [];
  private starts = new Uint32Array(1024);
  private ids = new Uint32Array(4096);
  private count = 0;

  /** Begins the next value. */
  value(value: string): void {
    if (this.values.length + 1 >= this.starts.length) this.starts = grown(this.starts);
    this.starts[this.values.length] = this.count;
    this.values.push(value);
  }

  /** Adds an image that has it. */
  id(id: number): void {
    if (this.count === this.ids.length) this.ids = grown(this.ids);
    this.ids[this.count++] = id;
  }

  finish(): Column {
    const starts = this.starts.slice(0, this.values.length + 1);
    starts[this.values.length] = this.count;
    const ids = this.ids.slice(0, this.count);
    return { values: this.values, starts, ids };
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * A column without what some images had, and with what they have now.
 * @param gone images whose values are to be left out
 * @param pairs values of these images, and of new ones
 */
export function changedColumn(column: Column, gone: IdSet, pairs: readonly Pair[]): Column {
  const added = new Map<string, number[]>();
  for (const [value, id] of pairs) {
    const ids = added.get(value);
    if (ids === undefined) added.set(value, [id]);
    else ids.push(id);
  }
  for (const ids of added.values()) ids.sort((a, b) => a - b);
  const fresh = new Set(added.keys());
  const builder = new ColumnBuilder();
  const values = column.values;
  for (const value of values) fresh.delete(value);
  const later = [...fresh].sort(byBytes);
  let next = 0;
  const addUpTo = (value: string | undefined) => {
    for (; next < later.length; next++) {
      const each = later[next] as string;
      if (value !== undefined && byBytes(each, value) > 0) return;
      builder.value(each);
      for (const id of added.get(each) ?? []) builder.id(id);
    }
  };
  for (let v = 0; v < values.length; v++) {
    const value = values[v] as string;
    if (next < later.length) addUpTo(value);
    builder.value(value);
    const more = added.get(value) ?? [];
    let at = 0;
    for (let i = column.starts[v] as number; i < (column.starts[v + 1] as number); i++) {
      const id = column.ids[i] as number;
      while (at < more.length && (more[at] as number) < id) builder.id(more[at++] as number);
      if (!gone.has(id)) builder.id(id);
    }
    while (at < more.length) builder.id(more[at++] as number);
  }
  addUpTo(undefined);
  return builder.finish();
}

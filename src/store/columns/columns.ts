import { IdBitmap } from '../../domain/id-bitmap.ts';
import { isDate } from '../../domain/search-language/compared-value.ts';
import {
  checkFilterSize,
  type Filter,
  isChoice,
  mergedClauses,
} from '../../domain/search-language/filter.ts';
import type { CollectionState } from '../collection-state.ts';
import type { Connection } from '../connection.ts';
import type { FieldCounts } from '../facets.ts';
import { uncomparedNote } from '../uncompared.ts';
import { type Column, changedColumn } from './column.ts';
import { matchingValues, uncomparable } from './match.ts';
import {
  changedImages,
  type DescribedState,
  pairsOf,
  readColumn,
  readImageIds,
} from './read-column.ts';

/** One state of the descriptions. */
interface Known {
  name: string;
  generation: number;
  /** The largest id that there was. */
  last: number;
  images: IdBitmap;
}

/**
 * The descriptions of a large collection by field and value: what filters and facets ask is answered from
 * memory. Fields are read when they are first asked for and follow the collection's states from then on.
 * Every method is to be called in a transaction that only reads. The answers are those of `filterCondition`
 * and `countFacets`.
 */
export class Columns {
  private known: Known | undefined;
  private readonly columns = new Map<string, Column>();

  constructor(
    private readonly connection: Connection,
    private readonly state: CollectionState,
  ) {}

  /** The images that a filter lets through. @throws SemblanceError FILTER_TOO_LARGE */
  select(filter: Filter): IdBitmap {
    checkFilterSize(filter);
    const { images, last } = this.follow();
    return selectIn(images, last, filter, (field) => this.column(field));
  }

  /** What is to be known of the state that was asked about last, to follow it; see `ImageTable.selectedSince`. */
  get described(): DescribedState {
    const { generation, last } = this.follow();
    return { generation, last };
  }

  /** See `countFacets`. */
  facets(fields: readonly string[], filter: Filter, limit: number): FieldCounts[] {
    this.follow();
    const chosen = new Map<string, IdBitmap>();
    return fields.map((field) => {
      const conditions = filter.filter((clause) => clause.field !== field || !isChoice(clause));
      const column = this.column(field);
      if (conditions.length === 0) {
        return mostFrequent(field, column, (v) => countOf(column, v), limit);
      }
      const key = JSON.stringify(conditions);
      const among = chosen.get(key) ?? this.select(conditions);
      chosen.set(key, among);
      return mostFrequent(field, column, (v) => countAmong(column, v, among), limit);
    });
  }

  /** See `FieldTable.uncompared`. */
  uncompared(filter: Filter): string[] {
    this.follow();
    const notes = filter.flatMap((clause) => {
      if (!('compare' in clause)) return [];
      const { field, than } = clause;
      const column = this.column(field);
      const places = uncomparable(column, field, than);
      const left = places.reduce((sum, place) => sum + countOf(column, place), 0);
      if (left === 0) return [];
      const first = places
        .filter((place) => countOf(column, place) > 0)
        .slice(0, 3)
        .map((place) => column.values[place] as string);
      return [uncomparedNote(field, isDate(than), left, column.ids.length, first)];
    });
    return [...new Set(notes)];
  }

  /** Reads a field, so that the first question about it waits for nothing. */
  prepare(field: string): void {
    this.follow();
    this.column(field);
  }

  /** Takes up what has changed since the last question. */
  private follow(): Known {
    const name = this.state.name();
    if (this.known?.name === name) return this.known;
    const generation = this.state.generation();
    const count = this.state.images();
    const last = this.lastId();
    const before = this.known;
    const changed =
      before && this.state.describedSince(before.generation)
        ? changedImages(this.connection, before.generation, before.last)
        : undefined;
    if (before === undefined || changed === undefined) {
      this.columns.clear();
      this.known = { name, generation, last, images: readImageIds(this.connection, count) };
      return this.known;
    }
    const images = before.images.copy(Math.max(last, before.last));
    for (const id of changed.ids) images.delete(id);
    for (const id of changed.present) images.add(id);
    for (const [field, column] of this.columns) {
      if (changed.ids instanceof Set && changed.ids.size === 0) break;
      const pairs = pairsOf(this.connection, field, changed.present);
      this.columns.set(field, changedColumn(column, changed.ids, pairs));
    }
    this.known = { name, generation, last: Math.max(last, before.last), images };
    return this.known;
  }

  private lastId(): number {
    const row = this.connection.get<{ last: number | null }>('SELECT max(id) AS last FROM images');
    return row?.last ?? 0;
  }

  private column(field: string): Column {
    let column = this.columns.get(field);
    if (column === undefined) {
      column = readColumn(this.connection, field);
      this.columns.set(field, column);
    }
    return column;
  }
}

/**
 * The images that a filter lets through.
 * @param last the largest id of `images`, which are not changed
 */
export function selectIn(
  images: IdBitmap,
  last: number,
  filter: Filter,
  columnOf: (field: string) => Column,
): IdBitmap {
  const clauses = mergedClauses(filter);
  if (clauses.length === 0) return images;
  const found = images.copy(last);
  for (const clause of clauses) {
    const column = columnOf(clause.field);
    const matching = IdBitmap.upTo(last);
    for (const place of matchingValues(column, clause)) {
      const end = column.starts[place + 1] as number;
      for (let i = column.starts[place] as number; i < end; i++) {
        matching.add(column.ids[i] as number);
      }
    }
    found.keep(matching, clause.not);
  }
  return found;
}

function countOf(column: Column, place: number): number {
  return (column.starts[place + 1] as number) - (column.starts[place] as number);
}

function countAmong(column: Column, place: number, among: IdBitmap): number {
  const { words } = among;
  const end = column.starts[place + 1] as number;
  let count = 0;
  for (let i = column.starts[place] as number; i < end; i++) {
    const id = column.ids[i] as number;
    count += ((words[id >>> 5] as number) >>> (id & 31)) & 1;
  }
  return count;
}

/** The values with the highest counts; equal ones in the order of their bytes. */
function mostFrequent(
  field: string,
  column: Column,
  count: (place: number) => number,
  limit: number,
): FieldCounts {
  const counts = Uint32Array.from(column.values, (_, place) => count(place));
  const found = counts.reduce((sum, each) => sum + (each > 0 ? 1 : 0), 0);
  // Few are sorted: a field may have a value for each image, with equal counts.
  const least = Math.max(1, counts.slice().sort().at(-limit) ?? 1);
  const above: number[] = [];
  const equal: number[] = [];
  counts.forEach((each, place) => {
    if (each > least) above.push(place);
    else if (each === least && equal.length < limit) equal.push(place);
  });
  above.sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const first = [...above, ...equal].slice(0, limit);
  const values = first.map((place) => ({
    value: column.values[place] as string,
    count: counts[place] as number,
  }));
  return { field, values, more: found - values.length };
}

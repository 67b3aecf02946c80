import { IdBitmap } from '../../domain/id-bitmap.ts';
import type { Filter } from '../../domain/search-language/filter.ts';
import type { Connection } from '../connection.ts';
import { ColumnBuilder, changedColumn } from './column.ts';
import { selectIn } from './columns.ts';
import { changedImages, type DescribedState, pairsOf } from './read-column.ts';

/** So many that differ are looked up in the thread that answers others. */
const MOST_LOOKED_UP = 500;

/**
 * What a filter selects now, by what it selected in an earlier state.
 * @param then the earlier state
 * @param selected what it selected then
 * @returns undefined where too many images differ, or nobody knows which
 */
export function selectSince(
  connection: Connection,
  filter: Filter,
  then: DescribedState,
  selected: IdBitmap,
): IdBitmap | undefined {
  const changed = changedImages(connection, then.generation, then.last);
  if (changed === undefined || changed.ids.size > MOST_LOOKED_UP) return undefined;
  const last = [...changed.ids].reduce((most, id) => Math.max(most, id), then.last);
  const present = IdBitmap.upTo(last);
  for (const id of changed.present) present.add(id);
  const nobody = new Set<number>();
  const matching = selectIn(present, last, filter, (field) =>
    changedColumn(
      new ColumnBuilder().finish(),
      nobody,
      pairsOf(connection, field, changed.present),
    ),
  );
  const found = selected.copy(last);
  for (const id of changed.ids) found.delete(id);
  for (const id of matching) found.add(id);
  return found;
}

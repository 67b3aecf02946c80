import type { DataSet, ItemPlace } from './data-set.ts';
import type { Keyword } from './tags.ts';

const PLACES = new WeakMap<DataSet, ItemPlace[]>();

/** Places of the per-frame groups, found once. */
function placesOf(attributes: DataSet): ItemPlace[] {
  let places = PLACES.get(attributes);
  if (places === undefined) {
    places = [...attributes.itemPlaces('PerFrameFunctionalGroupsSequence')];
    PLACES.set(attributes, places);
  }
  return places;
}

/**
 * The macro of a frame in an enhanced object (PS3.3, C.7.6.16): of its own group, else of the shared one, else the
 * attributes themselves, as in objects of one frame.
 */
export function groupOf(attributes: DataSet, frame: number, macro: Keyword): DataSet {
  const place = placesOf(attributes)[frame];
  const own = place === undefined ? undefined : attributes.itemAt(place).item(macro);
  return own ?? attributes.item('SharedFunctionalGroupsSequence')?.item(macro) ?? attributes;
}

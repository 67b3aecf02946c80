import type { PlaceMap } from '../../domain/explanation.ts';
import { coveredArea } from '../../encoding/preprocess/preprocess.ts';
import type { PreprocessSpec } from '../../encoding/preprocess/spec.ts';

/**
 * An empty map over the input of an encoder: 0 for every place of the picture, null for padding (a place
 * whose centre lies outside of the picture).
 */
export function emptyMap(
  picture: { width: number; height: number },
  spec: PreprocessSpec,
  rows: number,
  columns: number,
): PlaceMap {
  const area = coveredArea(picture, spec);
  const values = Array.from({ length: rows * columns }, (_, i) => {
    const x = area.x + (((i % columns) + 0.5) / columns) * area.width;
    const y = area.y + ((Math.floor(i / columns) + 0.5) / rows) * area.height;
    return x >= 0 && y >= 0 && x < picture.width && y < picture.height ? 0 : null;
  });
  return { rows, columns, area, values };
}

/** A map with these values in place of those that are not null, in their order. */
export function filled(map: PlaceMap, values: ArrayLike<number>): PlaceMap {
  let at = 0;
  return {
    ...map,
    values: map.values.map((old) => (old === null ? null : (values[at++] as number))),
  };
}

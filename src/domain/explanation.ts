/** A rectangle in the pixels of a picture. */
interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A value for each place of a picture, row by row. */
export interface PlaceMap {
  rows: number;
  columns: number;
  /** The part of the picture that the map covers; it may reach beyond the picture. */
  area: Area;
  /** Null where the encoder saw padding in place of the picture. */
  values: (number | null)[];
}

/** How maps are made. */
export const METHODS = ['tokens', 'occlusion'] as const;
export type Method = (typeof METHODS)[number];

/** Covered places of a side of a picture, when nothing else is asked for. */
export const DEFAULT_GRID = 8;
/** At most so many, which bounds the cost: 2 x 16 x 16 encodings. */
export const MAX_GRID = 16;

/**
 * Where two pictures are alike to an encoder. By `tokens`, a value is the cosine similarity of the place's
 * feature vector with the most similar one of the other picture; by `occlusion`, it is what the pictures'
 * similarity loses when the place is covered with the picture's mean colour.
 */
export interface Explanation {
  method: Method;
  encoder: string;
  /** Cosine similarity of the pictures. */
  similarity: number;
  query: PlaceMap;
  result: PlaceMap;
}

/**
 * The values that the ends of the colours stand for: the smallest and the largest of both maps by tokens,
 * 0 and the largest by occlusion.
 */
export function rangeOf({ method, query, result }: Explanation): { low: number; high: number } {
  const values = [...query.values, ...result.values].filter((value) => value !== null);
  const high = Math.max(...values);
  return { low: method === 'tokens' ? Math.min(...values) : 0, high };
}

/** A value between the ends as a share of 0 to 1; 0 for all when the ends are the same. */
export function shareOf(value: number, { low, high }: { low: number; high: number }): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
}

/**
 * Colours of cividis at even distances, which people with any colour vision see as rising in brightness.
 * Source: Nuñez, Anderton, Renslow, PLoS ONE 13 (2018) e0199239.
 */
const CIVIDIS = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
] as const;

/** The colour of a share of 0 to 1: red, green, blue of 0 to 255. */
export function colourOf(share: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (CIVIDIS.length - 1);
  const from = CIVIDIS[Math.floor(at)] as (typeof CIVIDIS)[number];
  const to = CIVIDIS[Math.ceil(at)] as (typeof CIVIDIS)[number];
  const part = at - Math.floor(at);
  const mix = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * part);
  return [mix(0), mix(1), mix(2)];
}

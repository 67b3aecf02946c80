/** A rectangle of a picture, in its pixels after rotation, from its upper left corner. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

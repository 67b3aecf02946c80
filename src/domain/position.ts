/**
 * Where a picture stands along the normal of its plane, in millimetres (PS3.3, C.7.6.2.1.1).
 * @param place Image Position (Patient)
 * @param plane Image Orientation (Patient): direction of the rows, then of the columns
 * @returns undefined where they are not what they have to be
 */
export function alongNormal(
  place: readonly number[],
  plane: readonly number[],
): number | undefined {
  if (place.length !== 3 || plane.length !== 6) return undefined;
  const [a, b, c, d, e, f] = plane as [number, number, number, number, number, number];
  const [x, y, z] = place as [number, number, number];
  const along = (b * f - c * e) * x + (c * d - a * f) * y + (a * e - b * d) * z;
  return Number.isFinite(along) ? along : undefined;
}

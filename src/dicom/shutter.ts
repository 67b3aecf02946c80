import type { DataSet } from './data-set.ts';

/** Whether a pixel is shown, by its column and row from 0 on. */
export type Shutter = (column: number, row: number) => boolean;

/** Whether a point is in a polygon of (row, column) pairs. */
function inPolygon(points: readonly number[], column: number, row: number): boolean {
  let inside = false;
  for (let i = 0, j = points.length - 2; i + 1 < points.length; j = i, i += 2) {
    const [y, x] = [points[i] as number, points[i + 1] as number];
    const [beforeY, beforeX] = [points[j] as number, points[j + 1] as number];
    if (y > row !== beforeY > row && column < ((beforeX - x) * (row - y)) / (beforeY - y) + x) {
      inside = !inside;
    }
  }
  return inside;
}

/** The shutters of a picture (PS3.3, C.7.6.11): rectangle, circle, polygon, or several; pixels count from 1. */
export function shutterOf(attributes: DataSet): Shutter | undefined {
  const shapes = attributes.texts('ShutterShape');
  const shutters: Shutter[] = [];
  for (const shape of shapes) {
    if (shape === 'RECTANGULAR') {
      const left = attributes.number('ShutterLeftVerticalEdge') ?? Number.NEGATIVE_INFINITY;
      const right = attributes.number('ShutterRightVerticalEdge') ?? Number.POSITIVE_INFINITY;
      const top = attributes.number('ShutterUpperHorizontalEdge') ?? Number.NEGATIVE_INFINITY;
      const bottom = attributes.number('ShutterLowerHorizontalEdge') ?? Number.POSITIVE_INFINITY;
      shutters.push((x, y) => x + 1 >= left && x + 1 <= right && y + 1 >= top && y + 1 <= bottom);
    } else if (shape === 'CIRCULAR') {
      const [row, column] = attributes.numbers('CenterOfCircularShutter');
      const radius = attributes.number('RadiusOfCircularShutter');
      if (row === undefined || column === undefined || radius === undefined) continue;
      shutters.push((x, y) => (x + 1 - column) ** 2 + (y + 1 - row) ** 2 <= radius ** 2);
    } else if (shape === 'POLYGONAL') {
      const points = attributes.numbers('VerticesOfThePolygonalShutter');
      if (points.length >= 6) shutters.push((x, y) => inPolygon(points, x + 1, y + 1));
    }
  }
  if (shutters.length === 0) return undefined;
  return (column, row) => shutters.every((isShown) => isShown(column, row));
}

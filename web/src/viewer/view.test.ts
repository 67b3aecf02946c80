import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIT, pan, placeImage, type Size, type View, zoomAt } from './view.ts';

const pane = { width: 600, height: 400 };
const image = { width: 1024, height: 512 };

/** The point of the image, in parts of it, that lies at a point from the pane's centre. */
function pointUnder(view: View, x: number, y: number, size: Size): [number, number] {
  const place = placeImage(view, image, size);
  return [
    (x + size.width / 2 - place.left) / place.width,
    (y + size.height / 2 - place.top) / place.height,
  ];
}

describe('view', () => {
  it('fits the image into the pane, in its proportions', () => {
    expect(placeImage(FIT, image, pane)).toEqual({ left: 0, top: 50, width: 600, height: 300 });
  });

  it('keeps the point under the pointer when it zooms in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -300, max: 300 }),
        fc.integer({ min: -200, max: 200 }),
        fc.double({ min: 1, max: 8, noNaN: true }),
        (x, y, factor) => {
          const [column, row] = pointUnder(FIT, x, y, pane);
          const zoomed = pointUnder(zoomAt(FIT, factor, x, y, pane), x, y, pane);
          expect(zoomed[0]).toBeCloseTo(column, 9);
          expect(zoomed[1]).toBeCloseTo(row, 9);
        },
      ),
    );
  });

  it('comes back to the whole image when it zooms out', () => {
    const zoomed = pan(zoomAt(FIT, 6, 200, -80, pane), 500, 500, pane);
    const out = zoomAt(zoomed, 0.01, 0, 0, pane);
    expect(out.scale).toBe(1);
    expect(out.x).toBeCloseTo(0);
    expect(out.y).toBeCloseTo(0);
  });

  it('does not lose the image when it is dragged far away', () => {
    const far = pan(zoomAt(FIT, 2, 0, 0, pane), 1e6, -1e6, pane);
    expect(far).toEqual({ scale: 2, x: 300, y: -200 });
  });
});

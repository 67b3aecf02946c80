import { type RefObject, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { drawOverlay, type Overlay } from '../../viewer/overlay.ts';
import { paint, type Raster } from '../../viewer/raster.ts';
import { placeImage, type Size, type View } from '../../viewer/view.ts';
import { type WindowLevel, windowTable } from '../../viewer/window-level.ts';

/** Screen pixels of one image pixel from which its square is shown instead of a smooth shade. */
const SQUARES_FROM = 10;

/**
 * Draws the raster through its window onto the canvas.
 * @returns the size of the canvas in CSS pixels
 */
export function usePaneDrawing(
  canvas: RefObject<HTMLCanvasElement | null>,
  raster: Raster | null,
  view: View,
  window: WindowLevel | null,
  invert: boolean,
  onSize: (size: Size) => void,
  overlay: Overlay | null,
): Size {
  const [size, setSize] = useState<Size>({ width: 1, height: 1 });
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const next = { width: element.clientWidth || 1, height: element.clientHeight || 1 };
      setSize(next);
      onSize(next);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [canvas, onSize]);

  // The picture after the window, in its own size; drawn again only when the window changes.
  const buffer = useMemo(() => {
    if (!raster) return null;
    const element = document.createElement('canvas');
    element.width = raster.width;
    element.height = raster.height;
    const context = element.getContext('2d');
    return context
      ? { element, context, pixels: context.createImageData(raster.width, raster.height) }
      : null;
  }, [raster]);
  const { centre = 0, width = 1, function: kind, curve } = window ?? {};
  const shown = useMemo(
    () => ({ centre, width, ...(kind && { function: kind }), ...(curve && { curve }) }),
    [centre, width, kind, curve],
  );
  useLayoutEffect(() => {
    if (!raster || !buffer) return;
    paint(raster, windowTable(raster, shown, invert), buffer.pixels.data);
    buffer.context.putImageData(buffer.pixels, 0, 0);
  }, [raster, buffer, shown, invert]);

  // Without dependencies: it has to follow every change of view, size and window.
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.round(size.width * ratio);
    element.height = Math.round(size.height * ratio);
    if (!raster || !buffer) return;
    const place = placeImage(view, raster.whole ?? raster, size);
    context.imageSmoothingEnabled = (place.width * ratio) / raster.width < SQUARES_FROM;
    context.imageSmoothingQuality = 'high';
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.drawImage(buffer.element, place.left, place.top, place.width, place.height);
    if (overlay) drawOverlay(context, overlay, raster.whole ?? raster, place);
  });
  return size;
}

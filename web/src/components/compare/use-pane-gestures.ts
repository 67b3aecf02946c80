import { type RefObject, useEffect, useEffectEvent } from 'react';
import { FIT, pan, type Size, type View, zoomAt } from '../../viewer/view.ts';
import { type Adjustment, dragAdjustment } from '../../viewer/window-level.ts';

/** What the gestures on a pane change. */
export interface PaneGestures {
  adjustment: Adjustment;
  adjust: (adjustment: Adjustment) => void;
  setView: (change: (before: View) => View) => void;
  size: Size;
  /** The pointer is over a point of the canvas, in CSS pixels. */
  hover: (x: number, y: number) => void;
}

/**
 * Mouse, pen and touch on a pane: drag moves, wheel zooms, right or Shift drag changes the window,
 * a double click shows the whole image.
 */
export function usePaneGestures(
  canvas: RefObject<HTMLCanvasElement | null>,
  gestures: PaneGestures,
): void {
  const onWheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    const { size } = gestures;
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 33;
    const factor = Math.exp((-event.deltaY * unit) / 500);
    const x = event.offsetX - size.width / 2;
    const y = event.offsetY - size.height / 2;
    gestures.setView((before) => zoomAt(before, factor, x, y, size));
  });
  const onMove = useEffectEvent((event: PointerEvent, drag: Drag | null) => {
    gestures.hover(event.offsetX, event.offsetY);
    if (!drag) return;
    if (drag.from) {
      const right = event.clientX - drag.startX;
      gestures.adjust(dragAdjustment(drag.from, right, event.clientY - drag.startY));
    } else {
      const x = event.clientX - drag.lastX;
      const y = event.clientY - drag.lastY;
      gestures.setView((before) => pan(before, x, y, gestures.size));
    }
    drag.lastX = event.clientX;
    drag.lastY = event.clientY;
  });
  const begin = useEffectEvent((event: PointerEvent): Drag => {
    const windows = event.button === 2 || event.shiftKey;
    return {
      startX: event.clientX,
      startY: event.clientY,
      lastX: event.clientX,
      lastY: event.clientY,
      from: windows ? gestures.adjustment : null,
    };
  });
  const showWhole = useEffectEvent(() => gestures.setView(() => FIT));
  const leave = useEffectEvent(() => gestures.hover(-1, -1));

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    let drag: Drag | null = null;
    const controller = new AbortController();
    const { signal } = controller;
    element.addEventListener('wheel', (event) => onWheel(event), { passive: false, signal });
    element.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0 && event.button !== 2) return;
        element.setPointerCapture(event.pointerId);
        element.dataset.dragging = event.button === 2 || event.shiftKey ? 'window' : 'move';
        drag = begin(event);
      },
      { signal },
    );
    element.addEventListener('pointermove', (event) => onMove(event, drag), { signal });
    const end = () => {
      drag = null;
      delete element.dataset.dragging;
    };
    element.addEventListener('pointerup', end, { signal });
    element.addEventListener('pointercancel', end, { signal });
    element.addEventListener('pointerleave', () => leave(), { signal });
    element.addEventListener('dblclick', () => showWhole(), { signal });
    element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    return () => controller.abort();
  }, [canvas]);
}

interface Drag {
  startX: number;
  startY: number;
  lastX: number;
  lastY: number;
  /** The window's adjustment at the start; null when the image is moved. */
  from: Adjustment | null;
}

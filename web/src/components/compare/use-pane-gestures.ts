import { type RefObject, useEffect, useEffectEvent, useRef } from 'react';
import { wheelSteps } from '../../viewer/stack.ts';
import { FIT, pan, type Size, type View, zoomAt } from '../../viewer/view.ts';
import type { WindowLevel } from '../../viewer/window-level.ts';

/** What a drag changes. */
export type Tool = 'move' | 'window';

/** What the gestures on a pane change. */
export interface PaneGestures {
  /** What a drag changes; with Shift or the right button it is the window. */
  tool: Tool;
  window: WindowLevel | null;
  /** The window was dragged, from the one at the drag's start. */
  dragWindow: (from: WindowLevel, right: number, down: number) => void;
  /** Goes so many images on in the series; null where there is one image. */
  step: ((by: number) => void) | null;
  setView: (change: (before: View) => View) => void;
  size: Size;
  /** The pointer is over a point of the canvas, in CSS pixels. */
  hover: (x: number, y: number) => void;
}

/**
 * Mouse, pen and touch on a pane: drag moves or changes the window, right or Shift drag changes the window, the wheel
 * goes through a series and zooms with Ctrl or where there is none, two fingers zoom, a double click shows the whole
 * image.
 */
export function usePaneGestures(
  canvas: RefObject<HTMLCanvasElement | null>,
  gestures: PaneGestures,
): void {
  /** What the wheel turned without a whole step. */
  const turned = useRef(0);
  const onWheel = useEffectEvent((event: WheelEvent) => {
    event.preventDefault();
    const { size, step } = gestures;
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 33;
    if (step && !event.ctrlKey) {
      const { steps, rest } = wheelSteps(turned.current + event.deltaY * unit);
      turned.current = rest;
      if (steps !== 0) step(steps);
      return;
    }
    const factor = Math.exp((-event.deltaY * unit) / 500);
    const x = event.offsetX - size.width / 2;
    const y = event.offsetY - size.height / 2;
    gestures.setView((before) => zoomAt(before, factor, x, y, size));
  });
  const onDrag = useEffectEvent((drag: Drag, event: PointerEvent) => {
    if (drag.from) {
      const right = event.clientX - drag.startX;
      gestures.dragWindow(drag.from, right, event.clientY - drag.startY);
    } else {
      const [x, y] = [event.clientX - drag.lastX, event.clientY - drag.lastY];
      gestures.setView((before) => pan(before, x, y, gestures.size));
    }
    drag.lastX = event.clientX;
    drag.lastY = event.clientY;
  });
  /** What lies between two fingers stays between them. */
  const onPinch = useEffectEvent((before: Span, after: Span, corner: DOMRect) => {
    const { size } = gestures;
    const x = before.x - corner.x - size.width / 2;
    const y = before.y - corner.y - size.height / 2;
    gestures.setView((view) =>
      pan(
        zoomAt(view, after.distance / before.distance, x, y, size),
        after.x - before.x,
        after.y - before.y,
        size,
      ),
    );
  });
  const begin = useEffectEvent(
    ({ clientX: x, clientY: y }: PointerEvent, window: boolean): Drag => {
      const from = window ? gestures.window : null;
      return { startX: x, startY: y, lastX: x, lastY: y, from };
    },
  );
  const dragsWindow = useEffectEvent(
    ({ button, shiftKey }: PointerEvent) => button === 2 || shiftKey || gestures.tool === 'window',
  );
  const hover = useEffectEvent((event: PointerEvent) => {
    gestures.hover(event.offsetX, event.offsetY);
  });
  const showWhole = useEffectEvent(() => gestures.setView(() => FIT));
  const leave = useEffectEvent(() => gestures.hover(-1, -1));

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    let drag: Drag | null = null;
    /** Where the pointers are that went down here. */
    const pointers = new Map<number, PointerEvent>();
    const span = () => spanOf([...pointers.values()]);
    const controller = new AbortController();
    const { signal } = controller;
    element.addEventListener('wheel', (event) => onWheel(event), { passive: false, signal });
    element.addEventListener(
      'pointerdown',
      (event) => {
        if (event.button !== 0 && event.button !== 2) return;
        element.setPointerCapture(event.pointerId);
        pointers.set(event.pointerId, event);
        const window = pointers.size === 1 && dragsWindow(event);
        element.dataset.dragging = window ? 'window' : 'move';
        drag = pointers.size === 1 ? begin(event, window) : null;
      },
      { signal },
    );
    element.addEventListener(
      'pointermove',
      (event) => {
        hover(event);
        if (!pointers.has(event.pointerId)) return;
        const before = span();
        pointers.set(event.pointerId, event);
        const after = span();
        if (before && after) onPinch(before, after, element.getBoundingClientRect());
        else if (drag) onDrag(drag, event);
      },
      { signal },
    );
    const end = (event: PointerEvent) => {
      pointers.delete(event.pointerId);
      const [left] = pointers.values();
      // The finger that stays goes on moving the image.
      drag = left && pointers.size === 1 ? begin(left, false) : null;
      if (!left) delete element.dataset.dragging;
    };
    element.addEventListener('pointerup', end, { signal });
    element.addEventListener('pointercancel', end, { signal });
    element.addEventListener('pointerleave', () => leave(), { signal });
    element.addEventListener('dblclick', () => showWhole(), { signal });
    element.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    return () => controller.abort();
  }, [canvas]);
}

/** Two fingers on the screen: their middle and how far they are apart, in CSS pixels. */
interface Span {
  x: number;
  y: number;
  distance: number;
}

/** The first two pointers; null for one alone. */
function spanOf([one, other]: readonly PointerEvent[]): Span | null {
  if (!one || !other) return null;
  return {
    x: (one.clientX + other.clientX) / 2,
    y: (one.clientY + other.clientY) / 2,
    // Never none: it divides.
    distance: Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)),
  };
}

interface Drag {
  startX: number;
  startY: number;
  lastX: number;
  lastY: number;
  /** The window at the start; null when the image is moved. */
  from: WindowLevel | null;
}

import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { ProblemError } from 'semblance-client';
import type { Problem } from '../../../../src/contract/shapes.ts';
import { toProblem } from '../../problems.ts';
import { keepBefore } from '../../state/queries.ts';
import type { Overlay } from '../../viewer/overlay.ts';
import type { Raster } from '../../viewer/raster.ts';
import { valueAt } from '../../viewer/raster.ts';
import { within } from '../../viewer/stack.ts';
import { placeImage, type Size, type View } from '../../viewer/view.ts';
import {
  type Adjustment,
  adjustmentTo,
  adjustWindow,
  dragWindow,
} from '../../viewer/window-level.ts';
import { StackSlider } from '../stack-slider.tsx';
import { ErrorBox } from '../states.tsx';
import type { Stack } from './stack.ts';
import { usePaneDrawing } from './use-pane-drawing.ts';
import { type Tool, usePaneGestures } from './use-pane-gestures.ts';
import { WindowControls } from './window-controls.tsx';

/** One image of the comparison on a canvas, with the controls of its window. */
export function Pane(props: {
  testId: string;
  title: string;
  /** Names the series that the image is of. */
  series: string;
  /** Names the image completely, so that it is loaded once; null while it is not known. */
  name: readonly unknown[] | null;
  load: (signal: AbortSignal) => Promise<Raster>;
  note: string | null;
  view: View;
  setView: (change: (before: View) => View) => void;
  onSize: (size: Size) => void;
  adjustment: Adjustment;
  adjust: (adjustment: Adjustment) => void;
  tool: Tool;
  /** The series it is of; null for an image alone. */
  stack: Stack | null;
  /** The place in it that is asked for. */
  place: number;
  go: (place: number) => void;
  /** A map to draw over the image. */
  overlay: Overlay | null;
}) {
  const { view, adjustment, stack, place, go } = props;
  const queryKey = ['raster', props.series, ...(props.name ?? [])];
  const {
    data: raster = null,
    error,
    isPlaceholderData: isBefore,
  } = useQuery({
    queryKey,
    enabled: props.name !== null,
    queryFn: ({ signal }) => props.load(signal),
    // Too large to be kept when it is not shown.
    gcTime: 0,
    // On the way through a series the image before stays.
    placeholderData: keepBefore(queryKey, 2),
  });
  const problem = error && describe(error);
  const canvas = useRef<HTMLCanvasElement>(null);
  const readout = useRef<HTMLSpanElement>(null);
  const window = raster ? adjustWindow(raster, adjustment) : null;
  const size = usePaneDrawing(
    canvas,
    raster,
    view,
    window,
    adjustment.invert,
    props.onSize,
    props.overlay,
  );

  const whole = raster && (raster.whole ?? raster);
  usePaneGestures(canvas, {
    tool: props.tool,
    window,
    dragWindow: (from, right, down) =>
      raster &&
      props.adjust(adjustmentTo(raster, dragWindow(raster, from, right, down), adjustment.invert)),
    step: stack && ((by) => go(within(place + by, stack.total))),
    setView: props.setView,
    size,
    hover: (x, y) => {
      if (readout.current) readout.current.textContent = readValue(raster, view, size, x, y);
    },
  });

  return (
    <figure className="pane" data-testid={props.testId}>
      <figcaption>
        <b>{props.title}</b>
        {raster && whole && (
          <span className="muted">
            {whole.width} × {whole.height}, {raster.note}
          </span>
        )}
        {props.note && <span className="muted">{props.note}</span>}
        <span className="spacer" />
        <span ref={readout} className="readout" />
      </figcaption>
      <div className="stage">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={[
            `${props.title}: drag ${props.tool === 'window' ? 'changes the window' : 'moves'}`,
            stack
              ? 'wheel and arrow keys go through the series, Ctrl and wheel zoom'
              : 'wheel zooms',
          ].join(', ')}
          data-ready={raster && !isBefore ? 'true' : 'false'}
          onKeyDown={(event) => {
            const to = stack && !event.shiftKey && placeBy(event.key, place, stack.total);
            if (typeof to !== 'number') return;
            event.preventDefault();
            event.stopPropagation();
            go(to);
          }}
        />
        {!raster && !problem && (
          <div className="skeleton stage-cover" data-testid="loading" role="status">
            <span className="hidden">Loading the image</span>
          </div>
        )}
        {problem && (
          <div className="stage-cover">
            <ErrorBox problem={problem} />
          </div>
        )}
      </div>
      {stack && (
        <div className="stack">
          <StackSlider
            testId="stack-slider"
            name={stack.name}
            of={props.title}
            place={place}
            total={stack.total}
            go={go}
          />
          <button
            type="button"
            className="button"
            data-testid="stack-own"
            title={`Back to ${stack.name.toLowerCase()} ${stack.own + 1}, which was compared`}
            disabled={place === stack.own}
            onClick={() => go(stack.own)}
          >
            Back
          </button>
        </div>
      )}
      <WindowControls
        label={props.title}
        raster={raster}
        window={window}
        adjustment={adjustment}
        adjust={props.adjust}
      />
    </figure>
  );
}

/** A failure in the browser says itself what it means; no advice of the server fits it. */
function describe(error: Error): Problem {
  const problem = toProblem(error);
  return error instanceof ProblemError
    ? problem
    : { ...problem, title: 'The image cannot be shown', advice: '' };
}

/** Where a key leads in a series; undefined for other keys. */
function placeBy(key: string, place: number, total: number): number | undefined {
  const far = Math.max(1, Math.round(total / 10));
  const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -far, PageDown: far }[key];
  if (by !== undefined) return within(place + by, total);
  return { Home: 0, End: total - 1 }[key];
}

function readValue(raster: Raster | null, view: View, size: Size, x: number, y: number): string {
  if (!raster) return '';
  const place = placeImage(view, raster.whole ?? raster, size);
  const column = Math.floor(((x - place.left) / place.width) * raster.width);
  const row = Math.floor(((y - place.top) / place.height) * raster.height);
  if (column < 0 || row < 0 || column >= raster.width || row >= raster.height) return '';
  // In pixels of the picture itself, also when a smaller one is shown, or one whose pixels are not square.
  const whole = raster.whole ?? raster;
  const at = [(column * whole.width) / raster.width, (row * whole.height) / raster.height].map(
    Math.floor,
  );
  return `${at.join(', ')}: ${valueAt(raster, column, row)}`;
}

import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { ProblemError } from 'semblance-client';
import type { Problem } from '../../../../src/contract/shapes.ts';
import { toProblem } from '../../problems.ts';
import type { Overlay } from '../../viewer/overlay.ts';
import type { Raster } from '../../viewer/raster.ts';
import { valueAt } from '../../viewer/raster.ts';
import { placeImage, type Size, type View } from '../../viewer/view.ts';
import { type Adjustment, adjustWindow } from '../../viewer/window-level.ts';
import { ErrorBox } from '../states.tsx';
import { usePaneDrawing } from './use-pane-drawing.ts';
import { usePaneGestures } from './use-pane-gestures.ts';
import { WindowControls } from './window-controls.tsx';

/** One image of the comparison on a canvas, with the controls of its window. */
export function Pane(props: {
  testId: string;
  title: string;
  /** Names the image completely, so that it is loaded once. */
  name: readonly unknown[];
  load: (signal: AbortSignal) => Promise<Raster>;
  note: string | null;
  view: View;
  setView: (change: (before: View) => View) => void;
  onSize: (size: Size) => void;
  adjustment: Adjustment;
  adjust: (adjustment: Adjustment) => void;
  /** A map to draw over the image. */
  overlay: Overlay | null;
}) {
  const { view, adjustment } = props;
  const { data: raster = null, error } = useQuery({
    queryKey: ['raster', ...props.name],
    queryFn: ({ signal }) => props.load(signal),
    // Too large to be kept when it is not shown.
    gcTime: 0,
  });
  const problem = error && describe(error);
  const canvas = useRef<HTMLCanvasElement>(null);
  const readout = useRef<HTMLSpanElement>(null);
  const window = raster ? adjustWindow(raster.standard, adjustment) : null;
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
    adjustment,
    adjust: props.adjust,
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
            {whole.width} × {whole.height}, {raster.bits} bits
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
          aria-label={`${props.title}: drag moves, wheel zooms, Shift and drag changes the window`}
          data-ready={raster ? 'true' : 'false'}
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

function readValue(raster: Raster | null, view: View, size: Size, x: number, y: number): string {
  if (!raster) return '';
  const place = placeImage(view, raster, size);
  const column = Math.floor(((x - place.left) / place.width) * raster.width);
  const row = Math.floor(((y - place.top) / place.height) * raster.height);
  if (column < 0 || row < 0 || column >= raster.width || row >= raster.height) return '';
  // In pixels of the picture itself, also when a smaller one is shown.
  const ratio = (raster.whole?.width ?? raster.width) / raster.width;
  const at = [column, row].map((each) => Math.floor(each * ratio));
  return `${at.join(', ')}: ${valueAt(raster, column, row)}`;
}

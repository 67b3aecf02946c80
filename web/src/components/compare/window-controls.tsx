import type { Raster } from '../../viewer/raster.ts';
import {
  type Adjustment,
  adjustmentTo,
  NEUTRAL,
  type WindowLevel,
} from '../../viewer/window-level.ts';

/** Sliders for window centre and width in stored values, invert and reset. */
export function WindowControls(props: {
  label: string;
  raster: Raster | null;
  window: WindowLevel | null;
  adjustment: Adjustment;
  adjust: (adjustment: Adjustment) => void;
}) {
  const { raster, window, adjustment, adjust } = props;
  const low = raster?.low ?? 0;
  const high = raster?.high ?? 255;
  const set = (changes: Partial<WindowLevel>) => {
    if (!raster || !window) return;
    adjust(adjustmentTo(raster.standard, { ...window, ...changes }, adjustment.invert));
  };
  const untouched = adjustment.shift === 0 && adjustment.gain === 1 && !adjustment.invert;
  return (
    <fieldset className="window-controls">
      <legend className="hidden">Window of {props.label}</legend>
      <label>
        <span>Centre</span>
        <input
          type="range"
          data-testid="window-centre"
          min={low}
          max={high + 1}
          step={1}
          value={Math.round(window?.centre ?? 0)}
          disabled={!raster}
          onChange={(event) => set({ centre: Number(event.target.value) })}
        />
        <output>{window ? Math.round(window.centre) : '–'}</output>
      </label>
      <label>
        <span>Width</span>
        <input
          type="range"
          data-testid="window-width"
          min={1}
          max={Math.max(2, (high - low + 1) * 2)}
          step={1}
          value={Math.round(window?.width ?? 1)}
          disabled={!raster}
          onChange={(event) => set({ width: Number(event.target.value) })}
        />
        <output>{window ? Math.round(window.width) : '–'}</output>
      </label>
      <button
        type="button"
        className="button"
        aria-pressed={adjustment.invert}
        title="Invert (i)"
        disabled={!raster}
        onClick={() => adjust({ ...adjustment, invert: !adjustment.invert })}
      >
        Invert
      </button>
      <button
        type="button"
        className="button"
        title="Reset the window (r)"
        disabled={untouched}
        onClick={() => adjust(NEUTRAL)}
      >
        Reset
      </button>
    </fieldset>
  );
}

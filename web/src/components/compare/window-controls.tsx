import type { Raster } from '../../viewer/raster.ts';
import {
  type Adjustment,
  adjustmentTo,
  formatValue,
  isNeutral,
  NEUTRAL,
  type WindowLevel,
} from '../../viewer/window-level.ts';

/** Sliders for window centre and width in the image's values, windows to choose from, invert and reset. */
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
  const step = raster?.step ?? 1;
  const set = (changes: Partial<WindowLevel>) => {
    if (!raster || !window) return;
    adjust(adjustmentTo(raster, { ...window, ...changes }, adjustment.invert));
  };
  const named = raster?.windows ?? [];
  const chosen = named.findIndex(
    (each) => each.window.centre === window?.centre && each.window.width === window.width,
  );
  return (
    <fieldset className="window-controls">
      <legend className="hidden">Window of {props.label}</legend>
      {named.length > 0 && (
        <label className="window-preset">
          <span className="hidden">Window</span>
          <select
            data-testid="window-preset"
            value={chosen < 0 ? '' : String(chosen)}
            onChange={(event) => {
              const next = named[Number(event.target.value)];
              if (raster && next) adjust(adjustmentTo(raster, next.window, adjustment.invert));
            }}
          >
            {chosen < 0 && <option value="">Own</option>}
            {named.map(({ name, window: each }, i) => (
              <option key={name} value={i}>
                {name} ({formatValue(each.centre, step)} / {formatValue(each.width, step)})
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        <span>Centre</span>
        <input
          type="range"
          data-testid="window-centre"
          min={low}
          max={high + step}
          step={step}
          value={window?.centre ?? 0}
          disabled={!raster}
          onChange={(event) => set({ centre: Number(event.target.value) })}
        />
        <output>{window ? formatValue(window.centre, step) : '–'}</output>
      </label>
      <label>
        <span>Width</span>
        <input
          type="range"
          data-testid="window-width"
          min={step}
          max={Math.max(2 * step, (high - low + step) * 2)}
          step={step}
          value={window?.width ?? 1}
          disabled={!raster}
          onChange={(event) => set({ width: Number(event.target.value) })}
        />
        <output>{window ? formatValue(window.width, step) : '–'}</output>
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
        disabled={isNeutral(adjustment)}
        onClick={() => adjust(NEUTRAL)}
      >
        Reset
      </button>
    </fieldset>
  );
}

import { type PointerEvent, useRef, useState } from 'react';
import type { Region } from '../../../src/domain/region.ts';
import { Sheet } from './sheet.tsx';

const SIDES = ['x', 'y', 'width', 'height'] as const;

/** The rectangle between two points, in whole pixels inside of the picture. */
function regionBetween(
  a: { x: number; y: number },
  b: { x: number; y: number },
  size: { width: number; height: number },
): Region {
  const between = (one: number, other: number, end: number) => {
    const low = Math.min(end - 1, Math.max(0, Math.floor(Math.min(one, other))));
    const high = Math.min(end, Math.max(low + 1, Math.ceil(Math.max(one, other))));
    return [low, high - low] as const;
  };
  const [x, width] = between(a.x, b.x, size.width);
  const [y, height] = between(a.y, b.y, size.height);
  return { x, y, width, height };
}

/** Draws the part of a picture that is searched with: by pointer, or by numbers. */
export function RegionSheet(props: {
  /** Address of the picture in full size. */
  address: string;
  /** Size of the picture itself; what is shown can be smaller. */
  size: { width: number; height: number } | null;
  region: Region | null;
  apply: (region: Region | null) => void;
  close: () => void;
}) {
  const [loaded, setLoaded] = useState(false);
  const [broken, setBroken] = useState(false);
  const size = loaded ? props.size : null;
  const [region, setRegion] = useState(props.region);
  /** Where the pointer that draws went down; other fingers do not draw. */
  const start = useRef<{ pointer: number; x: number; y: number } | null>(null);
  const pointOf = (event: PointerEvent<SVGSVGElement>) => {
    const matrix = event.currentTarget.getScreenCTM()?.inverse();
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  };
  return (
    <Sheet
      className="region-sheet"
      label="Search with a part of the picture"
      testId="region-sheet"
      close={props.close}
    >
      <div className="region-picture">
        <img
          src={props.address}
          alt="What is searched with"
          draggable={false}
          onLoad={() => setLoaded(true)}
          onError={() => setBroken(true)}
        />
        {size && (
          <svg
            data-testid="region-canvas"
            viewBox={`0 0 ${size.width} ${size.height}`}
            role="application"
            aria-label="Draw a rectangle with the pointer; the numbers below do the same"
            onPointerDown={(event) => {
              if (!event.isPrimary || event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              const { x, y } = pointOf(event);
              start.current = { pointer: event.pointerId, x, y };
            }}
            onPointerMove={(event) => {
              if (start.current?.pointer !== event.pointerId) return;
              setRegion(regionBetween(start.current, pointOf(event), size));
            }}
            onPointerUp={() => {
              start.current = null;
            }}
            onPointerCancel={() => {
              start.current = null;
            }}
          >
            {region && <rect className="region-rectangle" {...region} />}
          </svg>
        )}
      </div>
      {broken && <p role="alert">The picture cannot be shown; its part can be given in numbers.</p>}
      <form
        className="tool-row region-tools"
        onSubmit={(event) => {
          event.preventDefault();
          props.apply(region);
        }}
      >
        {SIDES.map((side) => (
          <label key={side}>
            <span className="muted">{side}</span>
            <input
              type="number"
              className="region-number"
              data-testid={`region-${side}`}
              min={side === 'x' || side === 'y' ? 0 : 1}
              required
              disabled={size === null && !broken}
              value={region?.[side] ?? ''}
              onChange={(event) => {
                const whole = { x: 0, y: 0, ...props.size } as Region;
                const value = Math.trunc(event.target.valueAsNumber) || 0;
                setRegion({ ...(region ?? whole), [side]: value });
              }}
            />
          </label>
        ))}
        <span className="spacer" />
        {props.region && (
          <button type="button" className="button" onClick={() => props.apply(null)}>
            The whole picture
          </button>
        )}
        <button
          type="submit"
          className="button"
          data-testid="region-apply"
          disabled={region === null}
        >
          Search with this part
        </button>
      </form>
    </Sheet>
  );
}

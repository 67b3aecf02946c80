import { useEffect, useEffectEvent, useState } from 'react';

/** So long nothing must change before a place is settled on, in milliseconds. */
const SETTLED = 250;

/** Chooses one of several images that stand in an order. */
export function StackSlider(props: {
  testId: string;
  /** What one of them is: Image, Frame. */
  name: string;
  /** What the slider is of, for who does not see it. */
  of: string;
  /** From 0. */
  place: number;
  total: number;
  go: (place: number) => void;
  /** Whether the place is told when it stays, in place of each on the way. */
  settle?: boolean;
}) {
  const { name, place, total, settle = false } = props;
  const [moved, setMoved] = useState<number | null>(null);
  const shown = moved ?? place;
  const go = useEffectEvent(props.go);
  useEffect(() => {
    if (moved === null) return;
    const timer = setTimeout(() => {
      setMoved(null);
      if (moved !== place) go(moved);
    }, SETTLED);
    return () => clearTimeout(timer);
  }, [moved, place]);
  return (
    <label className="stack-slider">
      <span>
        {name}
        <span className="hidden"> of {props.of}</span>
      </span>
      <input
        type="range"
        data-testid={props.testId}
        min={1}
        max={total}
        step={1}
        value={shown + 1}
        aria-valuetext={`${shown + 1} of ${total}`}
        onChange={(event) => {
          const to = Number(event.target.value) - 1;
          if (settle) setMoved(to);
          else props.go(to);
        }}
      />
      <output>
        {shown + 1} / {total}
      </output>
    </label>
  );
}

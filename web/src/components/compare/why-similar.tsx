import type { Problem } from '../../../../src/contract/shapes.ts';
import { type Explanation, rangeOf } from '../../viewer/overlay.ts';

/** What the colours of the maps stand for, and how strongly they are drawn. */
export function WhySimilar(props: {
  explanation: Explanation | null;
  problem: Problem | null;
  loading: boolean;
  opacity: number;
  setOpacity: (opacity: number) => void;
}) {
  const { explanation, problem, opacity } = props;
  if (problem) {
    return (
      <p className="why" role="alert" data-testid="why-problem">
        {problem.title}. {problem.detail} {problem.advice}
      </p>
    );
  }
  if (!explanation) {
    return (
      <p className="why muted" role="status">
        {props.loading && 'Looking for what the encoder finds alike…'}
      </p>
    );
  }
  const { method, encoder } = explanation;
  const { low, high } = rangeOf(explanation);
  return (
    <div className="why" data-testid="why-similar" data-method={method}>
      <span className="why-legend">
        <output>{low.toFixed(3)}</output>
        <span className="why-colours" aria-hidden="true" />
        <output>{high.toFixed(3)}</output>
      </span>
      <label className="why-opacity">
        Opacity
        <input
          type="range"
          data-testid="why-opacity"
          min={0}
          max={1}
          step={0.05}
          value={opacity}
          onChange={(event) => props.setOpacity(Number(event.target.value))}
        />
      </label>
      <span className="muted why-text">
        {method === 'tokens'
          ? `Yellow: patches with a close counterpart in the other image (cosine of the patch tokens of ${encoder}).`
          : `Yellow: squares without which ${encoder} finds the images less alike (each covered with the mean colour; the loss of similarity).`}{' '}
        An aid to see what the encoder compares, not a diagnosis.
      </span>
    </div>
  );
}

import type { SearchResult } from '../../../src/contract/shapes.ts';
import { focusMain } from '../state/focus.ts';
import { useWorkspace } from '../state/workspace.ts';
import { CloseIcon } from './icons.tsx';
import { ThumbnailOf } from './thumbnail.tsx';

/** The results marked as relevant and irrelevant, with their weights, each to be taken away. */
export function Marks({ result }: { result: SearchResult | null }) {
  const { route, change, mark } = useWorkspace();
  const marks = [
    ...route.more.map((id) => ({ id, role: 'more' as const })),
    ...route.less.map((id) => ({ id, role: 'less' as const })),
  ];
  if (marks.length === 0) return null;
  const weightOf = (id: number) =>
    result?.parts.find((part) => part.id === id && part.role !== 'query')?.weight;
  const { feedback } = result ?? {};
  return (
    <div className="marks-row">
      <ul className="marks" aria-label="Marked results">
        {marks.map(({ id, role }) => {
          const sign = role === 'more' ? '+' : '−';
          const weight = route.feedback === 'rocchio' ? weightOf(id) : undefined;
          return (
            <li key={id}>
              <button
                type="button"
                className={`mark ${role}`}
                data-testid={`mark-${role}`}
                title={`Image ${id}: take the mark away`}
                aria-label={`Take away the mark ${role} of image ${id}`}
                onClick={() => {
                  focusMain();
                  mark(id, null);
                }}
              >
                <ThumbnailOf id={id} />
                <span>
                  {sign}
                  {weight !== undefined && Math.abs(weight).toFixed(2)}
                </span>
                <CloseIcon />
              </button>
            </li>
          );
        })}
      </ul>
      {route.less.length > 0 && route.text === '' && (
        <div className="segments" role="radiogroup" aria-label="How marks enter">
          {(['rocchio', 'logistic'] as const).map((method) => (
            <label
              key={method}
              title={
                method === 'rocchio'
                  ? 'Move the query towards what is marked +, away from what is marked −'
                  : 'Fit a small logistic model to the marks'
              }
            >
              <input
                type="radio"
                name="feedback"
                data-testid={`feedback-${method}`}
                checked={route.feedback === method}
                onChange={() => change({ feedback: method, compare: null })}
              />
              <span>{method === 'rocchio' ? 'Weights' : 'Model'}</span>
            </label>
          ))}
        </div>
      )}
      {feedback?.method === 'logistic' && (
        <span className="muted fine" data-testid="model-note">
          Ranked by a model fitted to {feedback.relevant} relevant and {feedback.irrelevant}{' '}
          irrelevant images
        </span>
      )}
    </div>
  );
}

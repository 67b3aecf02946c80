import { fieldTitle, formatTerm, toggleTerm } from '../state/filters.ts';
import { useWorkspace } from '../state/workspace.ts';
import { CloseIcon } from './icons.tsx';

/** The chosen filters, each to be removed. */
export function FilterChips() {
  const { route, change } = useWorkspace();
  if (route.filters.length === 0) return null;
  return (
    <ul className="chips" aria-label="Chosen filters">
      {route.filters.map((term) => (
        <li key={formatTerm(term)}>
          <button
            type="button"
            className="chip"
            data-testid="filter-chip"
            aria-label={`Remove the filter ${fieldTitle(term.field)}: ${term.value}`}
            onClick={() => change({ filters: toggleTerm(route.filters, term), compare: null })}
          >
            <span className="muted">{fieldTitle(term.field)}</span> {term.value || '(empty)'}
            <CloseIcon />
          </button>
        </li>
      ))}
      {route.filters.length > 1 && (
        <li>
          <button
            type="button"
            className="link-button"
            onClick={() => change({ filters: [], compare: null })}
          >
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}

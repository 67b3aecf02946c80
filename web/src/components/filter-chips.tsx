import { chipsOf, fieldTitle, readWhere } from '../state/filters.ts';
import { focusMain } from '../state/focus.ts';
import { useWorkspace } from '../state/workspace.ts';
import { CloseIcon } from './icons.tsx';
import { shortCode } from './identity.ts';

/** The conditions of the filter, each to be removed. */
export function FilterChips() {
  const { route, change } = useWorkspace();
  if (route.where === '') return null;
  const filter = readWhere(route.where);
  // What cannot be read is one chip.
  const chips =
    filter === null
      ? [{ field: 'filter', not: false, text: route.where, without: '' }]
      : chipsOf(filter);
  return (
    <ul className="chips" aria-label="Chosen filters">
      {chips.map(({ field, not, text, without }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a condition may be written twice
        <li key={at}>
          <button
            type="button"
            className={not ? 'chip chip-not' : 'chip'}
            data-testid="filter-chip"
            aria-label={`Remove the filter ${not ? 'not ' : ''}${fieldTitle(field)}: ${text}`}
            onClick={() => {
              focusMain();
              change({ where: without, compare: null });
            }}
          >
            <span className="muted">
              {not && 'not '}
              <bdi>{fieldTitle(field)}</bdi>
            </span>{' '}
            <bdi className="chip-text">{shortCode(text)}</bdi>
            <CloseIcon />
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <button
            type="button"
            className="link-button"
            onClick={() => {
              focusMain();
              change({ where: '', compare: null });
            }}
          >
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}

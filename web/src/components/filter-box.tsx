import { type KeyboardEvent, useId, useState } from 'react';
import { SemblanceError } from '../../../src/domain/errors/error.ts';
import { parseWhere, resolveWhere } from '../../../src/domain/search-language/where.ts';
import type { FacetView } from '../state/filters.ts';
import { type Suggestion, suggest } from '../state/suggest.ts';
import { useWorkspace } from '../state/workspace.ts';

/**
 * Takes conditions of the filter language, with suggestions of fields and values. What is typed also
 * narrows the list of filters below.
 */
export function FilterBox(props: {
  facets: readonly FacetView[];
  /** Whether the fields of the collection are known yet; until then the server alone can tell. */
  known: boolean;
  text: string;
  setText: (text: string) => void;
}) {
  const { facets, text, setText } = props;
  const { route, change } = useWorkspace();
  const [active, setActive] = useState(-1);
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState('');
  const list = useId();
  const suggestions = open ? suggest(text, facets) : [];
  const write = (next: string) => {
    setText(next);
    setActive(-1);
    setOpen(true);
    setProblem('');
  };
  const apply = (query: string) => {
    if (query.trim() === '') return;
    try {
      if (props.known) {
        resolveWhere(
          query,
          facets.map(({ field }) => field),
        );
      } else parseWhere(query);
      change({ where: `${route.where} ${query}`.trim(), compare: null });
      write('');
      setOpen(false);
    } catch (error) {
      setProblem(error instanceof SemblanceError ? error.message : String(error));
      setOpen(false);
    }
  };
  const take = ({ text: next, count }: Suggestion) => (count === null ? write(next) : apply(next));
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      const step = key === 'ArrowDown' ? 1 : -1;
      const count = suggestions.length + 1;
      setOpen(true);
      setActive(((active + 1 + step + count) % count) - 1);
    } else if (key === 'Enter') {
      const chosen = suggestions[active];
      if (chosen) take(chosen);
      else apply(text);
    } else if (key === 'Escape' && open && suggestions.length > 0) setOpen(false);
    else if (key === 'Escape') {
      write('');
      event.currentTarget.blur();
    } else return;
    event.preventDefault();
  };
  return (
    <div className="filter-box">
      <label className="search-box">
        <span className="hidden">Filter by a query, or find a filter</span>
        <input
          id="facet-search"
          data-testid="filter-input"
          type="search"
          role="combobox"
          aria-expanded={suggestions.length > 0}
          aria-controls={list}
          aria-activedescendant={active >= 0 ? `${list}-${active}` : undefined}
          aria-invalid={problem !== ''}
          placeholder="modality:CT -region:knee"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={() => setOpen(false)}
        />
        <kbd>/</kbd>
      </label>
      <div
        id={list}
        role="listbox"
        aria-label="Suggestions"
        className="suggestions"
        hidden={suggestions.length === 0}
      >
        {suggestions.map((each, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the input's
          <div
            key={each.text}
            id={`${list}-${i}`}
            role="option"
            aria-selected={i === active}
            className="suggestion"
            data-testid="suggestion"
            // Before the input loses the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(each)}
          >
            <span>{each.text}</span>
            {each.count !== null && (
              <span className="facet-count">{each.count.toLocaleString('en')}</span>
            )}
          </div>
        ))}
      </div>
      {problem && (
        <p role="alert" className="filter-problem" data-testid="filter-problem">
          {problem}
        </p>
      )}
    </div>
  );
}

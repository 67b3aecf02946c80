import { useState } from 'react';
import { listFacets } from '../api.ts';
import {
  type FacetView,
  fieldTitle,
  searchFacets,
  toggleValue,
  viewFacets,
} from '../state/filters.ts';
import { useResource } from '../state/resource.ts';
import { useWorkspace } from '../state/workspace.ts';
import { FilterBox } from './filter-box.tsx';
import { CloseIcon } from './icons.tsx';
import { ErrorBox } from './states.tsx';

/** The fields of the collection with their values and counts, to filter by. */
export function SideBar({ close }: { close: () => void }) {
  const { collection, route } = useWorkspace();
  const [text, setText] = useState('');
  const name = collection?.name ?? null;
  const { data, problem, loading, retry } = useResource(
    name === null ? null : JSON.stringify(['facets', name, route.where]),
    (signal) => listFacets(name ?? '', route.where, signal),
    name,
  );
  const views = viewFacets(data ?? [], route.where);
  // A condition that is being typed hides no filters; a word does.
  const facets = searchFacets(views, /["\s:=<>,]/.test(text) ? '' : text);
  const fields = views.map(({ field }) => field);
  return (
    <aside id="side-bar" className="side-bar" aria-label="Filters">
      <div className="side-head">
        <FilterBox facets={views} text={text} setText={setText} />
        <button
          type="button"
          className="button icon-button side-close"
          aria-label="Close the filters"
          onClick={close}
        >
          <CloseIcon />
        </button>
      </div>
      {problem?.status === 400 && (
        <p className="muted side-note">Filters are listed when the query can be read.</p>
      )}
      {problem && problem.status !== 400 && <ErrorBox problem={problem} retry={retry} />}
      {!data && loading && (
        <div className="facet-skeletons" aria-hidden="true">
          {['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => (
            <div key={key} className="skeleton skeleton-line" />
          ))}
        </div>
      )}
      <div className={loading && data ? 'facets ageing' : 'facets'}>
        {facets.map((facet) => (
          <FacetGroup key={facet.field} facet={facet} fields={fields} />
        ))}
        {data && facets.length === 0 && (
          <p className="muted side-note">
            {text ? 'No filter matches.' : 'The images of this collection have no fields.'}
          </p>
        )}
      </div>
    </aside>
  );
}

function FacetGroup({ facet, fields }: { facet: FacetView; fields: readonly string[] }) {
  const { route, change } = useWorkspace();
  const largest = Math.max(1, ...facet.values.map(({ count }) => count));
  return (
    <fieldset className="facet">
      <legend>{fieldTitle(facet.field)}</legend>
      {facet.values.map(({ value, count, chosen }) => (
        <label key={value} className={count === 0 && !chosen ? 'facet-value none' : 'facet-value'}>
          <input
            type="checkbox"
            data-testid={`facet-${facet.field}-${value}`}
            data-count={count}
            checked={chosen}
            onChange={() =>
              change({
                where: toggleValue(route.where, fields, { field: facet.field, value }),
                compare: null,
              })
            }
          />
          <span className="facet-name" title={value}>
            {value === '' ? '(empty)' : value}
          </span>
          <span className="facet-count">{count.toLocaleString('en')}</span>
          <span className="facet-bar" style={{ width: `${(count / largest) * 100}%` }} />
        </label>
      ))}
      {facet.more > 0 && (
        <p className="muted side-note">and {facet.more.toLocaleString('en')} more values</p>
      )}
    </fieldset>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toProblem } from '../problems.ts';
import {
  type FacetView,
  fieldTitle,
  searchFacets,
  toggleValue,
  viewFacets,
} from '../state/filters.ts';
import { facetsRequest } from '../state/requests.ts';
import { useWorkspace } from '../state/workspace.ts';
import { FilterBox } from './filter-box.tsx';
import { CloseIcon } from './icons.tsx';
import { filterFacets, shortCode } from './identity.ts';
import { PathText } from './label-list.tsx';
import { ErrorBox } from './states.tsx';

/** The fields of the collection with their values and counts, to filter by. */
export function SideBar({ close }: { close: () => void }) {
  const { collection, route } = useWorkspace();
  const [text, setText] = useState('');
  const name = collection && !collection.problem ? collection.name : null;
  const {
    data,
    error,
    isFetching: loading,
  } = useQuery({ ...facetsRequest(name ?? '', route.where), enabled: name !== null });
  const problem = error && toProblem(error);
  const views = viewFacets(filterFacets(data ?? [], collection), route.where);
  // A condition that is being typed hides no filters; a word does.
  const facets = searchFacets(views, /["\s:=<>,]/.test(text) ? '' : text).filter(
    ({ values }) => values.length > 0,
  );
  const fields = views.map(({ field }) => field);
  return (
    <aside id="side-bar" className="side-bar" aria-label="Filters">
      <div className="side-head">
        <FilterBox facets={views} known={data !== undefined} text={text} setText={setText} />
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
      {problem && problem.status !== 400 && <ErrorBox problem={problem} />}
      {!data && loading && (
        <div className="facet-skeletons" aria-hidden="true">
          {['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => (
            <div key={key} className="skeleton skeleton-line" />
          ))}
        </div>
      )}
      <div className={loading && data ? 'facets ageing' : 'facets'}>
        {facets.map((facet) => (
          <FacetGroup key={facet.field} facet={facet} fields={fields} searched={text !== ''} />
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

/** So many values of a field are shown at first: one or two more are not worth a button. */
const SHOWN = 10;

function FacetGroup(props: {
  facet: FacetView;
  fields: readonly string[];
  /** Whether values are being looked for; then all are shown. */
  searched: boolean;
}) {
  const { facet, fields } = props;
  const { route, change } = useWorkspace();
  const [open, setOpen] = useState(false);
  const long = facet.values.length > SHOWN + 2 && !props.searched;
  const shown =
    long && !open ? facet.values.filter(({ chosen }, i) => chosen || i < SHOWN) : facet.values;
  const largest = Math.max(1, ...facet.values.map(({ count }) => count));
  return (
    <fieldset className="facet">
      <legend dir="auto">{fieldTitle(facet.field)}</legend>
      {shown.map(({ value, count, chosen }) => (
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
            {value === '' ? '(empty)' : <PathText text={shortCode(value)} />}
          </span>
          <span className="facet-count">{count.toLocaleString('en')}</span>
          <span className="facet-bar" style={{ width: `${(count / largest) * 100}%` }} />
        </label>
      ))}
      {long && (
        <button
          type="button"
          className="link-button side-note"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Show fewer' : `Show ${facet.values.length - shown.length} more`}
        </button>
      )}
      {facet.more > 0 && !(long && !open) && (
        <p className="muted side-note">and {facet.more.toLocaleString('en')} more values</p>
      )}
    </fieldset>
  );
}

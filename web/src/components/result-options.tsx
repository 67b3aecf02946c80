import type { Image } from '../../../src/contract/shapes.ts';
import { LEVELS, levelNamed } from '../../../src/domain/levels.ts';
import { useWorkspace } from '../state/workspace.ts';

/** What is left out of the results, of what only the best is shown, and whether they should differ. */
export function ResultOptions({ query }: { query: Image | null }) {
  const { route, change } = useWorkspace();
  const known = LEVELS.filter((level) => query?.[level] != null);
  return (
    <div className="result-options">
      <label title={known.length === 0 ? 'The patient of this picture is not known.' : undefined}>
        <span>Leave out the same</span>
        <select
          data-testid="exclude-select"
          value={route.exclude !== null && known.includes(route.exclude) ? route.exclude : ''}
          disabled={known.length === 0}
          onChange={(event) =>
            change({ exclude: levelNamed(event.target.value) ?? null, compare: null })
          }
        >
          <option value="">nothing</option>
          {known.map((level) => (
            <option key={level}>{level}</option>
          ))}
        </select>
      </label>
      <label>
        <span>One result for each</span>
        <select
          data-testid="group-select"
          value={route.groupBy ?? ''}
          onChange={(event) =>
            change({ groupBy: levelNamed(event.target.value) ?? null, compare: null })
          }
        >
          <option value="">image</option>
          {LEVELS.map((level) => (
            <option key={level}>{level}</option>
          ))}
        </select>
      </label>
      <label className="switch">
        <input
          type="checkbox"
          data-testid="varied"
          checked={route.varied}
          onChange={(event) => change({ varied: event.target.checked, compare: null })}
        />
        <span className="track" />
        Varied results
      </label>
    </div>
  );
}

import type { Image } from '../../../src/contract/shapes.ts';
import { LEVELS, levelNamed, searchLevelNamed } from '../../../src/domain/levels.ts';
import { OF_IMAGES } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';

/** What is left out of the results, what is found, of what only the best is shown, and whether they should differ. */
export function ResultOptions({ query }: { query: Image | null }) {
  const { route, change } = useWorkspace();
  const known = LEVELS.filter((level) => query?.[level] != null);
  return (
    <div className="result-options">
      <label>
        <span>Find</span>
        <select
          data-testid="level-select"
          value={route.level}
          onChange={(event) => {
            const level = searchLevelNamed(event.target.value) ?? 'image';
            change({ ...(level !== 'image' && OF_IMAGES), level, compare: null });
          }}
        >
          <option value="image">images</option>
          <option value="series">series</option>
          <option value="study">studies</option>
        </select>
      </label>
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
          disabled={route.level !== 'image'}
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
      <label className={route.level === 'image' ? 'switch' : 'switch off'}>
        <input
          type="checkbox"
          data-testid="varied"
          checked={route.varied}
          disabled={route.level !== 'image'}
          onChange={(event) => change({ varied: event.target.checked, compare: null })}
        />
        <span className="track" />
        Varied results
      </label>
    </div>
  );
}

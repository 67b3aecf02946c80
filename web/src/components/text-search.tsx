import { useState } from 'react';
import { hasPicture } from '../state/route.ts';
import { useWorkspace } from '../state/workspace.ts';

/** So long may a text be; the server takes no longer one. */
const LIMIT = 10_000;

/** Takes words to search with, beside the picture if there is one; only with an encoder that takes words. */
export function TextSearch() {
  const { encoder, route, change, searchText } = useWorkspace();
  const [text, setText] = useState(route.text);
  // Words of the address stay changeable when another encoder refuses them.
  if (!encoder?.text && route.text === '') return null;
  const beside = hasPicture(route.query);
  return (
    <search className="text-search" aria-label="Search with words">
      <form
        className="tool-row"
        onSubmit={(event) => {
          event.preventDefault();
          searchText(text);
        }}
      >
        <label className="search-box">
          <span className="hidden">
            {beside ? 'Words beside the picture' : 'Describe what the images should show'}
          </span>
          <input
            type="search"
            data-testid="text-input"
            maxLength={LIMIT}
            placeholder={beside ? 'Add words to the picture' : 'Or describe what to find'}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <button type="submit" className="button">
          Search
        </button>
      </form>
      {beside && route.text !== '' && route.level === 'image' && (
        <label className="text-weight">
          <span>Picture</span>
          <input
            type="range"
            data-testid="text-weight"
            aria-label="Weight of the words beside the picture"
            min={0}
            max={1}
            step={0.05}
            value={route.textWeight}
            onChange={(event) =>
              change({ textWeight: Number(event.target.value), compare: null }, { replace: true })
            }
          />
          <span>Words</span>
        </label>
      )}
    </search>
  );
}

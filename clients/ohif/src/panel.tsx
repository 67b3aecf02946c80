import { useEffect, useEffectEvent, useId, useReducer, useRef, useState } from 'react';
import { type Problem, ProblemError, type Schemas } from 'semblance-client';
import type { Found, SimilarCases } from './search.ts';
import type { ShownFrame, Viewer } from './viewer.ts';

/** What an error tells. */
type Told = Pick<Problem, 'title' | 'detail' | 'advice'>;

function toldOf(error: unknown): Told {
  if (error instanceof ProblemError) return error.problem;
  return { title: error instanceof Error ? error.message : String(error), detail: '', advice: '' };
}

/** The panel: what is shown in the viewer is searched with, and what was found can be opened beside it. */
export function Panel({ viewer, cases }: { viewer: Viewer; cases: SimilarCases }) {
  const { settings } = cases;
  const [, lookAgain] = useReducer((count: number) => count + 1, 0);
  const [collections, setCollections] = useState<readonly string[]>([]);
  const [collection, setCollection] = useState(settings.collection ?? '');
  const [wantsRegion, setWantsRegion] = useState(false);
  const [others, setOthers] = useState(true);
  const [busy, setBusy] = useState('');
  const [found, setFound] = useState(cases.last);
  const [failure, setFailure] = useState<Told | null>(null);
  const asked = useRef<AbortController>(null);
  const id = useId();

  useEffect(() => {
    lookAgain();
    return viewer.watch(lookAgain);
  }, [viewer]);
  const list = useEffectEvent(() => {
    cases.collections().then(setCollections, (error: unknown) => setFailure(toldOf(error)));
  });
  useEffect(() => {
    list();
    return () => asked.current?.abort();
  }, []);

  const frame = viewer.shown();
  const drawn = frame && viewer.region(frame);
  const region = wantsRegion ? drawn : null;

  const run = async (what: string, work: (signal: AbortSignal) => Promise<void>) => {
    asked.current?.abort();
    const mine = new AbortController();
    asked.current = mine;
    setBusy(what);
    setFailure(null);
    try {
      await work(mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) setFailure(toldOf(error));
    } finally {
      if (asked.current === mine) setBusy('');
    }
  };
  const search = () =>
    run('Searching…', async (signal) => {
      const now = viewer.shown();
      if (now === null) return;
      setFound(null);
      cases.last = null;
      const part = wantsRegion ? viewer.region(now) : null;
      const query = { frame: now, region: part, collection: collection || undefined, others };
      const answer = await cases.search(query, signal);
      if (signal.aborted) return;
      cases.last = answer;
      setFound(answer);
    });
  const open = (of: string, image: Schemas['Image']) =>
    run('Opening…', async () => viewer.open(await cases.uids(of, image.id)));

  return (
    <section aria-label="Similar cases">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          search();
        }}
      >
        <fieldset>
          <legend>Search with</legend>
          <label>
            <input
              type="radio"
              name={`${id}-part`}
              checked={!wantsRegion}
              onChange={() => setWantsRegion(false)}
            />
            the whole image
          </label>
          <label>
            <input
              type="radio"
              name={`${id}-part`}
              checked={wantsRegion}
              onChange={() => setWantsRegion(true)}
            />
            a rectangle{drawn && ` (${drawn.width} × ${drawn.height} pixels)`}
          </label>
          <button type="button" onClick={() => viewer.draw()}>
            Draw
          </button>
        </fieldset>
        <label>
          Collection
          <select value={collection} onChange={({ target }) => setCollection(target.value)}>
            <option value="">the one that has the image</option>
            {[...new Set([...collections, ...(collection ? [collection] : [])])].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={others}
            onChange={({ target }) => setOthers(target.checked)}
          />
          other patients only
        </label>
        <button type="submit" disabled={!frame || (wantsRegion && !drawn) || busy !== ''}>
          Find similar cases
        </button>
        {!frame && <p className="hint">The active viewport shows no stored image.</p>}
        {frame && wantsRegion && !region && (
          <p className="hint">Draw a rectangle onto the image first.</p>
        )}
      </form>
      <p role="status">{busy || (found && said(found, frame))}</p>
      {failure && (
        <div role="alert">
          <strong>{failure.title}</strong>
          {failure.detail && <p>{failure.detail}</p>}
          {failure.advice && <p>{failure.advice}</p>}
        </div>
      )}
      {found && (
        <ol>
          {found.answer.neighbours.map((each) => (
            <li key={each.image.id}>
              <button type="button" onClick={() => open(found.collection, each.image)}>
                <img
                  crossOrigin="anonymous"
                  loading="lazy"
                  alt=""
                  src={cases.thumbnail(found.collection, each.image)}
                />
                <span>
                  <b>
                    {each.rank}. {each.similarity.toFixed(3)}
                  </b>
                  {each.probability !== undefined && ` (${Math.round(100 * each.probability)} %)`}
                  <span className="labels">{labelsOf(each.image)}</span>
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** What was searched with and what was found of it. */
function said(
  { answer, collection, sent, region, frame }: Found,
  shown: ShownFrame | null,
): string {
  const image = frame.imageId === shown?.imageId ? 'the image' : 'an image seen before';
  const what = region ? `${region.width} × ${region.height} pixels of ${image}` : image;
  const how = sent === 'name' ? 'no pixels were sent' : 'its pixels were sent, without names';
  const notes = answer.notes.map((note) => ` ${note}.`).join('');
  const verdict = answer.verdict?.good === false ? ` No good match: ${answer.verdict.reason}.` : '';
  const count = answer.neighbours.length;
  return `${count} cases of ${collection} like ${what}; ${how}.${verdict}${notes}`;
}

function labelsOf({ labels, metadata }: Schemas['Image']): string {
  const { modality, anatomic_region: part } = metadata;
  return [...labels, ...[modality, part].filter(Boolean)].join(', ');
}

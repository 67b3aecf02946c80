import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Image, Neighbour, SearchResult } from '../../../../src/contract/shapes.ts';
import { pictureVersion } from '../../../../src/domain/burned-in.ts';
import { toProblem } from '../../problems.ts';
import type { OwnFile } from '../../state/own-files.ts';
import { queries } from '../../state/queries.ts';
import { explanationRequest, imageRequest } from '../../state/requests.ts';
import { findUpload, type OwnPlace, shownUpload } from '../../state/uploads.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { type Overlay, rangeOf } from '../../viewer/overlay.ts';
import { type Raster, rasterOfImage, rasterOfOwn, rasterOfPicture } from '../../viewer/raster.ts';
import { follow } from '../../viewer/stack.ts';
import { FIT, pan, type Size, type View, zoomAt } from '../../viewer/view.ts';
import { type Adjustment, NEUTRAL } from '../../viewer/window-level.ts';
import { formatSimilarity, hasPixels } from '../describe.ts';
import { BackIcon, ForwardIcon } from '../icons.tsx';
import type { PictureSubject } from '../query-panel.tsx';
import { Sheet } from '../sheet.tsx';
import { ErrorBox } from '../states.tsx';
import { NoPicture } from '../thumbnail.tsx';
import { MetadataTable } from './metadata-table.tsx';
import { Pane } from './pane.tsx';
import { type Stack, useSeries } from './stack.ts';
import type { Tool } from './use-pane-gestures.ts';
import { WhySimilar } from './why-similar.tsx';

type Side = 'left' | 'right';

/** Query and result beside each other: shared zoom and pan, window of each or linked. */
export function Compare(props: {
  collection: string;
  subject: PictureSubject;
  neighbours: readonly Neighbour[];
  id: number;
  result: SearchResult;
  /** The own files that were searched with. */
  searched: readonly OwnFile[];
}) {
  const { collection, subject, neighbours, id } = props;
  const { route, encoder: chosen, change, searchFrom } = useWorkspace();
  const { encoder } = route;
  const [view, setView] = useState<View>(FIT);
  const [pane, setPane] = useState<Size>({ width: 1, height: 1 });
  const [linked, setLinked] = useState(true);
  const [adjustments, setAdjustments] = useState<Record<Side, Adjustment>>({
    left: NEUTRAL,
    right: NEUTRAL,
  });

  const [chosenTool, setTool] = useState<Tool | null>(null);

  const position = neighbours.findIndex(({ image }) => image.id === id);
  const neighbour = neighbours[position];
  // An address can name an image that is not among the results.
  const other = useQuery({ ...imageRequest(collection, id), enabled: !neighbour });
  const right: Image | null = neighbour?.image ?? other.data ?? null;

  const formats = [
    right?.decoding?.format,
    subject.kind === 'image' ? subject.image.decoding?.format : subject.picture?.decoding?.format,
  ];
  const tool = chosenTool ?? (formats.includes('dicom') ? 'window' : 'move');

  const own = subject.kind === 'upload' ? ownStack(subject) : null;
  // Another result begins anew.
  const [places, setPlaces] = useState<Places>({ of: id, left: null, right: null, pair: null });
  const now = places.of === id ? places : { of: id, left: null, right: null, pair: null };
  const [together, setTogether] = useState(true);
  const image = subject.kind === 'image' ? subject.image : null;
  const rightSeries = useSeries(collection, right, now.right);
  const ofImage = useSeries(collection, image, null);
  const stacks = { left: own ?? ofImage.stack, right: rightSeries.stack };
  /** What is compared: the image itself, or that of the query's series which the result matches best. */
  const starts = {
    left: bestPlace(props, neighbour, stacks.left) ?? stacks.left?.own ?? 0,
    right: stacks.right?.own ?? 0,
  };
  const leftSeries = useSeries(collection, image, now.left ?? starts.left);
  const placeOf = (side: Side) => now[side] ?? starts[side];
  const pairNow = (): Record<Side, number> => ({ left: placeOf('left'), right: placeOf('right') });
  const go = (side: Side, place: number) => {
    const other = side === 'left' ? 'right' : 'left';
    const pair = now.pair ?? starts;
    const [mine, theirs] = [stacks[side], stacks[other]];
    const following =
      together && mine && theirs
        ? follow(place, [
            { at: pair[side], total: mine.total },
            { at: pair[other], total: theirs.total },
          ])
        : now[other];
    setPlaces({ ...now, [side]: place, [other]: following });
  };
  const linkSeries = () => {
    // What is seen now belongs together from now on.
    if (!together) setPlaces({ ...now, pair: pairNow() });
    setTogether(!together);
  };
  const shownLeft = subject.kind === 'image' ? leftSeries.shown : null;
  const shownRight = rightSeries.shown;
  const isOwn = (side: Side) => placeOf(side) === (stacks[side]?.own ?? 0);

  const [why, setWhy] = useState(false);
  const [opacity, setOpacity] = useState(0.5);
  const subjectName = subject.kind === 'image' ? subject.image.id : subject.place;
  const explaining = useQuery({
    ...explanationRequest(collection, subjectName, id, encoder),
    enabled: why && right !== null,
  });
  const explanation = explaining.data ?? null;
  const leftShown = subject.kind === 'upload' || hasPixels(subject.image);
  const rightShown = right === null || hasPixels(right);
  const explicable = leftShown && rightShown && (chosen?.available ?? false);
  const overlayOf = (side: 'query' | 'result'): Overlay | null =>
    why && explanation && isOwn(side === 'query' ? 'left' : 'right')
      ? { map: explanation[side], range: rangeOf(explanation), opacity }
      : null;

  const nameOf = (image: Image) => [collection, image.id, pictureVersion(image)];

  const close = () => change({ compare: null });
  const step = (by: number) => {
    const target = neighbours[position < 0 ? 0 : position + by];
    if (target) change({ compare: target.image.id }, { replace: true });
  };
  const adjust = (side: Side, adjustment: Adjustment) =>
    setAdjustments((before) =>
      linked ? { left: adjustment, right: adjustment } : { ...before, [side]: adjustment },
    );
  const invert = () =>
    setAdjustments(({ left, right: rightOne }) => ({
      left: { ...left, invert: !left.invert },
      right: { ...rightOne, invert: linked ? !left.invert : !rightOne.invert },
    }));
  const link = () => {
    if (!linked) setAdjustments(({ left }) => ({ left, right: left }));
    setLinked(!linked);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inSlider = event.target instanceof HTMLInputElement && event.target.type === 'range';
    const arrow = ARROWS[event.key];
    if (arrow) {
      if (inSlider) return;
      if (event.shiftKey) setView((before) => pan(before, arrow[0] * 40, arrow[1] * 40, pane));
      else if (event.key === 'ArrowLeft') step(-1);
      else if (event.key === 'ArrowRight') step(1);
      else return;
      event.preventDefault();
      return;
    }
    const actions: Record<string, () => void> = {
      '+': () => setView((before) => zoomAt(before, 1.25, 0, 0, pane)),
      '=': () => setView((before) => zoomAt(before, 1.25, 0, 0, pane)),
      '-': () => setView((before) => zoomAt(before, 0.8, 0, 0, pane)),
      '0': () => setView(FIT),
      i: invert,
      r: () => setAdjustments({ left: NEUTRAL, right: NEUTRAL }),
      l: link,
      s: linkSeries,
      d: () => setTool(tool === 'move' ? 'window' : 'move'),
      w: () => explicable && setWhy(!why),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  const shared = { view, setView, onSize: setPane, tool };
  const stackOf = (side: Side) => {
    const stack = stacks[side];
    return {
      stack: stack && stack.total > 1 ? { ...stack, own: starts[side] } : null,
      place: placeOf(side),
      go: (place: number) => go(side, place),
    };
  };
  return (
    <Sheet
      className="compare"
      label="Compare query and result"
      testId="compare"
      close={close}
      onKeyDown={onKeyDown}
      head={
        <>
          <div className="compare-title">
            <h2>
              {neighbour ? `Rank ${neighbour.rank}` : 'Not among the results'}
              {neighbour && <span className="muted"> of {neighbours.length}</span>}
            </h2>
            {neighbour && (
              <span className="similarity" title="Cosine similarity">
                {formatSimilarity(neighbour.similarity)}
                <span className="muted"> similarity</span>
              </span>
            )}
          </div>
          <div className="tool-row">
            <button
              type="button"
              className="button icon-button"
              aria-label="Previous result"
              title="Previous result (←)"
              disabled={position <= 0}
              onClick={() => step(-1)}
            >
              <BackIcon />
            </button>
            <button
              type="button"
              className="button icon-button"
              aria-label="Next result"
              title="Next result (→)"
              disabled={position + 1 >= neighbours.length}
              onClick={() => step(1)}
            >
              <ForwardIcon />
            </button>
          </div>
          <span className="spacer" />
          <div className="tool-row">
            <span className="zoom muted">{Math.round(view.scale * 100)} %</span>
            <button
              type="button"
              className="button"
              title="Show the whole images (0)"
              disabled={view === FIT}
              onClick={() => setView(FIT)}
            >
              Fit
            </button>
            <div className="segments" role="radiogroup" aria-label="What a drag changes (d)">
              {TOOLS.map(([name, text, title]) => (
                <label key={name} title={`${title} (d)`}>
                  <input
                    type="radio"
                    name="tool"
                    data-testid={`tool-${name}`}
                    checked={tool === name}
                    onChange={() => setTool(name)}
                  />
                  <span>{text}</span>
                </label>
              ))}
            </div>
            {stacks.left && stacks.right && stacks.left.total > 1 && stacks.right.total > 1 && (
              <label className="switch" title="Go through both series together (s)">
                <input
                  type="checkbox"
                  data-testid="link-series"
                  checked={together}
                  onChange={linkSeries}
                />
                <span className="track" />
                Link series
              </label>
            )}
            <label className="switch" title="Change the windows of both images together (l)">
              <input type="checkbox" checked={linked} onChange={link} />
              <span className="track" />
              Link windows
            </label>
            <label
              className={explicable ? 'switch' : 'switch off'}
              title={
                explicable
                  ? 'Show what the encoder finds alike in both images (w)'
                  : 'It takes both images and an encoder that runs on this server'
              }
            >
              <input
                type="checkbox"
                data-testid="why-toggle"
                disabled={!explicable}
                checked={why}
                onChange={() => setWhy(!why)}
              />
              <span className="track" />
              Why similar
            </label>
            <button
              type="button"
              className="button"
              disabled={!right}
              onClick={() => right && searchFrom((shownRight ?? right).id)}
            >
              Search from result
            </button>
          </div>
        </>
      }
    >
      {why && (
        <WhySimilar
          explanation={explanation}
          problem={explaining.error && toProblem(explaining.error)}
          loading={explaining.isFetching}
          opacity={opacity}
          setOpacity={setOpacity}
        />
      )}
      <div className="panes">
        {leftShown ? (
          <Pane
            {...shared}
            testId="compare-left"
            title="Query"
            {...stackOf('left')}
            series={JSON.stringify([collection, subjectName])}
            name={
              subject.kind === 'upload'
                ? ['own', ownAt(subject, placeOf('left'))]
                : shownLeft && nameOf(shownLeft)
            }
            load={(signal) =>
              subject.kind === 'upload'
                ? rasterOfUpload(ownAt(subject, placeOf('left')), signal)
                : rasterOfImage(collection, shownLeft ?? subject.image, signal)
            }
            note={subject.kind === 'upload' ? 'Your picture' : null}
            adjustment={adjustments.left}
            adjust={(adjustment) => adjust('left', adjustment)}
            overlay={overlayOf('query')}
          />
        ) : (
          <EmptyPane title="Query" />
        )}
        {right && !rightShown ? (
          <EmptyPane title={neighbour ? `Result ${neighbour.rank}` : 'Image'} />
        ) : right ? (
          <Pane
            {...shared}
            testId="compare-right"
            title={neighbour ? `Result ${neighbour.rank}` : 'Image'}
            {...stackOf('right')}
            series={JSON.stringify([collection, id])}
            name={shownRight && nameOf(shownRight)}
            load={(signal) => rasterOfImage(collection, shownRight ?? right, signal)}
            note={null}
            adjustment={adjustments.right}
            adjust={(adjustment) => adjust('right', adjustment)}
            overlay={overlayOf('result')}
          />
        ) : (
          <div className="pane">{other.error && <ErrorBox problem={toProblem(other.error)} />}</div>
        )}
      </div>
      {right && <MetadataTable subject={subject} result={right} />}
    </Sheet>
  );
}

/** What is shown of both series. */
interface Places extends Record<Side, number | null> {
  /** The result. */
  of: number;
  /** The places that belong together; null for those of query and result. */
  pair: Record<Side, number> | null;
}

const TOOLS = [
  ['window', 'Window', 'Drag: sideways width, up and down centre'],
  ['move', 'Move', 'Drag moves the image'],
] as const satisfies readonly (readonly [Tool, string, string])[];

/** The place of the picture of the query that a series matches best; null where images are found, or it is not known. */
function bestPlace(
  {
    subject,
    result,
    searched,
  }: Pick<Parameters<typeof Compare>[0], 'subject' | 'result' | 'searched'>,
  neighbour: Neighbour | undefined,
  stack: Stack | null,
): number | null {
  const [first, ...others] = neighbour?.matches ?? [];
  if (!first || !stack || result.level !== 'series') return null;
  const best = others.reduce((one, each) => (each.similarity > one.similarity ? each : one), first);
  const frame = result.queryFrames[best.query];
  if (!frame) return null;
  if (subject.kind === 'image') {
    // They are all of the series, in its order.
    return result.queryFrames.length === stack.total ? best.query : null;
  }
  if (stack.name === 'Frame') return frame.frame === null ? null : frame.frame - 1;
  const file = searched[frame.part];
  return file ? subject.own.series.files.indexOf(file) : null;
}

type UploadSubject = PictureSubject & { kind: 'upload' };

/** Pictures of the file searched with, or files of its series. */
function ownStack({ own, place, picture }: UploadSubject): Stack {
  const pages = Number(picture?.decoding?.pages ?? 1);
  if (picture?.decoding?.format === 'dicom' && pages > 1) {
    return { name: 'Frame', total: pages, own: place.frame - 1 };
  }
  return { name: 'Image', total: own.series.files.length, own: place.file - own.first };
}

/** The own picture at a place of its stack. */
function ownAt(subject: UploadSubject, at: number): OwnPlace {
  const { own, place } = subject;
  return ownStack(subject).name === 'Frame'
    ? { ...place, frame: at + 1 }
    : { ...place, file: own.first + at };
}

/** In its own depth where the browser does not show the file itself. */
async function rasterOfUpload(place: OwnPlace, signal: AbortSignal): Promise<Raster> {
  const shown = await queries.ensureQueryData(shownUpload(place));
  const own = findUpload(place);
  if (!own || shown.decoding === null) return rasterOfPicture(shown);
  return rasterOfOwn(await own.file.read(), place.frame, signal);
}

/** In the place of an image of which only the embedding was imported. */
function EmptyPane({ title }: { title: string }) {
  return (
    <figure className="pane">
      <figcaption>
        <b>{title}</b>
      </figcaption>
      <div className="stage empty">
        <NoPicture text="Only its embedding was imported. Index its folder or CSV to see it." />
      </div>
    </figure>
  );
}

/** Directions that Shift and an arrow key move the image to. */
const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

import { leftOutText } from '../state/own-files.ts';
import {
  type OwnPicture,
  type OwnPlace,
  type ShownPicture,
  searchedFiles,
} from '../state/uploads.ts';
import { useWorkspace } from '../state/workspace.ts';
import { StackSlider } from './stack-slider.tsx';

/** Which of the own files, and which picture of it, is searched with; and what is no picture among them. */
export function OwnChoice(props: {
  place: OwnPlace;
  own: OwnPicture;
  picture: ShownPicture | null;
}) {
  const { route, change } = useWorkspace();
  const { file, frame } = props.place;
  const { series, first, given } = props.own;
  const pages = props.picture?.decoding?.format === 'dicom' ? props.picture.decoding.pages : 1;
  const choose = (next: Partial<Pick<OwnPlace, 'file' | 'frame'>>) =>
    change({ frame: 1, ...next, region: null, compare: null }, { replace: true });
  const searched = searchedFiles(props.own, route.level, route.region !== null);
  const leftOut = leftOutText(given.leftOut);
  if (series.files.length === 1 && given.series.length === 1 && pages === 1 && leftOut === '') {
    return null;
  }
  return (
    <div className="own-choice" data-testid="own-choice">
      {given.series.length > 1 && (
        <label className="own-series">
          <span>Series</span>
          <select
            data-testid="own-series"
            value={given.series.indexOf(series)}
            onChange={(event) => {
              const chosen = Number(event.target.value);
              const before = given.series.slice(0, chosen);
              const start = before.reduce((sum, { files }) => sum + files.length, 1);
              const count = given.series[chosen]?.files.length ?? 1;
              choose({ file: start + Math.floor((count - 1) / 2) });
            }}
          >
            {given.series.map(({ title, files }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: series have no names, and never change
              <option key={i} value={i}>
                {i + 1}: {title}, {files.length} {files.length === 1 ? 'file' : 'files'}
              </option>
            ))}
          </select>
        </label>
      )}
      {series.files.length > 1 && (
        <StackSlider
          testId="own-file"
          name="Image"
          of="your files"
          place={file - first}
          total={series.files.length}
          go={(at) => choose({ file: first + at })}
          settle
        />
      )}
      {typeof pages === 'number' && pages > 1 && (
        <StackSlider
          testId="own-frame"
          name="Frame"
          of="your file"
          place={frame - 1}
          total={pages}
          go={(at) => choose({ frame: at + 1, file })}
          settle
        />
      )}
      {searched.of > 1 && (
        <p className="muted fine" data-testid="searched-files">
          {searched.files.length === searched.of
            ? `All ${searched.of} files are searched with`
            : `${searched.files.length} of ${searched.of} files, evenly spread, are searched with`}
        </p>
      )}
      {leftOut !== '' && (
        <p className="muted fine" data-testid="left-out">
          {leftOut}
        </p>
      )}
    </div>
  );
}

import { Sheet } from './sheet.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['← ↑ ↓ →', 'Move between images'],
  ['Enter', 'Search from the image'],
  ['c', 'Compare the image with the query'],
  ['+ −', 'More, or less, like this result'],
  ['Ctrl V', 'Search with a picture from the clipboard'],
  ['/', 'Write a filter, or find one'],
  ['Esc', 'Close'],
  ['Alt ←', 'Back to the search before'],
];

const COMPARE_KEYS: readonly (readonly [string, string])[] = [
  ['← →', 'Previous or next result'],
  ['Wheel, ↑ ↓, Page, Home, End', 'Through the series (arrows: on the image)'],
  ['Ctrl and wheel, two fingers, + −', 'Zoom; the wheel alone where there is one image'],
  ['0, double-click', 'Whole image'],
  ['Drag', 'Window (sideways width, up and down centre), or move'],
  ['d', 'What a drag does: window or move'],
  ['Right or Shift drag', 'Window'],
  ['Shift ← ↑ ↓ →', 'Move the image'],
  ['r', 'Reset the window'],
  ['i', 'Invert'],
  ['l', 'Link the windows of both images'],
  ['s', 'Link the series of both'],
  ['w', 'Show what the encoder finds alike in both'],
];

/** The keys, and how to read a result. */
export function HelpSheet({ close }: { close: () => void }) {
  return (
    <Sheet className="help" label="Help" close={close}>
      <div className="help-columns">
        <section>
          <h3>Everywhere</h3>
          <KeyList keys={KEYS} />
        </section>
        <section>
          <h3>Comparing</h3>
          <KeyList keys={COMPARE_KEYS} />
        </section>
      </div>
      <h3>Reading a result</h3>
      <p>
        The encoder turns every image into a vector. Similarity is the cosine between two of them: 1
        is the same direction, 0 unrelated. It says how alike images look to this encoder, compares
        only within one encoder, and is neither a probability nor a diagnosis. Words and an image
        are less alike than two images: compare similarities within one search only.
      </p>
      <p>
        Where the collection was calibrated, a result also tells how often neighbours like it share
        the query's label, and the page says when there is no good match. Both were measured on the
        collection's own images; neither is a diagnosis.
      </p>
      <p>
        Images of the same patient are often most alike: “Leave out the same patient” shows other
        patients only. A second encoder is fused with the first into one ranking, or shown beside
        it.
      </p>
      <p>
        Mark results as “more like this” or “less like this” to search again with them: round by
        round the query moves towards the one and away from the other. “Model” fits a small logistic
        model to the marks instead; its similarity is that to the direction of the model, and no
        probability.
      </p>
      <h3>Adding images</h3>
      <p>
        “Add images” indexes a folder of the server, files of your own computer, or an archive
        (PACS); “More…” removes, exports, calibrates and encodes anew. Both are there for who may
        change a collection. What takes long goes on when you close the page.
      </p>
      <h3>Filters</h3>
      <p>
        <code>modality:CT,MR finding:"pleural effusion" -region:knee year&gt;2019</code>: values of
        a field are alternatives, a minus excludes, <code>*</code> stands for any text.
      </p>
      <p className="muted">
        Window centre and width are in what was measured where the file says so (DICOM, for instance
        Hounsfield units), else in stored values. Own DICOM files, folders and ZIPs are sorted here
        in the page; what is searched with goes to this server only.
      </p>
    </Sheet>
  );
}

function KeyList({ keys }: { keys: readonly (readonly [string, string])[] }) {
  return (
    <dl className="keys">
      {keys.map(([key, meaning]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}

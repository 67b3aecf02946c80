import { type ChangeEvent, type FormEvent, useEffect, useRef, useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { clock } from '../../state/archive.ts';
import { leftOutText, type Sendable, sendable } from '../../state/own-files.ts';
import {
  endSending,
  goOnSending,
  largestFile,
  type Sending,
  sendFiles,
  stopSending,
  useSending,
} from '../../state/sending.ts';
import { useDroppedFiles } from '../../state/use-dropped-files.ts';
import { CheckIcon, PictureIcon } from '../icons.tsx';
import { CollectionFields, useCollectionChoice } from './collection-fields.tsx';
import { Failure } from './failure.tsx';
import { count, number, size } from './figures.ts';
import { TakingFields, useTaking } from './taking-fields.tsx';
import { FailureList } from './task-preview.tsx';

/** Sends files of the reader's own, to be indexed. */
export function FilesForm(props: {
  collections: readonly CollectionSummary[];
  collection: string | null;
  /** Bytes that one request may bring. */
  upload: number;
}) {
  const { upload } = props;
  const [given, setGiven] = useState<Sendable | null>(null);
  const [looks, setLooks] = useState(0);
  const sending = useSending();
  const { collection, summary, fields } = useCollectionChoice(
    props.collections,
    'images',
    props.collection,
  );
  const { taking, fields: takingFields } = useTaking(summary);
  /** How often files were given. */
  const takes = useRef(0);
  const take = async (files: readonly File[]) => {
    if (files.length === 0 || sending?.state === 'sending') return;
    const mine = ++takes.current;
    setLooks(files.length);
    const sorted = await sendable(files, largestFile(upload));
    // Others were given meanwhile.
    if (mine !== takes.current) return;
    setLooks(0);
    setGiven(sorted);
    endSending();
  };
  const dragging = useDroppedFiles((files) => void take(files));
  const isEmpty = given === null || given.files.length === 0;
  return (
    <form
      className="archive-form"
      data-testid="files-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isEmpty) return;
        void sendFiles(given.files, upload, { collection, taking });
        setGiven(null);
      }}
    >
      {sending && <SendingBox key={sending.state} sending={sending} />}
      {sending === null && (
        <>
          <section aria-labelledby="files-head">
            <h2 id="files-head">1. The files</h2>
            <Chooser take={(files) => void take(files)} />
            <div role="status" data-testid="given">
              {looks > 0 && <p>Looking through {count(looks, 'file', 'files')}…</p>}
              {looks === 0 && given && <Given given={given} />}
            </div>
          </section>
          <section aria-labelledby="collection-head">
            <h2 id="collection-head">2. Into which collection</h2>
            <CollectionFields {...fields} />
            <TakingFields {...takingFields} />
            <div className="form-actions">
              <button
                type="submit"
                className="button primary"
                data-testid="send"
                disabled={isEmpty || looks > 0}
              >
                {isEmpty ? 'Send and index' : `Send ${count(given.files.length, 'file', 'files')}`}
              </button>
            </div>
            {isEmpty && <p className="muted">Choose files first.</p>}
          </section>
        </>
      )}
      {dragging && (
        <div className="drop-veil" aria-hidden="true">
          <p>Drop files or folders to add them</p>
        </div>
      )}
    </form>
  );
}

function Chooser({ take }: { take: (files: readonly File[]) => void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const changed = (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(event.target.files ?? [])];
    // So that the same file can be chosen again.
    event.target.value = '';
    take(chosen);
  };
  const hidden = { className: 'hidden', type: 'file', tabIndex: -1, onChange: changed } as const;
  return (
    <div className="drop-zone">
      <PictureIcon />
      <div className="drop-text">
        <p>Drop pictures, DICOM files, ZIPs or whole folders here</p>
        <div className="form-actions">
          <button type="button" className="button" onClick={() => files.current?.click()}>
            Choose files
          </button>
          <button type="button" className="button" onClick={() => folder.current?.click()}>
            Choose a folder
          </button>
        </div>
        <p className="muted fine">
          They are copied to this Semblance server and kept there; their names are not.
        </p>
      </div>
      <input ref={files} {...hidden} multiple aria-label="Files" data-testid="send-files" />
      <input
        {...hidden}
        ref={(element) => {
          folder.current = element;
          // React's types do not know the attribute.
          element?.setAttribute('webkitdirectory', '');
        }}
        aria-label="Folder"
        data-testid="send-folder"
      />
    </div>
  );
}

function Given({ given }: { given: Sendable }) {
  const { files, bytes, leftOut } = given;
  const left = leftOutText(leftOut);
  return (
    <div className={files.length === 0 ? 'outcome outcome-bad' : 'outcome outcome-good'}>
      <div>
        <p className="outcome-title">
          {files.length === 0
            ? 'There is nothing to send'
            : `${count(files.length, 'file', 'files')}, ${size(bytes)}`}
        </p>
        {left !== '' && <p>{left}</p>}
      </div>
    </div>
  );
}

/** What is on its way. */
function SendingBox({ sending }: { sending: Sending }) {
  const { state, collection, files, filesSent, bytes, bytesSent, perSecond, refused } = sending;
  const head = useRef<HTMLHeadingElement>(null);
  // What was pressed to come here is gone.
  useEffect(() => {
    if (document.activeElement === document.body) head.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section data-testid="sending" data-state={state} aria-label="Sending">
      <h2 ref={head} tabIndex={-1}>
        {state === 'sending' && `Sending to “${collection}”`}
        {state === 'sent' && `Sent to “${collection}”`}
        {(state === 'stopped' || state === 'failed') && 'Not all was sent'}
      </h2>
      {state === 'sending' && (
        <>
          <progress aria-label="Sent" max={Math.max(1, bytes)} value={bytesSent} />
          <p className="task-figures">
            <span>
              {number(filesSent)} of {count(files, 'file', 'files')}
            </span>
            <span>
              {size(bytesSent)} of {size(bytes)}
            </span>
            {perSecond !== null && <span>{size(perSecond)} a second</span>}
            {perSecond !== null && perSecond > 0 && (
              <span>about {clock((bytes - bytesSent) / perSecond)} left</span>
            )}
          </p>
          {sending.waits && <p>The server is busy. It is asked again in a moment…</p>}
          <p className="muted fine">
            Leave this page open until all is sent. What has arrived is indexed meanwhile.
          </p>
        </>
      )}
      <div role="status">
        {state === 'sent' && (
          <div className="outcome outcome-good">
            <CheckIcon />
            <div>
              <p className="outcome-title">
                {count(files - refused.length, 'file', 'files')} arrived
              </p>
              <p className="muted">
                How they are indexed is told below. Files of the same content count once.
              </p>
            </div>
          </div>
        )}
        {state === 'stopped' && (
          <p>
            {number(filesSent)} of {count(files, 'file', 'files')} arrived and are indexed.
          </p>
        )}
        {sending.problem && (
          <Failure problem={sending.problem}>
            {sending.problem.code === 'LOGIN_REQUIRED' && (
              <p>
                Log in{' '}
                <a href="." target="_blank" rel="noreferrer">
                  in another tab
                </a>
                , then send the rest here.
              </p>
            )}
          </Failure>
        )}
      </div>
      {refused.length > 0 && (
        <details data-testid="sending-refused">
          <summary>{count(refused.length, 'file was', 'files were')} refused, and why</summary>
          <FailureList failures={refused} />
        </details>
      )}
      <div className="form-actions">
        {state === 'sending' && (
          <button type="button" className="button" data-testid="stop-sending" onClick={stopSending}>
            Cancel
          </button>
        )}
        {(state === 'stopped' || state === 'failed') && (
          <button type="button" className="button primary" onClick={() => void goOnSending()}>
            Send the rest
          </button>
        )}
        {state !== 'sending' && (
          <button type="button" className="button" onClick={endSending}>
            {state === 'sent' ? 'Send more files' : 'Forget the rest'}
          </button>
        )}
      </div>
    </section>
  );
}

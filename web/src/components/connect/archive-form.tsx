import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { beginIndexing, previewArchive, testArchive } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import {
  ALL_STUDIES,
  addressOf,
  isReadable,
  type Login,
  NO_LOGIN,
  type StudyChoice,
  secretsOf,
} from '../../state/archive.ts';
import { CheckIcon } from '../icons.tsx';
import { CollectionFields, useCollectionChoice } from './collection-fields.tsx';
import { Failure } from './failure.tsx';
import { ChoiceField, TextField } from './fields.tsx';
import { LoginFields } from './login-fields.tsx';
import { Preview } from './preview.tsx';

/** Modalities that are offered, by the names that people use. */
const MODALITIES = [
  ['', 'Any'],
  ['CT', 'CT'],
  ['MR', 'MR'],
  ['CR', 'X-ray (CR)'],
  ['DX', 'X-ray, digital (DX)'],
  ['MG', 'Mammography (MG)'],
  ['US', 'Ultrasound (US)'],
  ['XA', 'Angiography (XA)'],
  ['RF', 'Fluoroscopy (RF)'],
  ['NM', 'Nuclear medicine (NM)'],
  ['PT', 'PET (PT)'],
] as const;

/** Names an archive and what of it is to be indexed, tries it, counts it, and begins. */
export function ArchiveForm(props: {
  collections: readonly CollectionSummary[];
  begun: () => void;
}) {
  const [url, setUrl] = useState('');
  const [login, setLogin] = useState<Login>(NO_LOGIN);
  const [studies, setStudies] = useState<StudyChoice>(ALL_STUDIES);
  const { collection, fields: choice } = useCollectionChoice(props.collections, 'archive');
  const form = useRef<HTMLFormElement>(null);
  const stop = useRef<AbortController>(null);
  const asked = () => ({ address: addressOf(url, studies), ...secretsOf(login) });
  const testing = useMutation({
    mutationFn: () => testArchive({ address: addressOf(url, ALL_STUDIES), ...secretsOf(login) }),
  });
  const counting = useMutation({
    mutationFn: () => {
      stop.current = new AbortController();
      return previewArchive({ ...asked(), collection }, stop.current.signal);
    },
  });
  const beginning = useMutation({
    mutationFn: () => beginIndexing({ ...asked(), collection }),
    onSettled: props.begun,
  });
  /** What was told of an archive or of studies holds for these alone. */
  const forget = () => {
    testing.reset();
    stop.current?.abort();
    counting.reset();
    beginning.reset();
  };
  const change =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      forget();
      set(value);
    };
  const fields = { ...choice, set: change(choice.set) };
  const study = (part: keyof StudyChoice) =>
    change((value: string) => setStudies({ ...studies, [part]: value }));
  const valid = () => form.current?.reportValidity() ?? false;
  const failure = counting.error ?? beginning.error;
  return (
    <form
      ref={form}
      className="archive-form"
      data-testid="archive-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        beginning.mutate();
      }}
    >
      <section aria-labelledby="archive-head">
        <h2 id="archive-head">1. The archive</h2>
        <TextField
          label="Address of its DICOMweb service"
          testId="address"
          inputMode="url"
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="https://pacs.hospital.example/dicom-web"
          hint="Whoever runs the archive (PACS) knows it. Often it ends with /dicom-web or /rs; one without DICOMweb has dimse://TITLE@host:port."
          value={url}
          set={change(setUrl)}
        />
        <LoginFields login={login} change={change(setLogin)} />
        {isReadable(url) && login.kind !== 'none' && (
          <p className="notice">
            With http:// everybody on the way can read user, password and images. Is there an
            address with https://?
          </p>
        )}
        {login.kind !== 'none' && (
          <p className="muted fine">
            They are sent to this Semblance server and to the archive, kept in memory until
            Semblance ends, and written nowhere.
          </p>
        )}
        <div className="form-actions">
          <button
            type="button"
            className="button"
            data-testid="test"
            disabled={testing.isPending}
            onClick={() => {
              const address =
                form.current?.querySelector<HTMLInputElement>('[data-testid=address]');
              if (address?.reportValidity()) testing.mutate();
            }}
          >
            {testing.isPending ? 'Testing…' : 'Test the connection'}
          </button>
        </div>
        <div role="status">
          {testing.data && (
            <div className="outcome outcome-good" data-testid="connected">
              <CheckIcon />
              <div>
                <p className="outcome-title">The archive answers and lets you in</p>
                <p className="muted">
                  {testing.data.hasStudies ? 'It has studies. ' : 'It has no studies. '}
                  {testing.data.encrypted
                    ? 'The connection is encrypted.'
                    : 'The connection is not encrypted.'}
                </p>
              </div>
            </div>
          )}
          {testing.error && <Failure problem={toProblem(testing.error)} />}
        </div>
      </section>
      <section aria-labelledby="studies-head">
        <h2 id="studies-head">2. Which studies</h2>
        <p className="muted">Leave a field empty for all.</p>
        <div className="form-pair">
          <TextField
            label="From"
            testId="from"
            type="date"
            value={studies.from}
            set={study('from')}
          />
          <TextField
            label="To"
            testId="to"
            type="date"
            min={studies.from}
            value={studies.to}
            set={study('to')}
          />
        </div>
        <div className="form-pair">
          <ChoiceField
            label="Modality"
            testId="modality"
            choices={MODALITIES}
            value={studies.modality}
            set={study('modality')}
          />
          <TextField
            label="Description has the words"
            testId="description"
            autoComplete="off"
            value={studies.description}
            set={study('description')}
          />
        </div>
        <TextField
          label="Patient ID"
          testId="patient"
          autoComplete="off"
          spellCheck={false}
          hint="One patient alone. The number is kept encrypted."
          value={studies.patient}
          set={study('patient')}
        />
      </section>
      <section aria-labelledby="collection-head">
        <h2 id="collection-head">3. Into which collection</h2>
        <CollectionFields {...fields} />
        <div className="form-actions">
          <button
            type="button"
            className="button"
            data-testid="preview-button"
            disabled={counting.isPending}
            onClick={() => valid() && counting.mutate()}
          >
            {counting.isPending ? 'Counting…' : 'Preview'}
          </button>
          {counting.isPending && (
            <button type="button" className="button" onClick={forget}>
              Stop counting
            </button>
          )}
          <button
            type="submit"
            className="button primary"
            data-testid="begin"
            disabled={beginning.isPending}
          >
            Start indexing
          </button>
        </div>
        <div role="status">
          {counting.data && <Preview counted={counting.data} />}
          {failure && <Failure problem={toProblem(failure)} />}
        </div>
      </section>
    </form>
  );
}

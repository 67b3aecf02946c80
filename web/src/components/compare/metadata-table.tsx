import { useState } from 'react';
import type { Image } from '../../../../src/contract/shapes.ts';
import { IDENTITY_FIELDS } from '../../../../src/domain/identity.ts';
import { viewerAddress } from '../../api.ts';
import { fieldTitle } from '../../state/filters.ts';
import type { ShownPicture } from '../../state/uploads.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { compareImages, formatBytes, hasPixels } from '../describe.ts';
import { HIDDEN, isKept, shortCode } from '../identity.ts';
import type { PictureSubject } from '../query-panel.tsx';

/** The metadata of query and result beside each other, differences marked; who they are of only where it is asked for. */
export function MetadataTable({ subject, result }: { subject: PictureSubject; result: Image }) {
  const { collection } = useWorkspace();
  const query = subject.kind === 'image' ? [['query', subject.image] as const] : [];
  const opened = [...query, ['result', result] as const].filter(
    ([, image]) => collection?.viewer && image.decoding?.format === 'dicom',
  );
  const [named, setNamed] = useState(false);
  const hides = [result, ...(subject.kind === 'image' ? [subject.image] : [])].some((image) =>
    isKept(collection, image),
  );
  const left =
    subject.kind === 'image'
      ? imageRows(subject.image)
      : ([
          ['Your file', subject.own.file.name],
          ['File size', formatBytes(subject.own.file.size)],
          ...(subject.picture ? fileRows(subject.picture) : []),
        ] as [string, string][]);
  const rows = compareImages(left, imageRows(result));
  /** Equal and different ones are told apart also while they are hidden. */
  const shown = (name: string, value: string, image: Image | null) => {
    if (value === '') return <span className="muted">–</span>;
    const hidden = image && !named && isKept(collection, image) && PERSONAL_ROWS.has(name);
    return hidden ? <span className="muted">{HIDDEN}</span> : shortCode(value);
  };
  return (
    <>
      {hides && (
        <p className="who">
          <button
            type="button"
            className="button"
            data-testid="show-identity"
            aria-pressed={named}
            onClick={() => setNamed(!named)}
          >
            Show who it is
          </button>
          <span className="muted">
            This collection keeps names and numbers of patients as they are
            {named
              ? '; they are shown until this comparison is closed.'
              : '; they are hidden here.'}
          </span>
        </p>
      )}
      {collection && opened.length > 0 && (
        <p className="who">
          {opened.map(([name, image]) => (
            <a
              key={name}
              className="button"
              data-testid={`open-${name}`}
              href={viewerAddress(collection.name, image)}
              target="_blank"
              rel="noopener noreferrer"
            >
              Open the {name} in the viewer
            </a>
          ))}
        </p>
      )}
      <table className="metadata">
        <caption className="hidden">Metadata of query and result</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Query</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} className={row.differs ? 'differs' : undefined}>
              <th scope="row">
                {row.name}
                {row.differs && (
                  <span className="differs-mark" title="differs">
                    ≠<span className="hidden"> differs</span>
                  </span>
                )}
              </th>
              <td>{shown(row.name, row.left, subject.kind === 'image' ? subject.image : null)}</td>
              <td>{shown(row.name, row.right, result)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Rows that tell who an image is of. */
const PERSONAL_ROWS = new Set([
  'Patient',
  'Study',
  'Series',
  'File',
  ...IDENTITY_FIELDS.map(fieldTitle),
]);

function imageRows(image: Image): [string, string][] {
  return [
    ['Labels', image.labels.join(', ')],
    ...Object.entries(image.metadata).map(([name, value]): [string, string] => [
      fieldTitle(name),
      value,
    ]),
    ['Patient', image.patient ?? ''],
    ['Study', image.study ?? ''],
    ['Series', image.series ?? ''],
    ['File', image.path],
    ...(hasPixels(image)
      ? [...fileRows(image), ['SHA-256', image.contentHash.slice(0, 16)] as [string, string]]
      : []),
  ];
}

/** What is known of the file. */
function fileRows(
  picture: Pick<ShownPicture, 'width' | 'height' | 'decoding'>,
): [string, string][] {
  return [
    ['Size', `${picture.width} × ${picture.height}`],
    ...Object.entries(picture.decoding ?? {}).map(([name, value]): [string, string] => [
      fieldTitle(name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()),
      String(value),
    ]),
  ];
}

import type { Image } from '../../../../src/server/schemas.ts';
import { fieldTitle } from '../../state/filters.ts';
import { compareImages, formatBytes, hasPixels } from '../describe.ts';
import type { PictureSubject } from '../query-panel.tsx';

/** The metadata of query and result beside each other, differences marked. */
export function MetadataTable({ subject, result }: { subject: PictureSubject; result: Image }) {
  const left =
    subject.kind === 'image'
      ? imageRows(subject.image)
      : ([
          ['Your file', subject.file.name],
          ['File size', formatBytes(subject.file.size)],
        ] as const);
  const rows = compareImages(left, imageRows(result));
  return (
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
            <td>{row.left || <span className="muted">–</span>}</td>
            <td>{row.right || <span className="muted">–</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

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
    ...(hasPixels(image) ? fileRows(image) : []),
  ];
}

/** What is known of the file. */
function fileRows(image: Image): [string, string][] {
  return [
    ['Size', `${image.width} × ${image.height}`],
    ...Object.entries(image.facts).map(([name, value]): [string, string] => [
      fieldTitle(name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()),
      String(value),
    ]),
    ['SHA-256', image.contentHash.slice(0, 16)],
  ];
}

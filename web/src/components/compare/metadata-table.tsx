import type { Image } from '../../../../src/contract/shapes.ts';
import { fieldTitle } from '../../state/filters.ts';
import type { ShownPicture } from '../../state/uploads.ts';
import { compareImages, formatBytes, hasPixels } from '../describe.ts';
import type { PictureSubject } from '../query-panel.tsx';

/** The metadata of query and result beside each other, differences marked. */
export function MetadataTable({ subject, result }: { subject: PictureSubject; result: Image }) {
  const left =
    subject.kind === 'image'
      ? imageRows(subject.image)
      : ([
          ['Your file', subject.own.file.name],
          ['File size', formatBytes(subject.own.file.size)],
          ...(subject.picture ? fileRows(subject.picture) : []),
        ] as [string, string][]);
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

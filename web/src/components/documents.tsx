import { useMutation } from '@tanstack/react-query';
import type { DocumentKind } from '../../../src/contract/documents.ts';
import type { CollectionSummary, Query } from '../../../src/contract/shapes.ts';
import { makeDocument, sendDocuments } from '../api.ts';
import { toProblem } from '../problems.ts';
import type { OwnFile } from '../state/own-files.ts';
import { saveFile } from '../state/save-file.ts';

/** The results as documents of DICOM, saved or sent to the archive, where the server does that. */
export function Documents(props: {
  collection: CollectionSummary;
  query: Query;
  own: readonly OwnFile[];
}) {
  const { collection, query, own } = props;
  const files = () => Promise.all(own.map((file) => file.read()));
  const work = useMutation({
    async mutationFn(kind: DocumentKind | 'send') {
      if (kind === 'send') {
        const { references } = await sendDocuments(collection.name, query, await files());
        return `Sent to the archive: ${references} results are referred to.`;
      }
      const document = await makeDocument(collection.name, query, kind, await files());
      saveFile(document, `${kind}.dcm`);
      return 'Saved. The document has the name of the patient in it.';
    },
  });
  const problem = work.error && toProblem(work.error);
  const offered = [
    ...(collection.documents
      ? ([
          ['key-objects', 'Save as key images'],
          ['report', 'Save report'],
        ] as const)
      : []),
    ...(collection.sends ? ([['send', 'Send to the archive']] as const) : []),
  ];
  if (offered.length === 0) return null;
  return (
    <div className="documents">
      {offered.map(([kind, text]) => (
        <button
          key={kind}
          type="button"
          className="button"
          data-testid={`document-${kind}`}
          disabled={work.isPending}
          onClick={() => work.mutate(kind)}
        >
          {text}
        </button>
      ))}
      <span className="muted" role="status" data-testid="document-said">
        {problem ? `${problem.title}. ${problem.detail} ${problem.advice}` : work.data}
      </span>
    </div>
  );
}

import { type ChangeEvent, useRef } from 'react';
import { useWorkspace } from '../state/workspace.ts';
import { PictureIcon } from './icons.tsx';

/** Takes an own picture: dropped, pasted or chosen. Dropping works on the whole page. */
export function DropZone({ small = false }: { small?: boolean }) {
  const { collection, encoder, searchWith } = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    // So that the same file can be chosen again.
    event.target.value = '';
    searchWith(files);
  };
  const ready = encoder?.available ?? false;
  return (
    <section
      className={small ? 'drop-zone small' : 'drop-zone'}
      data-testid="drop-zone"
      aria-label="Search with a picture"
    >
      <PictureIcon />
      <div className="drop-text">
        {ready ? (
          <>
            <p>
              <button type="button" className="link-button" onClick={() => input.current?.click()}>
                Choose pictures
              </button>
              {' or '}
              <button type="button" className="link-button" onClick={() => folder.current?.click()}>
                a folder
              </button>
              , drop or paste them
            </p>
            <p className="muted">
              DICOM too, and ZIPs. What is searched with is sent to this Semblance server only, and
              is not kept.
            </p>
          </>
        ) : (
          <>
            <p>Search from any image of the collection</p>
            <p className="muted">
              {encoder
                ? 'This encoder cannot encode new pictures on this server.'
                : (collection?.encoders.length ?? 0) > 0
                  ? 'Choose an encoder of the collection to search.'
                  : 'The collection has no embeddings yet: index it with an encoder first.'}
            </p>
          </>
        )}
      </div>
      <input
        ref={input}
        className="hidden"
        type="file"
        data-testid="file-input"
        aria-label="Picture file"
        tabIndex={-1}
        disabled={!ready}
        multiple
        onChange={take}
      />
      <input
        ref={(element) => {
          folder.current = element;
          // React's types do not know the attribute.
          element?.setAttribute('webkitdirectory', '');
        }}
        className="hidden"
        type="file"
        data-testid="folder-input"
        aria-label="Folder of pictures"
        tabIndex={-1}
        disabled={!ready}
        onChange={take}
      />
    </section>
  );
}

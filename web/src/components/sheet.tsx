import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import { CloseIcon } from './icons.tsx';

/** A modal dialog: the browser keeps the focus inside and gives it back on closing. */
export function Sheet(props: {
  className: string;
  label: string;
  close: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  testId?: string;
  head?: ReactNode;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.focus();
    return () => element?.close();
  }, []);

  // On the window: a button that becomes disabled loses the focus, and the keys should go on.
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const top = [...document.querySelectorAll('dialog[open]')].at(-1);
    if (top === dialog.current) props.onKeyDown?.(event);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape and the button close it by key
    <dialog
      ref={dialog}
      className={`sheet ${props.className}`}
      aria-label={props.label}
      data-testid={props.testId}
      tabIndex={-1}
      onCancel={(event) => {
        event.preventDefault();
        // The file chooser's cancel bubbles up to here.
        if (event.target === event.currentTarget) props.close();
      }}
      onClose={() => {
        // A browser may close the dialog in spite of a refused cancel.
        if (dialog.current && !dialog.current.open) props.close();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) props.close();
      }}
    >
      <div className="sheet-body">
        <header className="sheet-head">
          {props.head ?? <h2>{props.label}</h2>}
          <button
            type="button"
            className="button icon-button"
            aria-label="Close"
            title="Close (Esc)"
            onClick={props.close}
          >
            <CloseIcon />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}

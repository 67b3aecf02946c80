import type { ReactNode } from 'react';

/** A button that opens a form below it, and closes it again. */
export function Toggle(props: { isOpen: boolean; toggle: () => void; children: ReactNode }) {
  const { isOpen, toggle, children } = props;
  return (
    <button type="button" className="button" aria-expanded={isOpen} onClick={toggle}>
      {children}
    </button>
  );
}

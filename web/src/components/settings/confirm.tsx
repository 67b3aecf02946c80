import { type FormEvent, type ReactNode, useState } from 'react';
import type { Problem } from '../../../../src/contract/shapes.ts';
import { Failure } from '../connect/failure.tsx';
import { TextField } from '../connect/fields.tsx';
import { Sheet } from '../sheet.tsx';

/** Asks before something is gone. */
export function Confirm(props: {
  title: string;
  action: string;
  /** What has to be written once more, where much is lost. */
  name?: string;
  waits: boolean;
  problem: Problem | null;
  confirm: () => void;
  close: () => void;
  children: ReactNode;
}) {
  const { title, action, name, waits, problem, confirm, close, children } = props;
  const [written, setWritten] = useState('');
  return (
    <Sheet className="confirm" label={title} testId="confirm" close={close}>
      <form
        className="connect"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          confirm();
        }}
      >
        {children}
        {name !== undefined && (
          <TextField
            label={`Its name once more: ${name}`}
            testId="confirm-name"
            autoComplete="off"
            spellCheck={false}
            value={written}
            set={setWritten}
          />
        )}
        <div role="status">{problem && <Failure problem={problem} />}</div>
        <div className="form-actions">
          <button
            type="submit"
            className="button danger"
            data-testid="confirm-yes"
            disabled={waits || (name !== undefined && written.trim() !== name)}
          >
            {action}
          </button>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Sheet>
  );
}

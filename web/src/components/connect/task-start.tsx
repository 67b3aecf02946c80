import { useMutation } from '@tanstack/react-query';
import { type RefObject, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import type { TaskPreview as Counted } from '../../../../src/contract/tasks.ts';
import { beginTask, previewTask, type TaskRequest } from '../../api.ts';
import { toProblem } from '../../problems.ts';
import { Confirm } from '../settings/confirm.tsx';
import { Failure } from './failure.tsx';
import { TaskPreview } from './task-preview.tsx';

/**
 * Previews a task and begins it. What was told holds for one request alone: another one takes another `key`.
 */
export function TaskStart(props: {
  form: RefObject<HTMLFormElement | null>;
  request: TaskRequest;
  /** What happens to images. */
  verb: string;
  /** What the button says that begins it. */
  label: string;
  /** What is asked before something is gone; null where nothing would be. */
  confirm?: ((counted: Counted) => string | null) | undefined;
  /** What has to be written once more then. */
  name?: string | undefined;
  begun: () => void;
}) {
  const { form, request, verb, label, confirm, name, begun } = props;
  const [asks, setAsks] = useState(false);
  const stop = useRef<AbortController>(null);
  const counting = useMutation({
    mutationFn: () => {
      stop.current = new AbortController();
      return previewTask(request, stop.current.signal);
    },
  });
  const beginning = useMutation({ mutationFn: () => beginTask(request), onSuccess: begun });
  const valid = () => form.current?.reportValidity() ?? false;
  const begin = async () => {
    if (!valid()) return;
    if (confirm === undefined) return beginning.mutate();
    // It is asked with the number of images that go.
    if (counting.data === undefined) await counting.mutateAsync().catch(() => undefined);
    setAsks(true);
  };
  const failure = counting.error ?? beginning.error;
  const asked = asks && counting.data && confirm?.(counting.data);
  return (
    <>
      <div className="form-actions">
        <button
          type="button"
          className="button"
          data-testid="preview-button"
          disabled={counting.isPending}
          onClick={() => valid() && counting.mutate()}
        >
          {counting.isPending ? 'Looking…' : 'Preview'}
        </button>
        {counting.isPending && (
          <button
            type="button"
            className="button"
            onClick={() => {
              stop.current?.abort();
              counting.reset();
            }}
          >
            Stop looking
          </button>
        )}
        <button
          type="button"
          className={confirm ? 'button danger' : 'button primary'}
          data-testid="begin"
          disabled={beginning.isPending || (confirm !== undefined && counting.isPending)}
          onClick={() => void begin()}
        >
          {label}
        </button>
      </div>
      <div role="status">
        {counting.data && <TaskPreview counted={counting.data} verb={verb} />}
        {failure && <Failure problem={toProblem(failure)} />}
      </div>
      {/* A form in a form would be sent by the browser. */}
      {asked &&
        createPortal(
          <Confirm
            title={asked}
            action={asked.replace('?', '')}
            {...(name !== undefined && { name })}
            waits={beginning.isPending}
            problem={beginning.error && toProblem(beginning.error)}
            confirm={() => beginning.mutate(undefined, { onSuccess: () => setAsks(false) })}
            close={() => setAsks(false)}
          >
            <p>
              Image files in folders and archives stay. There is no way back but to index again.
            </p>
          </Confirm>,
          document.body,
        )}
    </>
  );
}

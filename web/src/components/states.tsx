import type { ReactNode } from 'react';
import type { Problem } from '../../../src/contract/shapes.ts';
import { mayPass } from '../problems.ts';
import { inWords } from '../state/archive.ts';
import { focusMain } from '../state/focus.ts';
import { tryAgain } from '../state/queries.ts';
import { WarningIcon } from './icons.tsx';
import { LogInAgain } from './log-in-again.tsx';

/** Level of a heading: the page's own where nothing else names what is shown. */
type Level = 'h1' | 'h2';

/**
 * An error with what happened and what to do about it. Where it may pass, "Try again" asks again for
 * everything that failed.
 */
export function ErrorBox(props: { problem: Problem; level?: Level; children?: ReactNode }) {
  const { level: Heading = 'h2' } = props;
  const problem = inWords(props.problem);
  return (
    <div className="state state-error" role="alert" data-testid="error" data-code={problem.code}>
      <WarningIcon />
      <div>
        <Heading>{problem.title}</Heading>
        {problem.detail && <p>{problem.detail}</p>}
        {problem.advice && <p className="muted">{problem.advice}</p>}
        {props.children}
        <LogInAgain code={problem.code} />
        {mayPass(problem) && (
          <button
            type="button"
            className="button"
            onClick={() => {
              // The button goes away; the focus stays near.
              focusMain();
              tryAgain();
            }}
          >
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** Nothing to show, and why. */
export function EmptyBox(props: { title: string; level?: Level; children?: ReactNode }) {
  const { title, level: Heading = 'h2', children } = props;
  return (
    <div className="state" data-testid="empty">
      <div>
        <Heading>{title}</Heading>
        {children}
      </div>
    </div>
  );
}

/** Cards to come. */
export function LoadingGrid({ count, text = 'Loading' }: { count: number; text?: string }) {
  return (
    <div data-testid="loading" role="status">
      <span className="hidden">{text}</span>
      <div className="grid" aria-hidden="true">
        {Array.from({ length: count }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the placeholders are all alike
          <div className="skeleton-card" key={index}>
            <div className="skeleton skeleton-thumb" />
            <div className="skeleton skeleton-line" />
            <div className="skeleton skeleton-line short" />
          </div>
        ))}
      </div>
    </div>
  );
}

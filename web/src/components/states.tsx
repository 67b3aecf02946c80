import type { ReactNode } from 'react';
import type { Problem } from '../../../src/server/schemas.ts';
import { WarningIcon } from './icons.tsx';

/** An error with what happened, what to do about it, and a way to try again. */
export function ErrorBox({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <div className="state state-error" role="alert" data-testid="error" data-code={problem.code}>
      <WarningIcon />
      <div>
        <h2>{problem.title}</h2>
        {problem.detail && <p>{problem.detail}</p>}
        {problem.advice && <p className="muted">{problem.advice}</p>}
        {/* What is wrong with the question is so the next time, too. */}
        {retry && problem.status !== 400 && (
          <button type="button" className="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** Nothing to show, and why. */
export function EmptyBox({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state" data-testid="empty">
      <div>
        <h2>{title}</h2>
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

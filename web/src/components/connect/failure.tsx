import type { ReactNode } from 'react';
import { inWords } from '../../state/archive.ts';
import { WarningIcon } from '../icons.tsx';
import { LogInAgain } from '../log-in-again.tsx';

/** Why something did not work, in words of who fills in a form, and what to do. */
export function Failure(props: {
  problem: { code: string; title: string; detail: string; advice: string };
  children?: ReactNode;
}) {
  const { title, detail, advice, code } = inWords(props.problem);
  return (
    <div className="outcome outcome-bad" data-testid="failure" data-code={code}>
      <WarningIcon />
      <div>
        <p className="outcome-title">{title}</p>
        <p>{advice}</p>
        <p className="muted fine">
          {detail} ({code})
        </p>
        {props.children ?? <LogInAgain code={code} />}
      </div>
    </div>
  );
}

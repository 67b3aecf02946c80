import { type Problem, ProblemError, readProblem } from 'semblance-client';

/** The server is busy, and says when to come again. */
export class BusyError extends ProblemError {
  /** In so many seconds, at least one half. */
  readonly retryAfter: number;

  constructor(problem: Problem, retryAfter: number) {
    super(problem);
    this.retryAfter = retryAfter;
  }
}

/** Any failure as a problem to show. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return unexpected(error instanceof Error ? error.message : String(error), 0);
}

/** It has too much to do, or this user asks too much of it. */
const BUSY: readonly number[] = [429, 503];
/** Problems of the question that pass by themselves. */
const PASSING: readonly number[] = [408, 425, 429];

/**
 * Whether the same question can get an answer later: nothing answered, or what failed was the
 * server's. What is wrong with the question itself is so the next time, too.
 */
export function mayPass({ status, code }: Problem): boolean {
  return (
    code === 'UNREACHABLE' ||
    code === 'COLLECTION_BUSY' ||
    status >= 500 ||
    PASSING.includes(status)
  );
}

/** The error that an answer is which is none; one that says when to come again is a busy server's. */
export async function refusalOf(response: Response): Promise<ProblemError> {
  const problem = await problemOf(response);
  const seconds = BUSY.includes(response.status) ? retryAfter(response) : null;
  return seconds === null ? new ProblemError(problem) : new BusyError(problem, seconds);
}

/** A problem of which no more is known than this. */
export function unexpected(detail: string, status: number): Problem {
  return {
    type: 'about:blank',
    title: 'That did not work',
    status,
    detail,
    code: 'UNEXPECTED',
    advice: 'Try again; if it stays so, look at the output of the server.',
  };
}

async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  const problem = await readProblem(response);
  if (problem) return problem;
  if (status === 414 || status === 431) {
    return {
      ...unexpected('Its address is longer than the server takes.', status),
      title: 'The filter is too long',
      code: 'QUERY_INVALID',
      advice: 'Remove some of its conditions; a star stands for any text: label:XR/*.',
    };
  }
  return unexpected(`The server answered with status ${status}.`, status);
}

/** The seconds of a `Retry-After`, at least one half; null without one. A date is one, too. */
function retryAfter(response: Response): number | null {
  const text = response.headers.get('Retry-After')?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0.5, seconds);
}

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Problem } from '../contract/shapes.ts';
import { excerpt, SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { BusyError } from './fair-queue.ts';

/** So long may the detail of a problem be: it may name what was sent, but does not send it back. */
const LONGEST_DETAIL = 600;
/** Seconds after which a client may ask again where nothing better is known. */
const RETRY_AFTER = 2;

/** A problem document as it is sent. */
export interface SentProblem {
  status: number;
  headers: Record<string, string>;
  body: string;
}

function coded(thrown: unknown): SemblanceError {
  if (!(thrown instanceof HTTPException)) return toSemblanceError(thrown);
  if (thrown.status === 415) {
    return new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', 'Its Content-Type is not supported.');
  }
  return new SemblanceError('REQUEST_INVALID', thrown.message);
}

/** An error as a problem document (RFC 9457) with its code and what to do. */
export function problemDocument(thrown: unknown): Problem {
  const { status, title, code, advice, message } = coded(thrown);
  // What an unexpected error says may hold paths or names: it stays in the process.
  const detail = code === 'INTERNAL' ? 'The server met an unexpected error.' : message;
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: excerpt(detail, LONGEST_DETAIL),
    code,
    advice,
  };
}

/** An error as it is sent, with the headers that belong to it. */
export function problemOf(thrown: unknown): SentProblem {
  const error = coded(thrown);
  const { status } = error;
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  };
  if (status === 503) {
    headers['Retry-After'] = String(error instanceof BusyError ? error.retryAfter : RETRY_AFTER);
  }
  return { status, headers, body: JSON.stringify(problemDocument(error)) };
}

/** An error as the answer to a request. */
export function problemResponse(context: Context, thrown: unknown): Response {
  const { status, headers, body } = problemOf(thrown);
  return context.body(body, status as 400, headers);
}

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { problemDocument } from '../app/problem.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import type { ErrorCode } from '../domain/errors/registry.ts';
import { type Quota, quotaHeaders } from './rate-limits.ts';

/** Seconds after which a client may ask again where nothing better is known. */
const RETRY_AFTER = 2;

declare module 'hono' {
  interface ContextVariableMap {
    /** Of the problem that is the answer. */
    code: ErrorCode;
  }
}

/** A problem document as it is sent. */
export interface SentProblem {
  status: number;
  code: ErrorCode;
  headers: Record<string, string>;
  body: string;
}

/** What was thrown, with a code. */
export function codedError(thrown: unknown): SemblanceError {
  if (!(thrown instanceof HTTPException)) return toSemblanceError(thrown);
  if (thrown.status === 415) {
    return new SemblanceError('MEDIA_TYPE_NOT_SUPPORTED', 'Its Content-Type is not supported.');
  }
  return new SemblanceError('REQUEST_INVALID', thrown.message);
}

/** An error as it is sent, with the headers that belong to it. */
export function problemOf(thrown: unknown): SentProblem {
  const error = codedError(thrown);
  const { status, code } = error;
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  };
  if (status === 503 || status === 429) {
    const { retryAfter = RETRY_AFTER } = error as { retryAfter?: number };
    headers['Retry-After'] = String(retryAfter);
  }
  const { quota } = error as { quota?: Quota };
  if (quota !== undefined) Object.assign(headers, quotaHeaders(quota));
  if (code === 'LOGIN_REQUIRED') headers['WWW-Authenticate'] = 'Bearer realm="Semblance"';
  return { status, code, headers, body: JSON.stringify(problemDocument(error)) };
}

/** An error as the answer to a request. */
export function problemResponse(context: Context, thrown: unknown): Response {
  const { status, code, headers, body } = problemOf(thrown);
  context.set('code', code);
  return context.body(body, status as 400, headers);
}

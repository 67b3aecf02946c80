import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { SemblanceError, toSemblanceError } from '../errors/error.ts';
import type { Problem } from './schemas.ts';

/** An error as a problem document (RFC 9457) with its code and what to do. */
export function problemOf(thrown: unknown): Problem {
  const error =
    thrown instanceof HTTPException
      ? new SemblanceError('REQUEST_INVALID', thrown.message)
      : toSemblanceError(thrown);
  return {
    type: `/docs/errors#${error.code}`,
    title: error.title,
    status: error.status,
    // What an unexpected error says may hold paths or names: it stays in the process.
    detail: error.code === 'INTERNAL' ? 'The server met an unexpected error.' : error.message,
    code: error.code,
    advice: error.advice,
  };
}

/** The answer to a request that failed. */
export function problemResponse(context: Context, thrown: unknown): Response {
  const problem = problemOf(thrown);
  return context.body(JSON.stringify(problem), problem.status as 400, {
    'Content-Type': 'application/problem+json',
  });
}

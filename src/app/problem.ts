import type { Problem } from '../contract/shapes.ts';
import { excerpt, toSemblanceError } from '../domain/errors/error.ts';

/** So long may the detail of a problem be: it may name what was sent, but does not send it back. */
const LONGEST_DETAIL = 600;

/** An error as a problem document (RFC 9457) with its code and what to do. */
export function problemDocument(thrown: unknown): Problem {
  const { status, title, code, advice, message } = toSemblanceError(thrown);
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

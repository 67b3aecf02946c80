import { expect, it } from 'vitest';
import { BusyError, refusalOf } from './problems.ts';

it.each([
  [503, '3', 3],
  [429, '7', 7],
  [429, '0', 0.5],
  [429, null, undefined],
  [400, '7', undefined],
])('status %i with Retry-After %s is asked again after %s s', async (status, wait, after) => {
  const headers = new Headers(wait === null ? {} : { 'Retry-After': wait });
  const error = await refusalOf(new Response('', { status, headers }));
  expect(error instanceof BusyError ? error.retryAfter : undefined).toBe(after);
  expect(error.problem.status).toBe(status);
});

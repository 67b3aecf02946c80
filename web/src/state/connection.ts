import { tryAgain } from './queries.ts';

/** When a request last did not get through (`performance.now()`); null once one did again. */
let lostAt: number | null = null;

/** Keeps that a request did not get through. */
export function connectionLost(): void {
  lostAt = performance.now();
}

/**
 * Keeps that the server answers; what failed while it did not is asked for again. A request that was
 * made before the failure says nothing of it: two of one round, of which one always fails, would
 * follow each other for ever.
 * @param asked when the request was made (`performance.now()`)
 */
export function connectionWorks(asked: number): void {
  if (lostAt === null || asked <= lostAt) return;
  lostAt = null;
  tryAgain();
}

import { useSyncExternalStore } from 'react';
import type { Problem } from '../../../src/contract/shapes.ts';

/** How it stands with the server. */
interface Connection {
  /** Rises when what failed should be asked for again. */
  round: number;
  /** Requests that wait because the server is busy. */
  waiting: number;
}

let state: Connection = { round: 0, waiting: 0 };
/** When a request last did not get through (`performance.now()`); null once one did again. */
let lostAt: number | null = null;
const listeners = new Set<() => void>();

function set(changes: Partial<Connection>): void {
  state = { ...state, ...changes };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Asks again for everything that failed and may succeed now, also for what another part shows. */
export function tryAgain(): void {
  set({ round: state.round + 1 });
}

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

/** Counts a request that waits for a busy server, until the returned function is called. */
export function startWaiting(): () => void {
  set({ waiting: state.waiting + 1 });
  return () => set({ waiting: state.waiting - 1 });
}

/** Which round of trying it is; a failure of an earlier round is asked for again. */
export function useRound(): number {
  return useSyncExternalStore(subscribe, () => state.round);
}

/** The round that is the latest now; what is drawn may still be of the one before. */
export function latestRound(): number {
  return state.round;
}

/** Whether requests wait because the server is busy. */
export function useWaiting(): boolean {
  return useSyncExternalStore(subscribe, () => state.waiting > 0);
}

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

import { useEffect, useEffectEvent, useReducer, useRef } from 'react';
import type { Problem } from '../../../src/contract/shapes.ts';
import { toProblem } from '../api.ts';
import { latestRound, mayPass, useRound } from './connection.ts';

/** Something from the server. `data` may be of the request before while the next one runs. */
export interface Resource<T> {
  data: T | null;
  problem: Problem | null;
  loading: boolean;
}

/** So many answers are kept, so that back and forward show them at once. */
const LIMIT = 200;
const answers = new Map<string, unknown>();

function remember(key: string, answer: unknown): void {
  answers.set(key, answer);
  const oldest = answers.keys().next().value;
  if (answers.size > LIMIT && oldest !== undefined) answers.delete(oldest);
}

/**
 * Loads what the key names, or takes it from memory.
 * @param key names the request completely; null for none
 * @param load makes the request
 * @param keep requests with an equal value show the data of the one before while they run
 */
export function useResource<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  keep: string | null = null,
): Resource<T> {
  const round = useRound();
  const [, update] = useReducer((count: number) => count + 1, 0);
  const failure = useRef<{ key: string; round: number; problem: Problem } | null>(null);
  const last = useRef<{ keep: string; data: T } | null>(null);
  const start = useEffectEvent((signal: AbortSignal) => load(signal));
  const before = failure.current;
  if (before && before.round !== round && mayPass(before.problem)) failure.current = null;
  const failed = failure.current?.key === key;

  useEffect(() => {
    if (key === null || failed || answers.has(key)) return;
    const controller = new AbortController();
    start(controller.signal).then(
      (answer) => {
        remember(key, answer);
        if (!controller.signal.aborted) update();
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        failure.current = { key, round: latestRound(), problem: toProblem(error) };
        update();
      },
    );
    return () => controller.abort();
  }, [key, failed]);

  const problem = failed ? (failure.current?.problem ?? null) : null;
  if (key !== null && answers.has(key)) {
    const data = answers.get(key) as T;
    if (keep !== null) last.current = { keep, data };
    return { data, problem: null, loading: false };
  }
  const earlier =
    key !== null && keep !== null && last.current?.keep === keep ? last.current.data : null;
  return {
    data: problem ? null : earlier,
    problem,
    loading: key !== null && problem === null,
  };
}

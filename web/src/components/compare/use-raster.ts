import { useEffect, useEffectEvent, useState } from 'react';
import type { Problem } from '../../../../src/server/schemas.ts';
import { ApiError, toProblem } from '../../api.ts';
import type { Raster } from '../../viewer/raster.ts';

interface Loaded {
  name: string;
  raster: Raster | null;
  problem: Problem | null;
}

/** Loads the pixels of the named image; another name replaces them. */
export function useRaster(
  name: string,
  load: (signal: AbortSignal) => Promise<Raster>,
): { raster: Raster | null; problem: Problem | null; retry: () => void } {
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const start = useEffectEvent((signal: AbortSignal) => load(signal));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` makes a retry run again
  useEffect(() => {
    const controller = new AbortController();
    start(controller.signal).then(
      (raster) => {
        if (!controller.signal.aborted) setLoaded({ name, raster, problem: null });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) {
          setLoaded({ name, raster: null, problem: describe(error) });
        }
      },
    );
    return () => controller.abort();
  }, [name, attempt]);
  const present = loaded?.name === name ? loaded : null;
  return {
    raster: present?.raster ?? null,
    problem: present?.problem ?? null,
    retry: () => {
      setLoaded(null);
      setAttempt(attempt + 1);
    },
  };
}

/** A failure in the browser says itself what it means; no advice of the server fits it. */
function describe(error: unknown): Problem {
  const problem = toProblem(error);
  return error instanceof ApiError
    ? problem
    : { ...problem, title: 'The image cannot be shown', advice: '' };
}

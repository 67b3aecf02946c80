import { useEffect, useEffectEvent, useState } from 'react';
import { ProblemError } from 'semblance-client';
import type { Problem } from '../../../../src/contract/shapes.ts';
import { toProblem } from '../../api.ts';
import { latestRound, mayPass, useRound } from '../../state/connection.ts';
import type { Raster } from '../../viewer/raster.ts';

interface Loaded {
  name: string;
  round: number;
  raster: Raster | null;
  problem: Problem | null;
}

/** Loads the pixels of the named image; another name replaces them. */
export function useRaster(
  name: string,
  load: (signal: AbortSignal) => Promise<Raster>,
): { raster: Raster | null; problem: Problem | null } {
  const round = useRound();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const start = useEffectEvent((signal: AbortSignal) => load(signal));
  const present = loaded?.name === name ? loaded : null;
  const again = present?.problem && present.round !== round && mayPass(present.problem);
  const known = present !== null && !again;
  useEffect(() => {
    if (known) return;
    const controller = new AbortController();
    start(controller.signal).then(
      (raster) => {
        if (!controller.signal.aborted)
          setLoaded({ name, round: latestRound(), raster, problem: null });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) {
          setLoaded({ name, round: latestRound(), raster: null, problem: describe(error) });
        }
      },
    );
    return () => controller.abort();
  }, [name, known]);
  return known
    ? { raster: present.raster, problem: present.problem }
    : { raster: null, problem: null };
}

/** A failure in the browser says itself what it means; no advice of the server fits it. */
function describe(error: unknown): Problem {
  const problem = toProblem(error);
  return error instanceof ProblemError
    ? problem
    : { ...problem, title: 'The image cannot be shown', advice: '' };
}

import { useEffect, useState } from 'react';
import type { Problem } from '../../../src/contract/shapes.ts';
import { whyNoPicture } from '../api.ts';
import { mayPass, useRound } from './connection.ts';

/** How it stands with the picture of an address. */
interface State {
  address: string;
  /** How often it was shown anew, because the server had it after all. */
  attempt: number;
  /** Whether it failed and the server is being asked why. */
  asking: boolean;
  failure: { round: number; problem: Problem } | null;
}

/**
 * A picture of the server for an `img`. When it fails, the server is asked why: a busy one is waited
 * for, and what may pass is asked for again with everything else that failed.
 */
export function usePicture(address: string): {
  img: { src: string; onError: () => void };
  /** Of the element; another one is needed to load an address again. */
  key: string;
  problem: Problem | null;
} {
  const round = useRound();
  const [stored, setState] = useState<State | null>(null);
  const state =
    stored?.address === address ? stored : { address, attempt: 0, asking: false, failure: null };
  const { attempt, asking, failure } = state;
  useEffect(() => {
    if (!asking) return;
    const controller = new AbortController();
    whyNoPicture(address, controller.signal).then(
      (problem) => {
        if (controller.signal.aborted) return;
        const failed = { round, problem: problem ?? UNSHOWN };
        setState(
          problem === null && attempt === 0
            ? { address, attempt: 1, asking: false, failure: null }
            : { address, attempt, asking: false, failure: failed },
        );
      },
      () => undefined,
    );
    return () => controller.abort();
  }, [address, attempt, asking, round]);
  const again = failure !== null && failure.round !== round && mayPass(failure.problem);
  return {
    img: {
      src: address,
      onError: () => setState({ address, attempt, asking: true, failure: null }),
    },
    key: `${address} ${attempt} ${again ? round : ''}`,
    problem: failure && !again ? failure.problem : null,
  };
}

/** The server sends it, and still the browser does not show it. */
const UNSHOWN: Problem = {
  type: 'about:blank',
  title: 'This browser cannot show it',
  status: 0,
  detail: '',
  code: 'PICTURE_UNSHOWN',
  advice: '',
};
